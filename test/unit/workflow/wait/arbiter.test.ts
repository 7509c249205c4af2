// The partition that decides a wait: it compares, remembers, asks for the past, and gives up only when nothing can come any more.
import { describe, expect, test } from "vitest";
import type { EventKept, EventSeen, JournalRecord, RegisterWait, TriggerEvent } from "../../../../engine/workflow/records.ts";
import { MAX_KEPT, WINDOW_MS } from "../../../../engine/workflow/wait/event-window.ts";
import { SINCE_SLACK_MS } from "../../../../engine/workflow/wait/since.ts";
import { T0 } from "../../../support/fake-clock.ts";
import { givenIn, type Given, type Outcome } from "../../../support/given.ts";
import { RUN, runId, triggerEvent, WAIT, waitRegistered } from "../../../support/records.ts";

const P = 3;
const SHAPE = { event: "order/paid", path: "data.id" };

function paid(over: Partial<TriggerEvent> = {}): TriggerEvent {
  return triggerEvent({ name: "order/paid", data: '{"id":1,"n":1}', offset: 9, ...over });
}

function seen(over: Partial<TriggerEvent> = {}, value = "n:1"): EventSeen {
  return { type: "EventSeen", event: paid(over), paths: ["data.id"], value };
}

function kept(over: Partial<TriggerEvent> = {}, isOpen = false): EventKept {
  return { type: "EventKept", event: paid(over), paths: ["data.id"], value: "n:1", isOpen };
}

function register(over: Partial<RegisterWait> = {}): RegisterWait {
  const { type: _, scan: __, ...wait } = waitRegistered();
  return { type: "RegisterWait", ...wait, replaces: false, ...over };
}

const asked = (over: { round?: number; since?: number } = {}): JournalRecord => ({
  type: "ScanAsked",
  ...SHAPE,
  round: 1,
  since: T0 - 60_000,
  partitions: P,
  ...over,
});
const answered = (from: number, round = 1): JournalRecord => ({ type: "ScanAnswered", from, ...SHAPE, round });
/** Everything since a minute ago is known. */
const KNOWN = [asked(), answered(0), answered(1), answered(2)];
const matched = (event: TriggerEvent, run = RUN) => ({
  to: 0,
  body: { type: "ResolveWait", run, step: WAIT, outcome: "matched", event, purpose: "step" },
});
const closed = (run = RUN): JournalRecord => ({ type: "WaitClosed", run, step: WAIT });

function arbiter(...records: readonly JournalRecord[]): Given {
  return givenIn(1, P, ...records);
}

function types({ records, messages }: Outcome): readonly string[] {
  return [...records, ...messages.map(({ body }) => body)].map(({ type }) => type);
}

describe("an event that comes", () => {
  test("is remembered, and ends every wait that it matches", () => {
    const other = runId("other");
    arbiter(waitRegistered(), waitRegistered({ run: other }))
      .whenTold(seen())
      .thenTold([kept(), closed(), closed(other)], [matched(paid()), matched(paid(), other)] as never);
  });

  test("ends none that compares another value, or excludes it, or has a condition that it does not meet", () => {
    for (const wait of [
      waitRegistered({ value: "n:2" }),
      waitRegistered({ event: "order/shipped" }),
      waitRegistered({ excluded: ["app.events/0/9"] }),
      waitRegistered({ condition: "async.data.n > 1" }),
    ]) {
      arbiter(wait).whenTold(seen()).then(kept());
    }
    arbiter(waitRegistered({ condition: "async.data.n > 1" }))
      .whenTold(seen({ data: '{"id":1,"n":2}' }))
      .thenTypes("EventKept", "WaitClosed");
  });

  test.each([
    ["at the deadline", 60_000, true],
    ["after it", 60_001, false],
    ["when the wait's time began", 0, true],
    ["a little before, since clocks differ", -SINCE_SLACK_MS, true],
    ["earlier than that", -SINCE_SLACK_MS - 1, false],
  ])("counts by when the log took it: %s", (_, at, counts) => {
    arbiter(waitRegistered())
      .whenTold(seen({ appendedAt: T0 + at }))
      .thenTypes("EventKept", ...(counts ? ["WaitClosed" as const] : []));
  });

  test("again, told once more by a scan of the past, is known by its place", () => {
    arbiter(kept(), waitRegistered())
      .whenTold(seen({ id: "whatever" }))
      .thenIgnored("it is remembered already");
    arbiter(kept(), waitRegistered())
      .whenTold(seen({ offset: 10 }))
      .thenTypes("EventKept", "WaitClosed");
  });

  test("is compared by a path that was not looked at when it came first", () => {
    const state = arbiter(kept(), waitRegistered({ path: "data.buyer" }));
    state
      .whenTold({ ...seen(), paths: ["data.id", "data.buyer"] })
      .thenTold([{ ...kept(), paths: ["data.buyer"] }, closed()], [matched(paid())] as never);
  });

  test("cancels the run whose cancelOn it matches", () => {
    const { messages } = arbiter(waitRegistered({ purpose: "cancel", deadline: null })).whenTold(seen());
    expect(messages).toMatchObject([{ to: 0, body: { type: "CancelRun", run: RUN } }]);
  });
});

