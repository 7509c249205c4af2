// Any record, with odd texts in it: for what must hold whatever was decided.
import fc from "fast-check";
import { deriveRunId, stepKey, type RunId, type StepKey } from "../../engine/core/ids.ts";
import type { Failure, InputRead, JournalRecord, SourcePosition, StartedRun, TriggerEvent } from "../../engine/workflow/records.ts";

/** Whatever UTF-8 can carry. */
const text = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 12 }),
  fc.constantFrom("", "\0", "\u{feff}bom", "line\nbreak", '"\\', "😀", "é\u0301", "\ufffd", "__proto__", "constructor"),
);
const json = fc.json({ maxDepth: 2 });
const time = fc.nat(2 ** 42);
/** Avro's long, as far as numbers carry it. */
const offset = fc.maxSafeNat().map((n) => Math.min(n, Number.MAX_SAFE_INTEGER - 1));
const bytes = fc.uint8Array({ maxLength: 16 }).map((array) => Buffer.from(array));
const run: fc.Arbitrary<RunId> = fc.tuple(time, text).map(([at, name]) => deriveRunId(at, 3, name, "x"));
const step: fc.Arbitrary<StepKey> = fc.tuple(text, fc.nat(3)).map(([id, occurrence]) => stepKey(id, occurrence));
const error: fc.Arbitrary<Failure> = fc.record({ name: text, message: text, stack: fc.option(text) });
const partition = fc.nat(1_000);
const event: fc.Arbitrary<TriggerEvent> = fc.record({
  id: text,
  name: text,
  data: json,
  time,
  key: fc.option(text),
  topic: text,
  partition,
  offset: fc.oneof(offset, fc.constant(-1)),
  appendedAt: time,
});

const cancels = fc.array(fc.oneof(partition, fc.constant(-1)), { maxLength: 3 });
const started: fc.Arbitrary<StartedRun> = fc.record({
  id: run,
  functionId: text,
  parent: fc.option(fc.record({ run, step })),
  startBy: fc.option(time),
  finishBy: fc.option(time),
  cancels,
  needs: fc.array(text, { maxLength: 2 }),
  singleton: fc.option(text),
});
const positions: fc.Arbitrary<SourcePosition[]> = fc.array(fc.record({ topic: text, partition, offset }), { maxLength: 3 });
const slots = fc.nat(5);
const shape = { event: text, path: text };

type Type = JournalRecord["type"];

