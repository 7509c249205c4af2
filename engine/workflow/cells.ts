// The state as cells, for its digest. Where the order of things decides what is forgotten first, each says what it follows.
import { consumerBody, consumerKeys } from "./image/consumer-cells.ts";
import { flowBody, flowKeys } from "./image/flow-cells.ts";
import type { OutboxState } from "./message/state.ts";
import type { EmissionOwed } from "./records.ts";
import type { SeenRun } from "./run/run-marks.ts";
import type { PartitionState, SourceState } from "./state.ts";
import { shapeKey } from "./wait/shape.ts";
import { waitKey } from "./wait/wait-table.ts";

type Cell = readonly [key: string, value: string];

/** Where each field of the state lives. The compiler proves that none is forgotten. */
const HOMES: { readonly [Field in keyof PartitionState]: (state: PartitionState) => Iterable<Cell> } = {
  partition: () => [],
  owner: (state) => [["task/owner", JSON.stringify(state.owner)]],
  farewell: (state) => [["task/farewell", JSON.stringify(state.farewell)]],
  lsn: (state) => [["task/lsn", String(state.lsn)]],
  time: (state) => [["task/time", String(state.time)]],
  manifest: (state) => [["task/manifest", `${state.manifest?.version ?? -1} ${state.manifest?.content ?? ""}`]],
  sources: (state) => [...state.sources.values()].flatMap((source) => [...sourceCells(source)]),
  runs: allRunCells,
  emissions: (state) => [...state.emissions.values()].map(emissionCell),
  nextEmission: (state) => [["task/next-emission", String(state.nextEmission)]],
  partitions: () => [],
  outboxes: (state) => [...state.outboxes].flatMap(([to, outbox]) => [...outboxCells(to, outbox)]),
  senders: (state) => [...state.senders].map(([from, sender]) => [`task/sender/${from}`, JSON.stringify(sender)]),
  waits: (state) => [...state.waits.values()].map((wait) => [`wait/${waitKey(wait.run, wait.step)}`, JSON.stringify(wait)]),
  window: windowCells,
  watermarks: (state) => [...state.watermarks].map(([from, time]) => [`task/watermark/${from}`, String(time)]),
  scans: (state) => [...state.scans].map(([key, scan]) => [`task/scan/${key}`, JSON.stringify({ ...scan, waiting: [...scan.waiting] })]),
  shapes: (state) =>
    [...state.shapes.values()].map((shape) => [
      `task/shape/${shapeKey(shape.event, shape.path)}`,
      JSON.stringify({ ...shape, from: [...shape.from] }),
    ]),
  crons: (state) => [...state.crons].map(([key, cron]) => [`task/cron/${key}`, JSON.stringify(cron)]),
  flow: flowCells,
  backfills: (state) => [["task/backfills", JSON.stringify([...state.backfills.values()])]],
  seams: (state) => [["task/seams", JSON.stringify([...state.seams].map(([id, seam]) => [id, { ...seam, from: [...seam.from] }]))]],
  consumer: consumerCells,
  // Derived from the others.
  timers: () => [],
  // Says nothing of the state.
  watcher: () => [],
  open: () => [],
};

export function* cellsOf(state: PartitionState): Iterable<Cell> {
  for (const home of Object.values(HOMES)) yield* home(state);
}

function* allRunCells(state: PartitionState): Iterable<Cell> {
  for (const run of state.runs.values()) yield* runCells(run);
}

function* runCells(run: SeenRun): Iterable<Cell> {
  const { id, steps, ...header } = run;
  yield [`run/${id}`, JSON.stringify(header)];
  for (const [key, step] of steps) yield [`run/${id}/${key}`, JSON.stringify(step)];
}

function* sourceCells(source: SourceState): Iterable<Cell> {
  const key = `task/source/${source.topic}/${source.partition}`;
  yield [key, JSON.stringify([source.next, source.last, source.hash, source.idsForgotten])];
  let before = "";
  for (const [producer, mark] of source.producers) {
    yield [`${key}/producer/${producer}`, JSON.stringify([mark.sequence, mark.at, before])];
    before = producer;
  }
  let number = source.idsForgotten;
  for (const [id, at] of source.ids) yield [`${key}/id/${id}`, `${at} ${number++}`];
}

function* outboxCells(to: number, { next, pending }: OutboxState): Iterable<Cell> {
  yield [`task/outbox/${to}`, String(next)];
  for (const [sequence, { body, epoch, nonce }] of pending) {
    yield [`task/outbox/${to}/${sequence}`, JSON.stringify([body.toString("base64"), epoch, nonce])];
  }
}

function* windowCells({ window, waits }: PartitionState): Iterable<Cell> {
  yield ["task/window", JSON.stringify([window.next, window.floor, waits.next])];
  for (const kept of window.values()) yield [`window/${kept.number}`, JSON.stringify([kept, window.open.get(kept.number) ?? null])];
}

function* flowCells({ flow }: PartitionState): Iterable<Cell> {
  yield ["task/flow", String(flow.next)];
  for (const key of flowKeys(flow)) yield [key, flowBody(flow, key) ?? ""];
}

function* consumerCells({ consumer }: PartitionState): Iterable<Cell> {
  const { nextOwed, steering } = consumer;
  yield [
    "task/consumer",
    JSON.stringify([nextOwed, steering === null ? null : [steering.attempt, steering.mode, [...steering.positions]]]),
  ];
  for (const key of consumerKeys(consumer)) yield [key, consumerBody(consumer, key) ?? ""];
}

function emissionCell({ sequence, target, key, value, headers }: EmissionOwed): Cell {
  const bytes = [key, value].map((part) => part?.toString("base64") ?? null);
  return [`task/emission/${sequence}`, JSON.stringify([target, bytes, sortedHeaders(headers)])];
}

function sortedHeaders(headers: Readonly<Record<string, Buffer>>): readonly (readonly [string, string])[] {
  return Object.entries(headers)
    .map(([name, value]) => [name, value.toString("base64")] as const)
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
}
