// What of an app's sinks is looked up when somebody asks: how each partition fares, and how far behind it is.
import type { Meters } from "../../observability/meters.ts";
import type { FeedReport } from "./partition-feed.ts";

export function readSinkGauges(meters: Meters, sinks: ReadonlyMap<string, readonly FeedReport[]>): void {
  const feeds = [...sinks].flatMap(([sink, reports]) => reports.map((report) => ({ sink, ...report })));
  meters.sinkPartitions.replace(feeds.map(({ sink, state }) => [[sink, state], 1] as const));
  meters.sinkLag.replace(
    feeds.flatMap(({ sink, topic, partition, lag }) => (lag === null ? [] : [[[sink, topic, String(partition)], lag] as const])),
  );
}
