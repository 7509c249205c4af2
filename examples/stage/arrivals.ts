// When the log took each event, by its own clock: read from the topic, and not from what the engine made of it.
import type { Log } from "../../engine/log/log.ts";

/** By the events' ids. One that was sent twice came when it came first. Milliseconds since 1970. */
export async function readArrivals(log: Log, topic: string): Promise<ReadonlyMap<string, number>> {
  const arrivals = new Map<string, number>();
  const description = await log.describeTopic(topic);
  for (let partition = 0; partition < (description?.partitions ?? 0); partition++) {
    const reader = log.openReader({ topic, partition, from: 0, mode: "bulk" });
    try {
      for (let isEnd = false; !isEnd;) {
        const { records, nextOffset, highWatermark } = await reader.next();
        for (const { headers, timestamp } of records) {
          const id = headers["ce_id"]?.toString() ?? "";
          arrivals.set(id, Math.min(timestamp, arrivals.get(id) ?? Number.POSITIVE_INFINITY));
        }
        isEnd = nextOffset >= highWatermark;
      }
    } finally {
      reader.close();
    }
  }
  return arrivals;
}