describe("an event that ends many waits (R15)", () => {
  const runs = Array.from({ length: 250 }, (_, index) => runId(`run ${index}`));
  const many = (): Given => arbiter(...runs.map((run) => waitRegistered({ run })));

  function offerAll(state: Given, first: Outcome): { readonly frames: number; readonly told: readonly string[] } {
    const told: string[] = [];
    let frames = 0;
    for (let outcome = first; outcome.records.length > 0; outcome = state.when({ type: "ContinueOffer", kept: 1 })) {
      frames += 1;
      told.push(...outcome.messages.map(({ body }) => ("run" in body ? body.run : "")));
      state.and(...outcome.records);
    }
    return { frames, told };
  }

  test("takes several frames, and each wait is answered once, in the order in which they came", () => {
    const state = many();
    expect(offerAll(state, state.whenTold(seen()))).toEqual({ frames: 3, told: runs });
    expect(state.state.window.open.size).toBe(0);
    state.when({ type: "ContinueOffer", kept: 1 }).thenIgnored("all waits were compared");
  });

  test("takes the more frames the larger it is", () => {
    const state = many();
    const large = seen({ data: JSON.stringify({ id: 1, text: "x".repeat(100_000) }) });
    expect(offerAll(state, state.whenTold(large)).frames).toBeGreaterThan(20);
  });

  test("lets no wait expire before all are compared (R13)", () => {
    const state = many();
    state.and(...state.whenTold(seen()).records);
    for (const from of [0, 1, 2]) state.and({ type: "WatermarkRaised", from, time: T0 + 70_000 });
    const expire = { type: "ExpireWaits", waits: [{ run: must(runs.at(-1)), step: WAIT }] } as const;
    state.when(expire, T0 + 70_000).thenIgnored("none may expire yet");
  });

  test("that is compared still, and a wait that comes meanwhile: it is found among the remembered", () => {
    const state = many();
    state.and(...state.whenTold(seen()).records, ...KNOWN);
    const late = runId("late");
    expect(state.whenTold(register({ run: late })).messages).toEqual([matched(paid(), late)]);
  });

  function must<T>(value: T | undefined): T {
    if (value === undefined) throw new Error("nothing there");
    return value;
  }
});

