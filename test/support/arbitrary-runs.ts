// Any run, in any state: the compiler proves that no field and no state of a step is forgotten.
import fc from "fast-check";
import { deriveRunId, stepKey, type RunId, type StepKey } from "../../engine/core/ids.ts";
import { EMIT_POLICIES, type RerunState } from "../../engine/workflow/run/rerun-state.ts";
import type { RunFlow } from "../../engine/workflow/flow/state.ts";
import type { RunState, RunStatus, StepState } from "../../engine/workflow/state.ts";

/** As they are made by the fold, and by decoders. */
const record = <T>(fields: { [Field in keyof T]: fc.Arbitrary<T[Field]> }): fc.Arbitrary<T> =>
  fc.record<T>(fields, { noNullPrototype: true });

const text = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 12 }),
  fc.string({ minLength: 20, maxLength: 100 }),
  fc.constantFrom("", "\0", "\ud800", "😀", "__proto__", "ż".repeat(40), "app.events", "order/created"),
);
const json = fc.json({ maxDepth: 2 });
const time = fc.nat(2 ** 42);
const run: fc.Arbitrary<RunId> = fc.tuple(time, text, fc.nat(7)).map(([at, name, partition]) => deriveRunId(at, partition, name, "x"));
const step: fc.Arbitrary<StepKey> = fc.tuple(text, fc.nat(3)).map(([id, occurrence]) => stepKey(id, occurrence));
const error = record({ name: text, message: text, stack: fc.option(text) });
const partition = fc.integer({ min: -1, max: 1_000 });
const order = fc.nat(10_000);
const deadline = fc.option(time);
const event = record({
  id: text,
  name: text,
  data: json,
  time,
  key: fc.option(text),
  topic: text,
  partition,
  offset: fc.oneof(fc.maxSafeNat(), fc.constant(-1)),
  appendedAt: time,
  corrects: fc.option(text),
  trace: fc.option(text),
});

const stepIn: { readonly [Status in StepState["status"]]: fc.Arbitrary<Extract<StepState, { status: Status }>> } = {
  completed: record({ status: fc.constant("completed"), output: fc.option(json), order }),
  failed: record({ status: fc.constant("failed"), attempt: fc.nat(20), error, order }),
  retrying: fc.record(
    { status: fc.constant("retrying"), attempt: fc.nat(20), error, retryAt: time, began: time, cursor: fc.option(json) },
    { requiredKeys: ["status", "attempt", "error", "retryAt", "began"], noNullPrototype: true },
  ),
  sleeping: record({ status: fc.constant("sleeping"), wakeAt: time }),
  slept: record({ status: fc.constant("slept"), order }),
  waiting: record({ status: fc.constant("waiting"), to: partition, event: text, interest: fc.integer(), since: time, deadline }),
  resolved: record({ status: fc.constant("resolved"), event: fc.option(event), interest: fc.integer(), since: time, order }),
  invoking: record({ status: fc.constant("invoking"), child: run, functionId: text, deadline, detached: fc.boolean(), began: time }),
  iterating: record({ status: fc.constant("iterating"), cursor: fc.option(json), began: time }),
  cancelled: record({ status: fc.constant("cancelled") }),
};

const statusOf: { readonly [Status in RunStatus["status"]]: fc.Arbitrary<Extract<RunStatus, { status: Status }>> } = {
  running: record({ status: fc.constant("running") }),
  "backing-off": record({ status: fc.constant("backing-off"), retryAt: time, error }),
  parked: record({ status: fc.constant("parked"), difference: text }),
  quarantined: record({ status: fc.constant("quarantined"), reason: text }),
};

export const runState = record<{ -readonly [Field in keyof RunState]: RunState[Field] }>({
  id: run,
  functionId: text,
  event,
  startedAt: time,
  attempt: fc.nat(20),
  status: fc.oneof(...Object.values(statusOf)),
  steps: fc
    .array(fc.tuple(step, fc.oneof(...Object.values<fc.Arbitrary<StepState>>(stepIn))), { maxLength: 8 })
    .map((entries) => new Map(entries)),
  outcomes: order,
  outcomeAt: time,
  outcomeEpoch: fc.integer({ min: -1, max: 2 ** 40 }),
  resting: fc.boolean(),
  parent: fc.option(record({ run, step })),
  startBy: deadline,
  finishBy: deadline,
  cancels: fc.array(partition, { maxLength: 3 }),
  mark: time,
  suspicion: fc.nat(3),
  lanes: fc.nat(3),
  alone: fc.boolean(),
  exposed: fc.integer({ min: -1, max: 2 ** 40 }),
  flow: fc.option(
    record<{ -readonly [Field in keyof RunFlow]: RunFlow[Field] }>({
      needs: fc.array(text, { maxLength: 2 }),
      slots: fc.nat(5),
      asks: fc.array(fc.nat(2 ** 40), { maxLength: 3 }),
      singleton: fc.option(text),
      batch: fc.array(event, { maxLength: 2 }),
    }),
  ),
  rerun: fc.option(
    record<RerunState>({
      original: run,
      operation: text,
      emit: fc.constantFrom(...EMIT_POLICIES),
      emitted: fc.dictionary(
        text.filter((name) => name !== "__proto__"),
        fc.array(record({ id: text, name: text, key: fc.option(text), digest: text }), { maxLength: 2 }),
        { maxKeys: 2, noNullPrototype: true },
      ),
      waits: fc.dictionary(
        text.filter((name) => name !== "__proto__"),
        time,
        { maxKeys: 2, noNullPrototype: true },
      ),
    }),
  ),
});
