// A request of Kafka's protocol as data: which API, which version, how its body is written and its answer read.
// Versions are fixed: the lowest that says what is needed, all of them without tagged fields and understood by Kafka 2.3 to 4.x.
import type { ByteReader } from "./wire.ts";

export interface WireRequest<Answer extends { readonly throttleTimeMs: number }> {
  readonly apiKey: number;
  readonly apiName: string;
  readonly apiVersion: number;
  readonly body: Buffer;
  readonly read: (answer: ByteReader) => Answer;
}

/** Groups things of partitions by topic, as nearly every request wants them. */
export function byTopic<T extends { readonly topic: string }>(items: Iterable<T>): (readonly [topic: string, items: T[]])[] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(item.topic);
    if (group === undefined) groups.set(item.topic, [item]);
    else group.push(item);
  }
  return [...groups];
}