describe("a wait that comes", () => {
  test("is kept, where all that it looks back to is known", () => {
    arbiter(...KNOWN)
      .whenTold(register())
      .then(waitRegistered());
  });

  test("again is redelivery", () => {
    arbiter(...KNOWN, waitRegistered())
      .whenTold(register())
      .thenIgnored("the wait is there already");
  });

  test("is answered by an event that came before it, the earliest one that counts", () => {
    arbiter(
      ...KNOWN,
      kept({ offset: 7, appendedAt: T0 + 20 }),
      kept({ offset: 8, appendedAt: T0 + 10 }),
      kept({ offset: 9, appendedAt: T0 + 30 }),
    )
      .whenTold(register({ excluded: [] }))
      .thenTold([], [matched(paid({ offset: 8, appendedAt: T0 + 10 }))] as never);
    arbiter(...KNOWN, kept({ appendedAt: T0 - SINCE_SLACK_MS - 1 }))
      .whenTold(register())
      .then(waitRegistered());
    arbiter(...KNOWN, kept())
      .whenTold(register({ excluded: ["app.events/0/9"] }))
      .then(waitRegistered({ excluded: ["app.events/0/9"] }));
  });

  test("is called off by its run, once", () => {
    const cancel = { type: "CancelWait", run: RUN, step: WAIT } as const;
    arbiter(waitRegistered()).whenTold(cancel).then(closed());
    arbiter(waitRegistered(), closed()).whenTold(cancel).thenIgnored("no such wait");
    arbiter(waitRegistered(), closed()).whenTold(seen()).then(kept());
  });

  test("sets a timer for its deadline", () => {
    expect(arbiter(waitRegistered()).state.timers.takeDue(T0 + 60_000)).toEqual({ kind: "wait", at: T0 + 60_000, run: RUN, step: WAIT });
    expect(arbiter(waitRegistered({ deadline: null })).state.timers.size).toBe(0);
  });
});

describe("the past is asked for", () => {
  const ask = (round: number, since: number): readonly JournalRecord[] => [asked({ round, since: since - SINCE_SLACK_MS })];

  test("from all partitions, this one too, by the first wait of a shape", () => {
    const outcome = arbiter().whenTold(register());
    expect(outcome.records).toEqual([...ask(1, T0), waitRegistered({ scan: 1 })]);
    const body = { type: "AskRescan", ...SHAPE, round: 1, since: T0 - SINCE_SLACK_MS };
    expect(outcome.messages).toEqual([0, 1, 2].map((to) => ({ to, body })));
  });

  test("not by a wait that has nothing to compare, since its trigger lacks it: no event can match", () => {
    arbiter()
      .whenTold(register({ value: "" }))
      .then(waitRegistered({ value: "" }));
  });

  test("once for the waits of a shape that look back no further", () => {
    arbiter(asked({ since: T0 - SINCE_SLACK_MS }))
      .whenTold(register({ knownSince: T0 + 50 }))
      .then(waitRegistered({ knownSince: T0 + 50, scan: 1 }));
  });

  test("again by a wait that looks back further, though an event is there already: a loop of waits is to see what came before that", () => {
    const far = T0 - 120_000;
    expect(arbiter(...KNOWN).whenTold(register({ knownSince: far })).records).toEqual([
      ...ask(2, far),
      waitRegistered({ knownSince: far, scan: 2 }),
    ]);
    expect(types(arbiter(...KNOWN, kept()).whenTold(register({ knownSince: far })))).toEqual([
      "ScanAsked",
      "AskRescan",
      "AskRescan",
      "AskRescan",
      "ResolveWait",
    ]);
  });

  test("after a scan that is on its way, once, as far back as anybody wants", () => {
    const [far, further] = [T0 - 120_000, T0 - 240_000];
    const wanted = (since: number): JournalRecord => ({ type: "ScanWanted", ...SHAPE, since: since - SINCE_SLACK_MS });
    const state = arbiter(asked());
    state.whenTold(register({ knownSince: far })).then(wanted(far), waitRegistered({ knownSince: far, scan: 2 }));
    state.and(wanted(far));
    state.whenTold(register({ knownSince: far + 5 })).then(waitRegistered({ knownSince: far + 5, scan: 2 }));
    state.and(wanted(further), answered(0), answered(1));
    const done = state.whenTold({ type: "RescanDone", ...SHAPE, round: 1 }, { from: 2 });
    expect(done.records).toEqual([answered(2), ...ask(2, further)]);
    expect(done.messages).toHaveLength(P);
  });

  test("by a wait that looks back to what was forgotten since", () => {
    const state = arbiter(...KNOWN, kept({ appendedAt: T0 - 30_000 }));
    state.whenTold(register({ knownSince: T0 - 20_000, excluded: ["app.events/0/9"] })).thenTypes("WaitRegistered");
    state.at(T0 + WINDOW_MS, kept({ offset: 10 }));
    expect(state.state.window.size).toBe(1);
    state.whenTold(register({ knownSince: T0 - 20_000, excluded: ["app.events/0/10"] })).thenTypes("WaitRegistered");
    state
      .whenTold(register({ knownSince: T0 - 30_000 + SINCE_SLACK_MS, excluded: ["app.events/0/10"] }))
      .thenTypes("ScanAsked", "WaitRegistered");
  });

  test("and answered once by each partition, of this round", () => {
    const done = (round: number) => ({ type: "RescanDone", ...SHAPE, round }) as const;
    arbiter(asked()).whenTold(done(1), { from: 2 }).then(answered(2));
    arbiter(asked(), answered(2)).whenTold(done(1), { from: 2 }).thenIgnored("it is answered already");
    arbiter(asked({ round: 2 }))
      .whenTold(done(1), { from: 2 })
      .thenIgnored("it is answered already");
  });

  test("for others, and waited for by a wait that would see what it finds", () => {
    const deep: JournalRecord = { type: "ScanWanted", ...SHAPE, since: T0 - 500_000 };
    const wait = register({ since: T0 - 400_000, knownSince: T0 });
    expect(arbiter(asked(), deep).whenTold(wait).records).toMatchObject([{ scan: 2 }]);
    expect(arbiter(asked()).whenTold(wait).records).toMatchObject([{ scan: 1 }]);
    expect(arbiter(...KNOWN).whenTold(wait).records).toMatchObject([{ scan: 0 }]);
    // What the one on its way told already was forgotten since.
    const forgetful = arbiter(asked({ since: T0 - 500_000 }), kept({ appendedAt: T0 - 450_000 }), deep).at(
      T0 + WINDOW_MS,
      kept({ offset: 10 }),
    );
    expect(forgetful.whenTold({ ...wait, since: T0 - 450_000, excluded: ["app.events/0/10"] }).records).toMatchObject([{ scan: 2 }]);
  });
});

