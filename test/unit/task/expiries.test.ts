// Waits that are due, until they may expire (R13): who is asked, how often, and what is said where asking is in vain.
import { expect, test } from "vitest";
import { Expiries, type Held } from "../../../engine/task/expiries.ts";
import type { Message } from "../../../engine/workflow/decision.ts";
import { evolve } from "../../../engine/workflow/evolve.ts";
import type { JournalRecord, WaitRegistered } from "../../../engine/workflow/records.ts";
import { emptyState } from "../../../engine/workflow/state.ts";
import { FakeClock, T0 } from "../../support/fake-clock.ts";
import { runId, WAIT, waitRegistered } from "../../support/records.ts";

class Partition {
  readonly clock = new FakeClock();
  readonly state;
  readonly told: (readonly Message[])[] = [];
  readonly held: Held[] = [];
  ownAsked = 0;
  readonly expiries: Expiries;

  constructor(partitions: number) {
    this.state = emptyState(0, partitions);
    this.expiries = new Expiries({
      state: this.state,
      clock: this.clock,
      now: () => this.clock.wallMs(),
      settleMs: 1,
      expire: (waits) => waits.forEach(({ run, step }) => this.evolve({ type: "WaitClosed", run, step })),
      tell: (messages) => void this.told.push(messages),
      askOwn: () => void (this.ownAsked += 1),
      forced: (held) => void this.held.push(held),
    });
    this.clock.every(500, () => this.expiries.tick());
  }

  evolve(record: JournalRecord): void {
    evolve(this.state, record, this.clock.wallMs());
  }

  /** A wait that is due now, or was. */
  due(name: string, over: Partial<WaitRegistered> = {}): void {
    const wait = waitRegistered({ run: runId(name), step: WAIT, deadline: this.clock.wallMs(), ...over });
    this.evolve(wait);
    this.expiries.add(wait.run, wait.step);
  }
}

test("others are asked once for a deadline that came due, and then once a second", async () => {
  const partition = new Partition(4);
  partition.due("a");
  await partition.clock.advance(250);
  expect(partition.told.map((messages) => messages.map(({ to }) => to))).toEqual([[1, 2, 3]]);
  await partition.clock.advance(10_000);
  expect(partition.told.length).toBeLessThanOrEqual(11);
  expect(partition.told.length).toBeGreaterThanOrEqual(9);
});

test("among many partitions they are asked once a second, however many deadlines come due", async () => {
  const partition = new Partition(64);
  for (let n = 0; n < 100; n++) {
    partition.due(`run ${n}`);
    await partition.clock.advance(100);
  }
  expect(partition.told.length).toBeLessThanOrEqual(11);
});

test("no other partition is asked before a deadline is past by its clock as well, since no answer could reach it", async () => {
  const partition = new Partition(2);
  partition.due("a");
  await partition.clock.advance(10);
  expect(partition.told).toEqual([]);
});

test("for a signal this partition alone is asked, and nobody is told anything", async () => {
  const partition = new Partition(4);
  partition.due("a", { purpose: "signal" });
  await partition.clock.advance(250);
  expect(partition.told).toEqual([]);
  expect(partition.ownAsked).toBeGreaterThan(0);

  partition.evolve({ type: "WatermarkRaised", from: 0, time: T0 });
  partition.expiries.look();
  await partition.clock.advance(1);
  expect(partition.state.waits.size).toBe(0);
});

test("who knows all of the others' events asks none of them: an empty question is no question", async () => {
  const partition = new Partition(2);
  partition.evolve({ type: "WatermarkRaised", from: 1, time: T0 + 1_000 });
  partition.due("a");
  await partition.clock.advance(5_000);
  expect(partition.told).toEqual([]);
});

test("after a minute in vain it expires, and what held it up is said; that its deadline came again begins no new minute", async () => {
  const partition = new Partition(4);
  partition.due("a");
  partition.evolve({ type: "WatermarkRaised", from: 0, time: T0 + 1_000 });
  partition.evolve({ type: "WatermarkRaised", from: 2, time: T0 + 1_000 });
  for (let n = 0; n < 59; n++) {
    await partition.clock.advance(1_000);
    partition.expiries.add(runId("a"), WAIT);
  }
  expect(partition.held).toEqual([]);
  await partition.clock.advance(2_000);
  expect(partition.held).toEqual([{ waits: 1, by: { watermark: 1 }, partitions: [1, 3] }]);
  expect(partition.state.waits.size).toBe(0);
});
