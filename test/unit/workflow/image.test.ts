import { describe, expect, test } from "vitest";
import { stepKey } from "../../../engine/core/ids.ts";
import { HOMES, SMALL_CELLS } from "../../../engine/workflow/image/small-cells.ts";
import { queuesOf } from "../../../engine/workflow/image/queues.ts";
import { keyedBody, keyedCells } from "../../../engine/workflow/image/keyed-cells.ts";
import { bodyWithSteps, bodyWithoutSteps, runKey, stepBody, stepCellKey } from "../../../engine/workflow/image/run-cells.ts";
import { ImageError, StateBuilder } from "../../../engine/workflow/image/state-builder.ts";
import { evolve } from "../../../engine/workflow/evolve.ts";
import type { JournalRecord } from "../../../engine/workflow/records.ts";
import { evolveInputRead } from "../../../engine/workflow/source/source.ts";
import { emptyState, type PartitionState } from "../../../engine/workflow/state.ts";
import { waitKey } from "../../../engine/workflow/wait/wait-table.ts";
import { T0 } from "../../support/fake-clock.ts";
import {
  manifest,
  RUN,
  runId,
  runQueued,
  runsStarted,
  startedRun,
  STEP,
  stepCompleted,
  stepFailed,
  triggerEvent,
} from "../../support/records.ts";

const MANY = runId("many steps");

/** Something of everything. */
const RECORDS: readonly JournalRecord[] = [
  manifest(),
  runsStarted(),
  {
    type: "RunsStarted",
    event: triggerEvent(),
    runs: [startedRun(MANY, { parent: { run: RUN, step: STEP }, needs: ["fn/f/0/"] })],
    batch: [],
  },
  stepCompleted(),
  stepFailed("b", { retryAt: T0 }),
  ...Array.from({ length: 9 }, (_, n) => stepCompleted(`s#${n}`, "1", MANY)),
  { type: "EmissionOwed", sequence: 0, target: "events", key: Buffer.from("k"), value: null, headers: { ce_id: Buffer.from("1") } },
  { type: "MessageSent", to: 1, sequence: 1, body: Buffer.from("m") },
  { type: "MessagesReceived", from: 2, through: 7, epoch: 3, nonce: 4 },
  {
    type: "WaitRegistered",
    run: RUN,
    step: STEP,
    event: "e",
    path: "data.a",
    value: "1",
    condition: null,
    bindings: null,
    since: T0,
    knownSince: T0,
    deadline: T0 + 1,
    excluded: [],
    purpose: "step",
    scan: 1,
  },
  { type: "EventKept", event: triggerEvent(), paths: ["data.a"], value: "1", isOpen: true },
  { type: "WatermarkRaised", from: 1, time: T0 },
  { type: "ScanAsked", event: "e", path: "data.a", round: 1, since: T0, partitions: 3 },
  { type: "ShapeActivated", event: "e", path: "data.a", from: [{ topic: "app.events", partition: 0, offset: 5 }] },
  { type: "CronScheduled", function: "f", cron: "0 9 * * *", next: T0, delayMs: 0 },
  { type: "CellSet", key: "rate/f/s:a/b", kind: "rate", until: T0, numbers: [1], text: null },
  { type: "EventHeld", key: "batch/f/", gate: "batch", functionId: "f", run: runId("held"), event: triggerEvent(), due: T0 },
  { type: "EventSpread", event: triggerEvent(), entries: [{ functionId: "f", run: RUN }] },
  { type: "PermitsLeased", pool: "fn/f/0/", to: 2, count: 3, wanted: 1 },
  { type: "EventConsumed", key: "k", event: triggerEvent(), owed: 0, values: [{ store: "totals", value: "3" }] },
  { type: "PermitsHeld", need: "1@/app/k/", granted: 2, wanted: 1, recalled: false },
  {
    type: "BackfillStarted",
    id: "past",
    functionId: "f",
    ranges: [{ topic: "app.events", partition: 0, seam: 5 }],
    rate: 0,
    since: null,
    until: null,
    mayRepeat: false,
  },
  runQueued(runId("queued")),
  runQueued(runId("queued child"), { parent: { run: RUN, step: STEP }, startBy: T0, singleton: "singleton/f/", cancels: [1] }),
];

function stateOf(records: readonly JournalRecord[]): PartitionState {
  const state = emptyState(0, 3);
  for (const record of records) evolve(state, record, T0);
  const read = {
    topic: "app.events",
    partition: 0,
    next: 2,
    last: 1,
    hash: 9,
    producers: [{ producer: "p", sequence: 1 }],
    ids: ["a", "b"],
  };
  evolveInputRead(state, read, T0);
  return state;
}