describe("what is remembered is bounded (R16), and forgotten by the fold alone (R2)", () => {
  test("after ten minutes, by the time of the frame", () => {
    const state = arbiter(kept()).at(T0 + WINDOW_MS - 1, kept({ offset: 10 }));
    expect(state.state.window.size).toBe(2);
    state.at(T0 + WINDOW_MS, kept({ offset: 11 }));
    expect([...state.state.window.values()].map(({ event }) => event.offset)).toEqual([10, 11]);
  });

  test("not at once, where the frame that holds it was begun long before, by a process that then stood still", () => {
    const late = T0 + 2 * WINDOW_MS;
    const state = arbiter(kept({ appendedAt: late })).at(late, kept({ offset: 10, appendedAt: late }));
    expect(state.state.window.size).toBe(2);
  });

  test("over 100,000, the oldest first; waits know how far back they can look", () => {
    const state = arbiter();
    for (let offset = 0; offset <= MAX_KEPT; offset++) state.and(kept({ offset, appendedAt: T0 + offset }));
    expect([state.state.window.size, state.state.window.floor]).toEqual([MAX_KEPT, T0]);
  });

  test("over 16 million characters", () => {
    const state = arbiter();
    for (let offset = 0; offset < 40; offset++) state.and(kept({ offset, data: JSON.stringify("x".repeat(1_000_000)) }));
    expect(state.state.window.size).toBe(16);
  });

  test("but not while waits are to be compared with it", () => {
    const state = arbiter(kept({}, true)).at(T0 + 2 * WINDOW_MS, kept({ offset: 10 }));
    expect(state.state.window.size).toBe(2);
    state.at(T0 + 2 * WINDOW_MS, { type: "OfferAdvanced", kept: 1, after: null }, kept({ offset: 11 }));
    expect(state.state.window.size).toBe(2);
  });
});

