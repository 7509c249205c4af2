// Any message between tasks: the compiler proves that none is forgotten.
import fc from "fast-check";
import { deriveRunId, stepKey, type RunId, type StepKey } from "../../engine/core/ids.ts";
import type { MessageBody, MessageEvent } from "../../engine/workflow/records.ts";

const text = fc.string({ unit: "grapheme", maxLength: 12 });
const json = fc.json({ maxDepth: 2 });
const time = fc.nat(2 ** 42);
const partition = fc.nat(1_000);
const run: fc.Arbitrary<RunId> = fc.tuple(time, text).map(([at, name]) => deriveRunId(at, 3, name, "x"));
const step: fc.Arbitrary<StepKey> = fc.tuple(text, fc.nat(3)).map(([id, occurrence]) => stepKey(id, occurrence));
const count = fc.nat(1_000);
const place = { run, step };
const shape = { event: text, path: text };
const purpose = fc.constantFrom("step" as const, "cancel" as const, "signal" as const);
const event: fc.Arbitrary<MessageEvent> = fc.record({
  id: text,
  name: text,
  data: fc.option(json),
  time,
  key: fc.option(text),
  topic: text,
  partition,
  offset: fc.oneof(
    fc.maxSafeNat().map((n) => Math.min(n, Number.MAX_SAFE_INTEGER - 1)),
    fc.constant(-1),
  ),
  appendedAt: time,
  corrects: fc.option(text),
  trace: fc.option(text),
});

const bodyOf: { readonly [T in MessageBody["type"]]: fc.Arbitrary<Extract<MessageBody, { type: T }>> } = {
  RegisterWait: fc.record({
    type: fc.constant("RegisterWait"),
    ...place,
    ...shape,
    value: text,
    condition: fc.option(text),
    bindings: fc.option(json),
    since: time,
    knownSince: time,
    deadline: fc.option(time),
    excluded: fc.array(text, { maxLength: 3 }),
    purpose,
    replaces: fc.boolean(),
  }),
  CancelWait: fc.record({ type: fc.constant("CancelWait"), ...place }),
  EventSeen: fc.record({ type: fc.constant("EventSeen"), event, paths: fc.array(text, { maxLength: 3 }), value: text }),
  ResolveWait: fc.record({
    type: fc.constant("ResolveWait"),
    ...place,
    outcome: fc.constantFrom("matched" as const, "expired" as const, "replaced" as const, "refused" as const),
    event: fc.option(event),
    purpose,
  }),
  RejectMatch: fc.record({ type: fc.constant("RejectMatch"), event }),
  AskWatermark: fc.record({ type: fc.constant("AskWatermark"), time }),
  HoldBack: fc.record({ type: fc.constant("HoldBack"), until: time, isPast: fc.boolean() }),
  WatermarkReached: fc.record({ type: fc.constant("WatermarkReached"), time }),
  AskRescan: fc.record({ type: fc.constant("AskRescan"), ...shape, round: fc.nat(9), since: fc.integer() }),
  RescanDone: fc.record({ type: fc.constant("RescanDone"), ...shape, round: fc.nat(9) }),
  StartChild: fc.record({ type: fc.constant("StartChild"), child: run, functionId: text, event, ...place }),
  ChildEnded: fc.record({
    type: fc.constant("ChildEnded"),
    ...place,
    child: run,
    output: fc.option(json),
    error: fc.option(fc.record({ name: text, message: text, stack: fc.option(text) })),
  }),
  CancelRun: fc.record({ type: fc.constant("CancelRun"), run, reason: text }),
  ReleaseRun: fc.record({ type: fc.constant("ReleaseRun"), run }),
  EnterFunction: fc.record({
    type: fc.constant("EnterFunction"),
    functionId: text,
    run,
    gate: text,
    events: fc.array(event, { maxLength: 3 }),
    parent: fc.option(fc.record(place)),
    singleton: fc.option(text),
  }),
  RerunRun: fc.record({
    type: fc.constant("RerunRun"),
    run,
    original: run,
    operation: text,
    functionId: text,
    events: fc.array(event, { maxLength: 3 }),
    steps: json,
    emit: fc.constantFrom("changed", "all", "none"),
    emitted: json,
    waits: json,
    cancels: fc.option(fc.record({ run, outcomes: fc.nat() })),
  }),
  StartBackfill: fc.record({
    type: fc.constant("StartBackfill"),
    id: text,
    functionId: text,
    since: fc.option(time),
    until: fc.option(time),
    rate: fc.double({ noNaN: true }),
  }),
  ControlBackfill: fc.record({ type: fc.constant("ControlBackfill"), id: text, action: fc.constantFrom("pause", "resume", "cancel") }),
  StartMissed: fc.record({ type: fc.constant("StartMissed"), functionId: text, event }),
  ConsumeEvent: fc.record({ type: fc.constant("ConsumeEvent"), key: text, event, isHandled: fc.boolean() }),
  ConsumeAgain: fc.record({ type: fc.constant("ConsumeAgain"), letter: text, event, isReduced: fc.boolean() }),
  SteerConsumer: fc.record({
    type: fc.constant("SteerConsumer"),
    nonce: text,
    attempt: text,
    action: fc.constantFrom("ask", "hold", "follow", "retire", "activate", "release"),
    positions: fc.array(fc.record({ topic: text, partition, offset: fc.nat() }), { maxLength: 3 }),
  }),
  AskDigest: fc.record({ type: fc.constant("AskDigest"), nonce: text }),
  SingletonEnded: fc.record({ type: fc.constant("SingletonEnded"), key: text, run }),
  WantPermits: fc.record({ type: fc.constant("WantPermits"), pool: text, count }),
  GrantPermits: fc.record({ type: fc.constant("GrantPermits"), pool: text, count, recalled: fc.boolean() }),
  ReturnPermits: fc.record({ type: fc.constant("ReturnPermits"), pool: text, count }),
  RecallPermits: fc.record({ type: fc.constant("RecallPermits"), pool: text }),
  PauseFunction: fc.record({ type: fc.constant("PauseFunction"), functionId: text, events: fc.option(text) }),
  OverrideFlow: fc.record({ type: fc.constant("OverrideFlow"), functionId: text, limits: fc.option(json), until: time }),
};

export const messageBody: fc.Arbitrary<MessageBody> = fc.oneof(...Object.values<fc.Arbitrary<MessageBody>>(bodyOf));