function cellsOf(state: PartitionState): Map<string, string> {
  const cells = new Map<string, string>();
  for (const [key, { write }] of Object.entries(SMALL_CELLS)) cells.set(key, write(state));
  for (const key of keyedCells(state)) cells.set(key, keyedBody(state, key) ?? "null");
  for (const queue of queuesOf(state)) for (const { number, body } of queue.from(queue.first)) cells.set(queue.prefix + number, body());
  for (const wait of state.waits.values()) cells.set(`wait/${waitKey(wait.run, wait.step)}`, JSON.stringify(wait));
  for (const run of state.runs.values()) {
    const whole = bodyWithSteps(run);
    cells.set(runKey(run.id), whole ?? bodyWithoutSteps(run));
    if (whole === null) [...run.steps].forEach(([key, step], place) => cells.set(stepCellKey(run.id, key), stepBody(place, key, step)));
  }
  return cells;
}

/** The names in what JSON says, in their order. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => shapeOf(item));
  if (typeof value !== "object" || value === null) return value === null ? "null" : typeof value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, shapeOf(field)]));
}

test("every small cell is some field's home, and every field has one (R12)", () => {
  const named = new Set(Object.values(HOMES).flat());
  expect(Object.keys(SMALL_CELLS).filter((name) => !named.has(name as keyof typeof SMALL_CELLS))).toEqual([]);
});

test("what cells look like: whoever changes it counts IMAGE_FORMAT up, so that no image of before is taken for one of now", () => {
  const shapes = [...cellsOf(stateOf(RECORDS))].map(([key, body]) => `${key}: ${JSON.stringify(shapeOf(JSON.parse(body)))}`);
  expect(shapes).toMatchInlineSnapshot(`
    [
      "task/partition: {"owner":"null","farewell":"null","lsn":"number","time":"number","nextEmission":"number"}",
      "task/manifest: {"version":"number","hash":"string","content":"string"}",
      "task/sources: [{"topic":"string","partition":"number","next":"number","last":"number","hash":"number","idsForgotten":"number"}]",
      "task/outboxes: [["number","number"]]",
      "task/senders: [["number",{"sequence":"number","epoch":"number","nonce":"number"}]]",
      "task/waits: "number"",
      "task/window: {"next":"number","floor":"number","open":[["number","number"]]}",
      "task/watermarks: [["number","number"]]",
      "task/scans: [{"event":"string","path":"string","round":"number","since":"number","waiting":["number","number","number"],"next":"null"}]",
      "task/shapes: [{"event":"string","path":"string","from":[["string","number"]]}]",
      "task/crons: [{"functionId":"string","cron":"string","next":"number","delayMs":"number"}]",
      "task/flow: {"next":"number"}",
      "task/backfills: [{"id":"string","functionId":"string","rate":"number","since":"null","until":"null","mayRepeat":"boolean","startedAt":"number","lsn":"number","reason":"null","ranges":[{"topic":"string","partition":"number","from":"null","next":"number","to":"number","started":"number","skipped":"number","missing":"number","isCut":"boolean"}],"status":"string"}]",
      "task/seams: [["string",{"triggers":"string","from":[["string","number"]],"isReached":"boolean"}]]",
      "task/consumer: {"nextOwed":"number","steering":"null"}",
      "task/producers: [["string",[["string","number","number"]]]]",
      "flow/cell/rate/f/s:a/b: {"kind":"string","until":"number","numbers":["number"],"text":"null"}",
      "flow/held/batch/f/: {"gate":"string","functionId":"string","run":"string","events":[{"id":"string","name":"string","data":"string","time":"number","key":"null","topic":"string","partition":"number","offset":"number","appendedAt":"number","corrects":"null","trace":"null"}],"bytes":"number","since":"number","due":"number"}",
      "flow/spread/spread/app.events-0-0: {"event":{"id":"string","name":"string","data":"string","time":"number","key":"null","topic":"string","partition":"number","offset":"number","appendedAt":"number","corrects":"null","trace":"null"},"entries":[{"functionId":"string","run":"string"}]}",
      "flow/pool/fn/f/0/: {"used":"number","leases":[["number","number"]],"wants":[["number",{"count":"number","number":"number"}]]}",
      "flow/permits/1@/app/k/: {"granted":"number","used":"number","wanted":"number","recalled":"boolean"}",
      "flow/rows/0: [[["string","string",["string"],"string","number"],["number","number","number"],[["string","number","number","number"],["string","number","number","number","number",{"run":"string","step":"string"},"string",["number"]]]]]",
      "consumer/state/totals/k: "number"",
      "consumer/owed/0: [{"number":"number","key":"string","event":{"id":"string","name":"string","data":"string","time":"number","key":"null","topic":"string","partition":"number","offset":"number","appendedAt":"number","corrects":"null","trace":"null"},"state":[["string","string"]],"attempt":"number","retryAt":"null","suspicion":"null"}]",
      "task/emission/0: ["number","string","string","null",[["string","string"]]]",
      "task/letter/1/1: ["string","number","number"]",
      "window/1: {"number":"number","event":{"id":"string","name":"string","data":"string","time":"number","key":"null","topic":"string","partition":"number","offset":"number","appendedAt":"number","corrects":"null","trace":"null"},"paths":["string"],"value":"string","at":"number","taken":"boolean"}",
      "task/ids/app.events/0/0: {"from":"number","ids":[["string","number"],["string","number"]]}",
      "wait/01KDVDNA000005544C6RR5QH3Z/a#0: {"run":"string","step":"string","event":"string","path":"string","value":"string","condition":"null","bindings":"null","since":"number","knownSince":"number","deadline":"number","excluded":[],"purpose":"string","scan":"number","number":"number"}",
      "run/01KDVDNA000005544C6RR5QH3Z: {"id":"string","functionId":"string","event":{"id":"string","name":"string","data":"string","time":"number","key":"null","topic":"string","partition":"number","offset":"number","appendedAt":"number","corrects":"null","trace":"null"},"startedAt":"number","attempt":"number","status":{"status":"string"},"outcomes":"number","outcomeAt":"number","outcomeEpoch":"number","resting":"boolean","parent":"null","startBy":"null","finishBy":"null","cancels":[],"mark":"number","suspicion":"number","lanes":"number","alone":"boolean","exposed":"number","flow":"null","rerun":"null","steps":[["string",{"status":"string","output":"string","order":"number","mark":"number"}],["string",{"status":"string","attempt":"number","error":{"name":"string","message":"string","stack":"null"},"retryAt":"number","began":"number"}]]}",
      "run/01KDVDNA0000048PM5TJSTB4FT: {"id":"string","functionId":"string","event":{"id":"string","name":"string","data":"string","time":"number","key":"null","topic":"string","partition":"number","offset":"number","appendedAt":"number","corrects":"null","trace":"null"},"startedAt":"number","attempt":"number","status":{"status":"string"},"outcomes":"number","outcomeAt":"number","outcomeEpoch":"number","resting":"boolean","parent":{"run":"string","step":"string"},"startBy":"null","finishBy":"null","cancels":[],"mark":"number","suspicion":"number","lanes":"number","alone":"boolean","exposed":"number","flow":{"needs":["string"],"slots":"number","asks":[],"singleton":"null","batch":[]},"rerun":"null"}",
      "run/01KDVDNA0000048PM5TJSTB4FT/s#0: ["number","string",{"status":"string","output":"string","order":"number","mark":"number"}]",
      "run/01KDVDNA0000048PM5TJSTB4FT/s#1: ["number","string",{"status":"string","output":"string","order":"number","mark":"number"}]",
      "run/01KDVDNA0000048PM5TJSTB4FT/s#2: ["number","string",{"status":"string","output":"string","order":"number","mark":"number"}]",
      "run/01KDVDNA0000048PM5TJSTB4FT/s#3: ["number","string",{"status":"string","output":"string","order":"number","mark":"number"}]",
      "run/01KDVDNA0000048PM5TJSTB4FT/s#4: ["number","string",{"status":"string","output":"string","order":"number","mark":"number"}]",
      "run/01KDVDNA0000048PM5TJSTB4FT/s#5: ["number","string",{"status":"string","output":"string","order":"number","mark":"number"}]",
      "run/01KDVDNA0000048PM5TJSTB4FT/s#6: ["number","string",{"status":"string","output":"string","order":"number","mark":"number"}]",
      "run/01KDVDNA0000048PM5TJSTB4FT/s#7: ["number","string",{"status":"string","output":"string","order":"number","mark":"number"}]",
      "run/01KDVDNA0000048PM5TJSTB4FT/s#8: ["number","string",{"status":"string","output":"string","order":"number","mark":"number"}]",
    ]
  `);
});

describe("cells make no state", () => {
  const cells = cellsOf(stateOf(RECORDS));
  const build = (of: ReadonlyMap<string, string>): (() => unknown) => {
    const builder = new StateBuilder(0, 3);
    for (const [key, body] of of) builder.put(key, body);
    return () => builder.finish();
  };
  const without = (key: string): ReadonlyMap<string, string> => new Map([...cells].filter(([other]) => other !== key));

  test("where one of the small ones is missing", () => {
    for (const key of Object.keys(SMALL_CELLS)) expect(build(without(key))).toThrow(ImageError);
  });

  test("where a run lacks a step, or steps lack their run", () => {
    expect(build(without(stepCellKey(MANY, stepKey("s", 3))))).toThrow(ImageError);
    expect(build(without(runKey(MANY)))).toThrow(ImageError);
  });

  test("where there is one that nobody knows", () => {
    expect(build(new Map([...cells, ["task/more/7", "1"]]))).toThrow(ImageError);
  });
});