describe("a wait expires", () => {
  const due = { type: "ExpireWaits", waits: [{ run: RUN, step: WAIT }] } as const;
  const reached = (from: number, at: number): JournalRecord => ({ type: "WatermarkRaised", from, time: T0 + at });
  const after = T0 + 60_000;
  const expired = { to: 0, body: { type: "ResolveWait", run: RUN, step: WAIT, outcome: "expired", event: null, purpose: "step" } } as const;

  test("when every partition has decided what came to it up to the deadline (R13)", () => {
    const state = arbiter(waitRegistered(), reached(0, 60_000), reached(1, 60_000));
    state.when(due, after).thenIgnored("none may expire yet");
    state.and(reached(2, 59_999)).when(due, after).thenIgnored("none may expire yet");
    state.and(reached(2, 60_000)).when(due, after).thenTold([closed()], [expired]);
  });

  test("not before its deadline, and not twice", () => {
    const state = arbiter(waitRegistered(), reached(0, 70_000), reached(1, 70_000), reached(2, 70_000));
    state.when(due, after - 1).thenIgnored("none may expire yet");
    state.and(closed()).when(due, after).thenIgnored("none may expire yet");
  });

  test("not before the scan that it needs is answered by all", () => {
    const state = arbiter(asked(), waitRegistered({ scan: 1 }), reached(0, 70_000), reached(1, 70_000), reached(2, 70_000));
    state.and(answered(0), answered(1)).when(due, after).thenIgnored("none may expire yet");
    state.and(answered(2)).when(due, after).thenTypes("WaitClosed");
  });

  test("not before an event that it may want is compared with it; events of another name or value, or that passed it, hold nothing up", () => {
    const registered = [waitRegistered(), reached(0, 70_000), reached(1, 70_000), reached(2, 70_000)];
    const offered = kept({}, true);
    arbiter(...registered, offered)
      .when(due, after)
      .thenIgnored("none may expire yet");
    arbiter(...registered, offered, { type: "OfferAdvanced", kept: 1, after: 1 })
      .when(due, after)
      .thenTypes("WaitClosed");
    for (const other of [
      { ...offered, event: { ...offered.event, name: "other" } },
      { ...offered, value: "other" },
      { ...offered, paths: ["other"] },
    ]) {
      arbiter(...registered, other)
        .when(due, after)
        .thenTypes("WaitClosed");
    }
  });

  test("whatever may come, when its owner has asked in vain for a minute", () => {
    arbiter(waitRegistered())
      .when({ ...due, waits: [{ run: RUN, step: WAIT, isForced: true }] }, after)
      .thenTold([closed()], [expired]);
  });

  test("in silence, where it would have cancelled its run", () => {
    arbiter(waitRegistered({ purpose: "cancel" }), reached(0, 70_000), reached(1, 70_000), reached(2, 70_000))
      .when(due, after)
      .then(closed());
  });

  test("for a signal by this partition's own word: signals come here by their key", () => {
    arbiter(waitRegistered({ purpose: "signal" }), reached(1, 60_000))
      .when(due, after)
      .thenTypes("WaitClosed");
  });

  test("no more than 500 in one frame", () => {
    const runs = Array.from({ length: 600 }, (_, index) => runId(`run ${index}`));
    const waits = runs.map((run) => ({ run, step: WAIT, isForced: true }));
    expect(arbiter(...runs.map((run) => waitRegistered({ run }))).when({ type: "ExpireWaits", waits }, after).records).toHaveLength(500);
  });

  test("a watermark only rises", () => {
    const told = { type: "WatermarkReached", time: T0 + 5 } as const;
    arbiter(reached(2, 4)).whenTold(told, { from: 2 }).then(reached(2, 5));
    arbiter(reached(2, 5)).whenTold(told, { from: 2 }).thenIgnored("it is known to be later");
  });
});
