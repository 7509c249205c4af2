import { expect, test } from "vitest";
import { evolveClaim } from "../../../../engine/workflow/ownership/claim.ts";
import { decideAbandonHandling, decideTryHandlings, isDeadly, isSuspect } from "../../../../engine/workflow/consumer/suspicion.ts";
import { evolve } from "../../../../engine/workflow/evolve.ts";
import type { JournalRecord, TriggerEvent } from "../../../../engine/workflow/records.ts";
import { emptyState, type PartitionState } from "../../../../engine/workflow/state.ts";
import { T0 } from "../../../support/fake-clock.ts";

const EVENT: TriggerEvent = {
  id: "e",
  name: "e",
  data: "1",
  time: T0,
  key: null,
  topic: "app.events",
  partition: 0,
  offset: 7,
  appendedAt: T0,
  corrects: null,
  trace: null,
};

/** The journal of a consumer whose owners come and go. Number 0 and 1 are of key a, 2 is of key b. */
class Journal {
  readonly state: PartitionState = emptyState(0, 1);
  #offset = 0;

  constructor() {
    this.claimed("first");
    for (const [owed, key] of ["a", "a", "b"].entries()) this.has({ type: "EventConsumed", key, event: EVENT, owed, values: [] });
  }

  has(...records: readonly JournalRecord[]): this {
    for (const record of records) evolve(this.state, record, T0);
    return this;
  }

  claimed(worker: string): this {
    const replaces = this.state.owner?.epoch ?? -1;
    if (!evolveClaim(this.state, { nonce: 1, replaces, time: T0, worker }, this.#offset)) throw new Error("the claim does not count");
    this.#offset += 1;
    return this;
  }

  /** So many owners come after one that is gone without a word, each of which says that it tries these. */
  died(times: number, tried: readonly number[] = [], alone = false): this {
    for (let n = 0; n < times; n++) {
      if (tried.length > 0) this.has({ type: "HandlingsTried", numbers: tried, alone });
      this.claimed(`worker-${this.#offset}`);
    }
    return this;
  }

  get deaths(): readonly (number | null)[] {
    return [...this.state.consumer.owed.values()].map(({ suspicion }) => suspicion?.deaths ?? null);
  }

  isSuspect(number: number): boolean {
    const owed = this.state.consumer.owed.get(number);
    return owed !== undefined && isSuspect(owed);
  }
}

test("an owner that is gone without a word may have died of the oldest event of each key; one death makes nobody a suspect", () => {
  const journal = new Journal().died(1);
  expect(journal.deaths).toEqual([1, null, 1]);
  expect(journal.isSuspect(0)).toBe(false);
  expect(journal.died(1).deaths).toEqual([2, null, 2]);
  expect(journal.isSuspect(0)).toBe(true);
});

test("nobody died where the owner before had its last word, or is in the same process", () => {
  expect(new Journal().claimed("first").deaths).toEqual([null, null, null]);
  expect(new Journal().has({ type: "OwnerReleasing", until: T0 }, { type: "OwnerReleased" }).died(1).deaths).toEqual([null, null, null]);
});

test("of suspects, only those that had their turn are more suspicious after the next death", () => {
  const journal = new Journal().died(2).died(1, [2]);
  expect(journal.deaths).toEqual([2, null, 3]);
  expect(journal.died(1).deaths).toEqual([2, null, 3]);
});

test("whatever comes of a call clears its event", () => {
  const error = { name: "Error", message: "no", stack: null };
  const journal = new Journal().died(3, [0, 2]);
  journal.has({ type: "HandlingFailed", number: 0, attempt: 0, error, retryAt: T0 });
  expect(journal.deaths).toEqual([null, null, 3]);
  journal.has({ type: "HandlingEnded", numbers: [2] });
  expect(journal.deaths).toEqual([null, null]);
});

test("three deaths in a row while it was called alone set an event aside, and end it in the same decision", () => {
  const journal = new Journal().died(2).died(2, [0], true);
  expect(decideAbandonHandling(journal.state, { type: "AbandonHandling", number: 0 })).toMatchObject({ outcome: "ignored" });
  journal.died(1, [0], true);
  const decision = decideAbandonHandling(journal.state, { type: "AbandonHandling", number: 0 });
  expect(decision).toMatchObject({
    outcome: "decided",
    records: [
      { type: "InputRejected", code: "CONSUMER_HANDLER_DEADLY", offset: 7 },
      { type: "EmissionOwed", target: "deadLetter" },
      { type: "HandlingEnded", numbers: [0] },
    ],
  });
});

test("one that outlived being alone is not held responsible for the deaths before; nor for that of an owner that said it goes", () => {
  const journal = new Journal().died(2).died(2, [0], true);
  journal.has({ type: "HandlingsTried", numbers: [0], alone: true }, { type: "HandlingsTried", numbers: [0], alone: false });
  expect(journal.state.consumer.owed.get(0)?.suspicion).toMatchObject({ deaths: 4, lanes: 0, alone: false });
  journal.has({ type: "HandlingsTried", numbers: [0], alone: true }, { type: "OwnerReleasing", until: T0 }).died(1);
  expect(journal.state.consumer.owed.get(0)?.suspicion).toMatchObject({ deaths: 5, lanes: 0 });
  const owed = journal.state.consumer.owed.get(0);
  expect(owed !== undefined && isDeadly(owed)).toBe(false);
});

test("what is over, or no suspect any more, is not tried", () => {
  const { state } = new Journal().died(2).has({ type: "HandlingEnded", numbers: [2] });
  expect(decideTryHandlings(state, { type: "TryHandlings", numbers: [0, 1, 2], alone: false })).toMatchObject({
    records: [{ type: "HandlingsTried", numbers: [0], alone: false }],
  });
  expect(decideTryHandlings(state, { type: "TryHandlings", numbers: [1, 2], alone: false })).toMatchObject({ outcome: "ignored" });
});
