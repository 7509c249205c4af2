// A span of time in parts, none of which has more records than are held at a time (R16): by the offsets that the log has for a time, without reading.
import type { Log } from "../../log/log.ts";
import type { SourceSpec } from "../../workflow/trigger/manifest.ts";
import type { Span } from "./expected.ts";

/** What the log took within so long is not taken apart. */
const LEAST_MS = 1_000;

/** In order, without gaps. @throws LogError */
export async function spansOf(
  log: Log,
  sources: readonly Pick<SourceSpec, "topic" | "partitions">[],
  { since, until }: Span,
  maxRecords: number,
): Promise<readonly Span[]> {
  const places = sources.flatMap(({ topic, partitions }) => Array.from({ length: partitions }, (_, partition) => ({ topic, partition })));
  const at = async (time: number): Promise<readonly number[]> =>
    Promise.all(places.map(async (place) => Math.max(await log.offsetForTime(place, time), await log.earliestOffset(place))));
  const spans: Span[] = [];
  const split = async (span: Span, from: readonly number[], to: readonly number[]): Promise<void> => {
    const records = to.reduce((sum, offset, index) => sum + Math.max(offset - (from[index] ?? 0), 0), 0);
    if (records <= maxRecords || span.until - span.since <= LEAST_MS) {
      spans.push(span);
      return;
    }
    const middle = Math.floor((span.since + span.until) / 2);
    const between = await at(middle);
    await split({ since: span.since, until: middle }, from, between);
    await split({ since: middle, until: span.until }, between, to);
  };
  await split({ since, until }, await at(since), await at(until));
  return spans;
}
