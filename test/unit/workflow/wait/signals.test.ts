// A signal is for exactly one, whoever waits, is replaced, or is cancelled meanwhile.
import { describe, expect, test } from "vitest";
import type { EventSeen, JournalRecord, RegisterWait, TriggerEvent } from "../../../../engine/workflow/records.ts";
import { SIGNAL_EVENT, SIGNAL_PATH, valueOfSignal } from "../../../../engine/workflow/wait/signal-event.ts";
import { tellSeen } from "../../../../engine/workflow/wait/tell.ts";
import { partitionOfKey } from "../../../../engine/core/murmur2.ts";
import { given, givenIn } from "../../../support/given.ts";
import { RUN, runId, runsStarted, stepFailed, triggerEvent, WAIT, waitRegistered, waitStarted } from "../../../support/records.ts";

const OTHER = runId("other");
const TARGET = { event: SIGNAL_EVENT, path: SIGNAL_PATH, value: valueOfSignal("approve"), purpose: "signal" } as const;

function signal(over: Partial<TriggerEvent> = {}): TriggerEvent {
  return triggerEvent({ name: SIGNAL_EVENT, key: "approve", offset: 9, ...over });
}

const seen: EventSeen = { type: "EventSeen", event: signal(), paths: [SIGNAL_PATH], value: TARGET.value };
const kept: JournalRecord = { type: "EventKept", event: signal(), paths: [SIGNAL_PATH], value: TARGET.value, isOpen: false };
const taken = (isTaken = true): JournalRecord => ({ type: "EventTaken", kept: 1, taken: isTaken });
const closed = (run = RUN): JournalRecord => ({ type: "WaitClosed", run, step: WAIT });
const answer = (outcome: string, run = RUN, event: TriggerEvent | null = null) =>
  ({ to: 0, body: { type: "ResolveWait", run, step: WAIT, outcome, event, purpose: "signal" } }) as never;

function waits(run = RUN): JournalRecord {
  return waitRegistered({ ...TARGET, run });
}

function register(over: Partial<RegisterWait> = {}): RegisterWait {
  const { type: _, scan: __, ...wait } = waitRegistered(TARGET);
  return { type: "RegisterWait", ...wait, replaces: false, ...over };
}

test("a signal comes to where its wait is decided without a hop: it is keyed by its name", () => {
  const { state } = givenIn(0, 8);
  expect(tellSeen(state, signal())).toMatchObject([{ to: partitionOfKey(Buffer.from("approve"), 8), body: { value: "s:approve" } }]);
});

describe("a signal that comes", () => {
  test("is given to the one that waits, and to nobody else", () => {
    const state = given(waits());
    state.whenTold(seen).thenTold([kept, closed(), taken()], [answer("matched", RUN, signal())]);
    state.and(kept, closed(), taken());
    state.whenTold(register({ run: OTHER })).then(waits(OTHER));
  });

  test("before anybody waits is remembered, and given to the first that does", () => {
    const state = given(kept);
    state.whenTold(register()).thenTold([taken()], [answer("matched", RUN, signal())]);
    state.and(taken());
    state.whenTold(register({ run: OTHER })).then(waits(OTHER));
  });

  test("of another name is nobody's", () => {
    given(waits())
      .whenTold({ ...seen, value: valueOfSignal("deny") })
      .thenTypes("EventKept");
  });
});

describe("two that wait for one signal", () => {
  test("are a conflict: the second is refused", () => {
    given(waits())
      .whenTold(register({ run: OTHER }))
      .thenTold([], [answer("refused", OTHER)]);
    const refused = { type: "ResolveWait", run: RUN, step: WAIT, outcome: "refused", event: null, purpose: "signal" } as const;
    const [failed] = given(runsStarted(), waitStarted()).whenTold(refused).records;
    expect(failed).toMatchObject({ type: "StepFailed", retryAt: null, error: { name: "SignalConflictError" } });
  });

  test("unless the second replaces the first, which comes to nothing", () => {
    given(waits())
      .whenTold(register({ run: OTHER, replaces: true }))
      .thenTold([closed(), waits(OTHER)], [answer("replaced")]);
    const replaced = { type: "ResolveWait", run: RUN, step: WAIT, outcome: "replaced", event: null, purpose: "signal" } as const;
    given(runsStarted(), waitStarted()).whenTold(replaced).then({ type: "WaitResolved", run: RUN, step: WAIT, event: null });
  });
});

describe("a signal that comes for a run which is over, or does not wait any more", () => {
  const resolve = { type: "ResolveWait", run: RUN, step: WAIT, outcome: "matched", event: signal(), purpose: "signal" } as const;
  const givenBack = { to: 5, body: { type: "RejectMatch", event: signal() } } as never;

  test("is given back to the partition that decided", () => {
    given().whenTold(resolve, { from: 5 }).thenTold([], [givenBack]);
    given(runsStarted(), stepFailed("wait")).whenTold(resolve, { from: 5 }).thenTold([], [givenBack]);
  });

  test("is given to the next that waits", () => {
    given(kept, taken(), waits(OTHER))
      .whenTold({ type: "RejectMatch", event: signal() })
      .thenTold([closed(OTHER)], [answer("matched", OTHER, signal())]);
  });

  test("waits for the next, where none does", () => {
    const state = given(kept, taken());
    state.whenTold({ type: "RejectMatch", event: signal() }).then(taken(false));
    state.and(taken(false));
    state.whenTold(register({ run: OTHER })).thenTold([taken()], [answer("matched", OTHER, signal())]);
  });

  test("is given back once", () => {
    given(kept, taken(), taken(false), waits(OTHER))
      .whenTold({ type: "RejectMatch", event: signal() })
      .thenIgnored("nobody has the signal");
  });

  test("is given to the next that waits though it was forgotten meanwhile, and is nobody's where none does", () => {
    given(waits(OTHER))
      .whenTold({ type: "RejectMatch", event: signal() })
      .thenTold([closed(OTHER)], [answer("matched", OTHER, signal())]);
    given().whenTold({ type: "RejectMatch", event: signal() }).thenIgnored("the signal is not remembered any more");
  });
});

test("an event of another kind is not given back: whoever else waits for it has had it", () => {
  const event = triggerEvent();
  given()
    .whenTold({ type: "ResolveWait", run: RUN, step: WAIT, outcome: "matched", event, purpose: "step" })
    .thenIgnored("the run does not wait for it any more");
});
