// How far each source partition is decided, and which of its events were seen before (event ids, producers' sequences).
import type { Once } from "../event/cloud-event.ts";
import type { InputRead, SourcePositionSet } from "../records.ts";
import type { PartitionState, SourceState } from "../state.ts";

export const WINDOW_MS = 24 * 3_600_000;
/** At the bound the oldest is forgotten: a duplicate of it would count again. Frozen: rebuilding forgets the same (R2). */
export const MAX_IDS = 200_000;
export const MAX_PRODUCERS = 10_000;

export function sourceKey(topic: string, partition: number): string {
  return `${topic}/${partition}`;
}

/** Those that are read: what an earlier manifest named stays where it was. */
export function eventSources({ manifest, sources }: PartitionState): readonly SourceState[] {
  const topics = new Set(manifest?.sources.map(({ topic }) => topic));
  return [...sources.values()].filter(({ topic }) => topics.has(topic));
}

/** Folds what a frame says it read. Live and on rebuild this is called once a frame, after its records. */
export function evolveInputRead(state: PartitionState, input: InputRead, time: number): void {
  const source = state.sources.get(sourceKey(input.topic, input.partition));
  if (source === undefined) return;
  advance(source, input);
  for (const mark of input.producers) rememberProducer(source, mark.producer, mark.sequence, time);
  for (const id of input.ids) rememberId(source, id, time);
  forgetOld(source, time);
}

export function advance(source: SourceState, to: { readonly next: number; readonly last: number; readonly hash: number }): void {
  source.next = to.next;
  source.last = to.last;
  source.hash = to.hash;
}

export function rememberProducer(source: SourceState, producer: string, sequence: number, time: number): void {
  const known = source.producers.get(producer)?.sequence ?? 0;
  source.producers.delete(producer);
  source.producers.set(producer, { sequence: Math.max(known, sequence), at: time });
}

export function rememberId(source: SourceState, id: string, time: number): void {
  if (!source.ids.has(id)) source.ids.set(id, time);
}

export function remember(source: SourceState, once: Once, time: number): void {
  if (once.by === "id") rememberId(source, once.key, time);
  else rememberProducer(source, once.producer, once.sequence, time);
}

/** Forgets what is past the window or the bound, oldest first. At the end of a frame, never within it: so live and rebuild agree. */
export function forgetOld(source: SourceState, time: number): void {
  for (const [id, at] of source.ids) {
    if (source.ids.size <= MAX_IDS && at > time - WINDOW_MS) break;
    source.ids.delete(id);
    source.idsForgotten += 1;
  }
  for (const [producer, { at }] of source.producers) {
    if (source.producers.size <= MAX_PRODUCERS && at > time - WINDOW_MS) break;
    source.producers.delete(producer);
  }
}

export function evolveSourcePositionSet(state: PartitionState, record: SourcePositionSet): void {
  const source = state.sources.get(sourceKey(record.topic, record.partition));
  if (source !== undefined) advance(source, { next: record.to, last: -1, hash: 0 });
}
