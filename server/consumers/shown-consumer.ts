// A version of a consumer as the API shows it.
import type { ConsumerTold } from "../../engine/workflow/records.ts";
import type { ShownConsumer } from "../contract/consumers.ts";
import type { WatchedConsumer } from "./consumer-watch.ts";

/** `told`: by partition, what its owners say; null where they are silent. */
export function shownConsumer(consumer: WatchedConsumer, told: readonly ConsumerTold[] | null, deadLetters: number): ShownConsumer {
  const { spec, standing, lag, history } = consumer;
  return {
    id: spec.id,
    version: spec.version,
    partitions: told === null ? null : told.map((one, partition) => partitionOf(consumer, one, partition)),
    lag,
    paused: standing.some(({ pauses }) => pauses.has(spec.id)),
    deadLetters,
    history: [...history],
  };
}

type Partition = NonNullable<ShownConsumer["partitions"]>[number];

function partitionOf({ spec, standing, lags }: WatchedConsumer, told: ConsumerTold, partition: number): Partition {
  const { mode, owed, paused } = told;
  // Positions are the journal's, which the lag is of, too: what owners said may be ten seconds old.
  const own = new Set(told.positions.map(({ topic, partition: of }) => `${topic}/${of}`));
  const positions = lags
    .filter(({ topic, partition: of }) => own.has(`${topic}/${of}`))
    .map(({ topic, partition: of, position: offset, lag }) => ({ topic, partition: of, offset, lag }));
  return { partition, mode, positions, owed, paused: paused || standing[partition]?.pauses.has(spec.id) === true };
}
