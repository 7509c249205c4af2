// Cells of the image that are small: a pass writes each as a whole where it differs from what is there.
import type { BackfillState } from "../backfill/state.ts";
import { cronKey, type CronState } from "../cron/state.ts";
import type { SenderState } from "../message/state.ts";
import { sourceKey } from "../source/source.ts";
import type { PartitionState, SourceState } from "../state.ts";
import { activeManifest } from "../trigger/manifest.ts";
import { shapeKey, type ScanState, type ShapeState } from "../wait/shape.ts";

/** Of an image. It counts up when the meaning of a cell changes: whoever reads another builds from the journal. */
export const IMAGE_FORMAT = 9;

interface SmallCell {
  readonly write: (state: PartitionState) => string;
  /** Fills in what the cell says. `state` has what the cells before it say. */
  readonly read: (state: PartitionState, body: string) => void;
}

/** `read` gets what `write` gave. */
function cell<T>(write: (state: PartitionState) => T, read: (state: PartitionState, value: T) => void): SmallCell {
  return {
    write: (state) => JSON.stringify(write(state)),
    read: (state, body) => read(state, JSON.parse(body) as T),
  };
}

/** In the order in which they are read. */
export const SMALL_CELLS = {
  "task/partition": cell(
    ({ owner, farewell, lsn, time, nextEmission }) => ({ owner, farewell, lsn, time, nextEmission }),
    (state, value) => void Object.assign(state, value),
  ),
  "task/manifest": cell(
    ({ manifest }) => manifest && { version: manifest.version, hash: manifest.hash, content: manifest.content },
    (state, manifest) => void (state.manifest = manifest && activeManifest(manifest)),
  ),
  "task/sources": cell(({ sources }) => [...sources.values()].map(headOf), readSources),
  "task/outboxes": cell(
    ({ outboxes }) => [...outboxes].map(([to, { next }]) => [to, next] as const),
    (state, outboxes) => {
      for (const [to, next] of outboxes) state.outboxes.set(to, { next, pending: new Map() });
    },
  ),
  "task/senders": cell(
    ({ senders }) => [...senders],
    ({ senders }, value: readonly [number, SenderState][]) => {
      for (const [from, sender] of value) senders.set(from, sender);
    },
  ),
  "task/waits": cell(
    ({ waits }) => waits.next,
    ({ waits }, next) => void (waits.next = next),
  ),
  "task/window": cell(
    ({ window }) => ({ next: window.next, floor: window.floor, open: [...window.open] }),
    ({ window }, { next, floor, open }) => {
      window.next = next;
      window.floor = floor;
      for (const [number, after] of open) window.open.set(number, after);
    },
  ),
  "task/watermarks": cell(
    ({ watermarks }) => [...watermarks],
    ({ watermarks }, value: readonly [number, number][]) => {
      for (const [from, time] of value) watermarks.set(from, time);
    },
  ),
  "task/scans": cell(
    ({ scans }) => [...scans.values()].map((scan) => ({ ...scan, waiting: [...scan.waiting] })),
    ({ scans }, value: readonly (Omit<ScanState, "waiting"> & { readonly waiting: readonly number[] })[]) => {
      for (const scan of value) scans.set(shapeKey(scan.event, scan.path), { ...scan, waiting: new Set(scan.waiting) });
    },
  ),
  "task/shapes": cell(
    ({ shapes }) => [...shapes.values()].map((shape) => ({ ...shape, from: [...shape.from] })),
    ({ shapes }, value: readonly (Omit<ShapeState, "from"> & { readonly from: readonly (readonly [string, number])[] })[]) => {
      for (const shape of value) shapes.add({ ...shape, from: new Map(shape.from) });
    },
  ),
  "task/crons": cell(
    ({ crons }) => [...crons.values()],
    ({ crons }, value: readonly CronState[]) => {
      for (const cron of value) crons.set(cronKey(cron.functionId, cron.cron), cron);
    },
  ),
  "task/flow": cell(
    ({ flow }) => ({ next: flow.next }),
    ({ flow }, { next }) => void (flow.next = next),
  ),
  "task/backfills": cell(
    ({ backfills }) => [...backfills.values()],
    ({ backfills }, value: readonly BackfillState[]) => {
      for (const backfill of value) backfills.set(backfill.id, backfill);
    },
  ),
  "task/seams": cell(
    ({ seams }) => [...seams].map(([id, seam]) => [id, { ...seam, from: [...seam.from] }] as const),
    ({ seams }, value) => {
      for (const [id, seam] of value) seams.set(id, { ...seam, from: new Map(seam.from) });
    },
  ),
  "task/consumer": cell(
    ({ consumer: { nextOwed, steering } }) => ({
      nextOwed,
      steering: steering === null ? null : { ...steering, positions: [...steering.positions] },
    }),
    ({ consumer }, { nextOwed, steering }) => {
      consumer.nextOwed = nextOwed;
      consumer.steering = steering === null ? null : { ...steering, positions: new Map(steering.positions) };
    },
  ),
  "task/producers": cell(
    ({ sources }) =>
      [...sources].map(
        ([key, { producers }]) => [key, [...producers].map(([name, { sequence, at }]) => [name, sequence, at] as const)] as const,
      ),
    ({ sources }, value) => {
      for (const [key, producers] of value) {
        for (const [name, sequence, at] of producers) sources.get(key)?.producers.set(name, { sequence, at });
      }
    },
  ),
} as const satisfies Readonly<Record<string, SmallCell>>;

type Home = keyof typeof SMALL_CELLS | "queue" | "run" | "wait" | "flow" | "consumer" | "nowhere";

/** Where each field of the state lives in the image (R12): the compiler asks whoever adds one. */
export const HOMES: { readonly [Field in keyof PartitionState]: readonly [Home, ...Home[]] } = {
  // Whoever opens the partition knows.
  partition: ["nowhere"],
  partitions: ["nowhere"],
  owner: ["task/partition"],
  farewell: ["task/partition"],
  lsn: ["task/partition"],
  time: ["task/partition"],
  nextEmission: ["task/partition"],
  manifest: ["task/manifest"],
  sources: ["task/sources", "task/producers", "queue"],
  runs: ["run"],
  emissions: ["queue"],
  outboxes: ["task/outboxes", "queue"],
  senders: ["task/senders"],
  waits: ["task/waits", "wait"],
  window: ["task/window", "queue"],
  watermarks: ["task/watermarks"],
  scans: ["task/scans"],
  shapes: ["task/shapes"],
  crons: ["task/crons"],
  flow: ["task/flow", "flow"],
  backfills: ["task/backfills"],
  seams: ["task/seams"],
  consumer: ["task/consumer", "consumer"],
  // Follow from the others.
  timers: ["nowhere"],
  watcher: ["nowhere"],
  open: ["nowhere"],
};

type SourceHead = Omit<SourceState, "producers" | "ids">;

function headOf({ topic, partition, next, last, hash, idsForgotten }: SourceState): SourceHead {
  return { topic, partition, next, last, hash, idsForgotten };
}

function readSources(state: PartitionState, heads: readonly SourceHead[]): void {
  for (const head of heads) state.sources.set(sourceKey(head.topic, head.partition), { ...head, producers: new Map(), ids: new Map() });
}
