// A version of a consumer as the API shows it.
import type { ConsumerTold } from "../../engine/workflow/records.ts";
import type { ShownConsumer } from "../contract/consumers.ts";
import type { WatchedConsumer } from "./consumer-watch.ts";
import type { OwnersTold } from "./owners-answers.ts";

export interface KnownOfConsumer {
  /** Null: its owners were not asked. */
  readonly owners: OwnersTold | null;
  /** Open ones. */
  readonly deadLetters: number;
}

export function shownConsumer(consumer: WatchedConsumer, { owners, deadLetters }: KnownOfConsumer): ShownConsumer {
  const { spec, standing, lag, history, workers } = consumer;
  return {
    id: spec.id,
    version: spec.version,
    workers: workers?.length ?? null,
    partitions: owners?.told?.map((one, partition) => partitionOf(consumer, one, partition)) ?? null,
    askedAt: owners?.at ?? null,
    lag,
    paused: standing.some(({ pauses }) => pauses.has(spec.id)),
    deadLetters,
    history: [...history],
  };
}

type Partition = NonNullable<ShownConsumer["partitions"]>[number];

function partitionOf({ spec, standing, lags }: WatchedConsumer, told: ConsumerTold, partition: number): Partition {
  const { mode, owed } = told;
  // Positions and pauses are the journal's, which the lag is of, too: what owners said may be a minute old.
  const own = new Set(told.positions.map(({ topic, partition: of }) => `${topic}/${of}`));
  const positions = lags
    .filter(({ topic, partition: of }) => own.has(`${topic}/${of}`))
    .map(({ topic, partition: of, position: offset, lag }) => ({ topic, partition: of, offset, lag }));
  return { partition, mode, positions, owed, paused: standing[partition]?.pauses.has(spec.id) ?? told.paused };
}
