// The state as cells: keyed values that have a home of their own in the image (R12).
import type { EmissionOwed } from "./records.ts";
import type { PartitionState, RunState, SourceState } from "./state.ts";

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
  // Derived from the runs.
  timers: () => [],
};

export function* cellsOf(state: PartitionState): Iterable<Cell> {
  for (const home of Object.values(HOMES)) yield* home(state);
}

function* allRunCells(state: PartitionState): Iterable<Cell> {
  for (const run of state.runs.values()) yield* runCells(run);
}

function* runCells(run: RunState): Iterable<Cell> {
  const { event } = run;
  const trigger = [event.id, event.name, event.data, event.time, event.key, event.topic, event.partition, event.offset];
  yield [`run/${run.id}`, JSON.stringify([run.functionId, trigger, run.startedAt, run.attempt, run.status, run.outcomes, run.resting])];
  for (const [key, step] of run.steps) yield [`run/${run.id}/${key}`, JSON.stringify(step)];
}

function* sourceCells(source: SourceState): Iterable<Cell> {
  const key = `task/source/${source.topic}/${source.partition}`;
  yield [key, JSON.stringify([source.next, source.last, source.hash])];
  for (const [producer, mark] of source.producers) yield [`${key}/producer/${producer}`, JSON.stringify([mark.sequence, mark.at])];
  for (const [id, at] of source.ids) yield [`${key}/id/${id}`, String(at)];
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