/** Every type: the compiler proves that none is forgotten. */
export const recordOf: { readonly [T in Type]: fc.Arbitrary<Extract<JournalRecord, { type: T }>> } = {
  RunsStarted: fc.record({
    type: fc.constant("RunsStarted" as const),
    event,
    runs: fc.array(started, { maxLength: 3 }),
    batch: fc.array(event, { maxLength: 2 }),
  }),
  StepAdopted: fc.record({
    type: fc.constant("StepAdopted" as const),
    run,
    step,
    outcome: fc
      .oneof(
        fc.record({ status: fc.constant("completed"), output: fc.option(json), mark: time }),
        fc.record({ status: fc.constant("failed"), attempt: fc.nat(20), error }),
        fc.record({ status: fc.constant("slept"), mark: time }),
        fc.record({ status: fc.constant("resolved"), event: fc.option(event), interest: fc.nat(), since: time, mark: time }),
        fc.record({ status: fc.constant("cancelled") }),
      )
      .map((outcome) => JSON.stringify(outcome)),
  }),
  RerunStarted: fc.record({
    type: fc.constant("RerunStarted" as const),
    run,
    original: run,
    operation: text,
    emit: fc.constantFrom("changed", "all", "none"),
    emitted: fc
      .dictionary(text, fc.array(fc.record({ id: text, digest: text }), { maxLength: 2 }), { maxKeys: 2 })
      .map((sent) => JSON.stringify(sent)),
    needs: fc.array(text, { maxLength: 2 }),
  }),
  BackfillStarted: fc.record({
    type: fc.constant("BackfillStarted" as const),
    id: text,
    functionId: text,
    ranges: fc.array(fc.record({ topic: text, partition, from: offset, to: offset }), { maxLength: 3 }),
    rate: fc.double({ noNaN: true }),
    since: fc.option(time),
    until: fc.option(time),
  }),
  BackfillAdvanced: fc.record({
    type: fc.constant("BackfillAdvanced" as const),
    id: text,
    topic: text,
    partition,
    next: offset,
    started: fc.nat(1_000),
    skipped: fc.nat(1_000),
    missing: offset,
    ids: fc.array(text, { maxLength: 3 }),
  }),
  BackfillChanged: fc.record({ type: fc.constant("BackfillChanged" as const), id: text, paused: fc.boolean() }),
  BackfillEnded: fc.record({
    type: fc.constant("BackfillEnded" as const),
    id: text,
    outcome: fc.constantFrom("done", "cancelled", "abandoned"),
    reason: fc.option(text),
  }),
  EventConsumed: fc.record({
    type: fc.constant("EventConsumed" as const),
    key: text,
    event: fc.option(event),
    owed: fc.option(offset),
    values: fc.array(fc.record({ store: fc.constantFrom("a", "b", "totals"), value: fc.option(json) }), { maxLength: 3 }),
  }),
  HandlingFailed: fc.record({ type: fc.constant("HandlingFailed" as const), number: offset, attempt: fc.nat(20), error, retryAt: time }),
  HandlingEnded: fc.record({ type: fc.constant("HandlingEnded" as const), numbers: fc.array(offset, { maxLength: 3 }) }),
  DigestTold: fc.record({ type: fc.constant("DigestTold" as const), nonce: text, of: offset, digest: text }),
  StepCompleted: fc.record({ type: fc.constant("StepCompleted" as const), run, step, output: fc.option(json), began: time }),
  StepFailed: fc.record({
    type: fc.constant("StepFailed" as const),
    run,
    step,
    attempt: fc.nat(20),
    error,
    retryAt: fc.option(time),
    began: time,
  }),
  SleepStarted: fc.record({ type: fc.constant("SleepStarted" as const), run, step, wakeAt: time, resting: fc.boolean() }),
  SleepEnded: fc.record({ type: fc.constant("SleepEnded" as const), run, step }),
  RunAttemptFailed: fc.record({ type: fc.constant("RunAttemptFailed" as const), run, attempt: fc.nat(20), error, retryAt: time }),
  RunCompleted: fc.record({ type: fc.constant("RunCompleted" as const), run, output: fc.option(json) }),
  RunFailed: fc.record({ type: fc.constant("RunFailed" as const), run, error }),
  RunParked: fc.record({ type: fc.constant("RunParked" as const), run, difference: text }),
  RunUnparked: fc.record({ type: fc.constant("RunUnparked" as const), run }),
  EmissionOwed: fc.record({
    type: fc.constant("EmissionOwed" as const),
    sequence: offset,
    target: fc.constantFrom("events" as const, "deadLetter" as const),
    key: fc.option(bytes),
    value: fc.option(bytes),
    headers: fc.dictionary(
      text.filter((name) => name !== "__proto__"),
      bytes,
      { maxKeys: 3, noNullPrototype: true },
    ),
  }),
  EmissionsConfirmed: fc.record({ type: fc.constant("EmissionsConfirmed" as const), through: offset }),
  InputRejected: fc.record({ type: fc.constant("InputRejected" as const), topic: text, partition, offset, code: text, reason: text }),
  ManifestActivated: fc.record({
    type: fc.constant("ManifestActivated" as const),
    version: offset,
    hash: text,
    content: json,
    from: positions,
  }),
  SourcePositionSet: fc.record({ type: fc.constant("SourcePositionSet" as const), topic: text, partition, from: offset, to: offset }),
  WaitStarted: fc.record({
    type: fc.constant("WaitStarted" as const),
    run,
    step,
    event: text,
    to: partition,
    interest: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
    since: time,
    deadline: fc.option(time),
    resting: fc.boolean(),
  }),
  WaitResolved: fc.record({ type: fc.constant("WaitResolved" as const), run, step, event: fc.option(event) }),
  StepsCancelled: fc.record({ type: fc.constant("StepsCancelled" as const), run, steps: fc.array(step, { maxLength: 3 }) }),
  ChildInvoked: fc.record({
    type: fc.constant("ChildInvoked" as const),
    run,
    step,
    child: run,
    functionId: text,
    deadline: fc.option(time),
    detached: fc.boolean(),
    resting: fc.boolean(),
  }),
  IterationAdvanced: fc.record({ type: fc.constant("IterationAdvanced" as const), run, step, cursor: fc.option(json), began: time }),
  RunCancelled: fc.record({ type: fc.constant("RunCancelled" as const), run, reason: text }),
  RunsResumed: fc.record({ type: fc.constant("RunsResumed" as const), runs: fc.array(run, { maxLength: 3 }) }),
  LaneEntered: fc.record({ type: fc.constant("LaneEntered" as const), run }),
  LaneLeft: fc.record({ type: fc.constant("LaneLeft" as const), run }),
  RunsRested: fc.record({ type: fc.constant("RunsRested" as const), runs: fc.array(run, { maxLength: 3 }) }),
  RunQuarantined: fc.record({ type: fc.constant("RunQuarantined" as const), run, reason: text }),
  RunReleased: fc.record({ type: fc.constant("RunReleased" as const), run }),
  MessageSent: fc.record({ type: fc.constant("MessageSent" as const), to: partition, sequence: offset, body: bytes }),
  MessagesConfirmed: fc.record({ type: fc.constant("MessagesConfirmed" as const), to: partition, through: offset }),
  MessagesReceived: fc.record({
    type: fc.constant("MessagesReceived" as const),
    from: partition,
    through: offset,
    epoch: offset,
    nonce: offset,
  }),
  WaitRegistered: fc.record({
    type: fc.constant("WaitRegistered" as const),
    run,
    step,
    ...shape,
    value: text,
    condition: fc.option(text),
    bindings: fc.option(json),
    since: time,
    knownSince: time,
    deadline: fc.option(time),
    excluded: fc.array(text, { maxLength: 3 }),
    purpose: fc.constantFrom("step" as const, "cancel" as const, "signal" as const),
    scan: fc.nat(5),
  }),
  WaitClosed: fc.record({ type: fc.constant("WaitClosed" as const), run, step }),
  EventKept: fc.record({
    type: fc.constant("EventKept" as const),
    event,
    paths: fc.array(text, { maxLength: 3 }),
    value: text,
    isOpen: fc.boolean(),
  }),
  OfferAdvanced: fc.record({ type: fc.constant("OfferAdvanced" as const), kept: offset, after: fc.option(offset) }),
  EventTaken: fc.record({ type: fc.constant("EventTaken" as const), kept: offset, taken: fc.boolean() }),
  WatermarkRaised: fc.record({ type: fc.constant("WatermarkRaised" as const), from: partition, time }),
  ScanAsked: fc.record({ type: fc.constant("ScanAsked" as const), ...shape, round: fc.nat(5), since: time, partitions: fc.nat(5) }),
  ScanWanted: fc.record({ type: fc.constant("ScanWanted" as const), ...shape, since: time }),
  ScanAnswered: fc.record({ type: fc.constant("ScanAnswered" as const), from: partition, ...shape, round: fc.nat(5) }),
  ShapeActivated: fc.record({ type: fc.constant("ShapeActivated" as const), ...shape, from: positions }),
  CronScheduled: fc.record({
    type: fc.constant("CronScheduled" as const),
    function: text,
    cron: text,
    next: fc.option(time),
    delayMs: fc.nat(100_000),
  }),
  RunQueued: fc.record({
    type: fc.constant("RunQueued" as const),
    run,
    functionId: text,
    gate: fc.constantFrom("pause" as const, "throttle" as const, "home" as const),
    events: fc.array(event, { maxLength: 2 }),
    parent: fc.option(fc.record({ run, step })),
    needs: fc.array(text, { maxLength: 3 }),
    share: text,
    weight: fc.nat(1_000_000),
    score: fc.integer({ min: -(2 ** 42), max: 2 ** 42 }),
    startBy: fc.option(time),
    cancels,
    singleton: fc.option(text),
  }),
  RunUnqueued: fc.record({ type: fc.constant("RunUnqueued" as const), run, reason: fc.option(text) }),
  RunSkipped: fc.record({
    type: fc.constant("RunSkipped" as const),
    run,
    functionId: text,
    gate: text,
    reason: text,
    eventId: text,
    topic: text,
    partition,
    offset,
  }),
  CellSet: fc.record({
    type: fc.constant("CellSet" as const),
    key: text,
    kind: fc.constantFrom(
      "rate" as const,
      "once" as const,
      "throttle" as const,
      "share" as const,
      "breaker" as const,
      "singleton" as const,
      "pause" as const,
      "override" as const,
      "cancelled" as const,
    ),
    until: time,
    numbers: fc.array(offset, { maxLength: 4 }),
    text: fc.option(text),
  }),
  CellsForgotten: fc.record({ type: fc.constant("CellsForgotten" as const), keys: fc.array(text, { maxLength: 3 }) }),
  EventHeld: fc.record({
    type: fc.constant("EventHeld" as const),
    key: text,
    gate: fc.constantFrom("debounce" as const, "batch" as const, "singleton" as const),
    functionId: text,
    run,
    event,
    due: fc.oneof(time, fc.constant(-1)),
  }),
  EventSpread: fc.record({
    type: fc.constant("EventSpread" as const),
    event,
    entries: fc.array(fc.record({ functionId: text, run }), { maxLength: 3 }),
  }),
  SpreadAdvanced: fc.record({ type: fc.constant("SpreadAdvanced" as const), key: text, count: fc.nat(3) }),
  HeldWentOn: fc.record({ type: fc.constant("HeldWentOn" as const), key: text }),
  SlotsAsked: fc.record({ type: fc.constant("SlotsAsked" as const), run, count: slots }),
  SlotsGiven: fc.record({ type: fc.constant("SlotsGiven" as const), run, count: slots }),
  SlotsReturned: fc.record({ type: fc.constant("SlotsReturned" as const), run, count: slots, passedOn: fc.boolean() }),
  PermitsHeld: fc.record({
    type: fc.constant("PermitsHeld" as const),
    need: text,
    granted: slots,
    wanted: slots,
    recalled: fc.boolean(),
  }),
  PermitsLeased: fc.record({ type: fc.constant("PermitsLeased" as const), pool: text, to: partition, count: slots, wanted: slots }),
  OwnerReleasing: fc.record({ type: fc.constant("OwnerReleasing" as const), until: time }),
  OwnerReleased: fc.record({ type: fc.constant("OwnerReleased" as const) }),
};

export const input: fc.Arbitrary<InputRead> = fc.record({
  topic: text,
  partition,
  next: offset,
  last: fc.oneof(offset, fc.constant(-1)),
  hash: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  producers: fc.array(fc.record({ producer: text, sequence: offset }), { maxLength: 3 }),
  ids: fc.array(text, { maxLength: 3 }),
});
