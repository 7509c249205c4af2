// A sink that takes events: records are read as the app reads them, and what is none is told apart.
import { viewOfEvent } from "../execution/event-view.ts";
import type { EventName, EventView, ViewOf } from "../execution/event-map.ts";
import type { StoredRecord } from "../log/log.ts";
import type { EventReader } from "../task/event-reader.ts";
import { readEventInTime } from "../task/read-event.ts";
import type { ReadEvent } from "../workflow/event/cloud-event.ts";
import type { LastRecord, Sink, SinkBatch, SinkPositions, SinkWritten } from "../worker/sink/sink.ts";

/** Keeps events in a database of your own, together with how far they are read. What it owes is the same as of a `Sink`; see the guide's "Sinks". */
export interface EventSink<Events extends object> {
  readonly description?: string;
  /** How far each partition is stored. Partitions that nothing was stored of are left out. */
  positions(topic: string): SinkPositions | Promise<SinkPositions>;
  /** In one transaction: compares its position with `from`, stores what it makes of the events, and `next`. */
  write(batch: EventBatch<Events>): SinkWritten | Promise<SinkWritten>;
}

export interface EventBatch<Events extends object> {
  readonly topic: string;
  readonly partition: number;
  /** The position that the sink is expected to have: where it has another, it stores nothing and returns `moved`. */
  readonly from: number;
  /** The position to store. */
  readonly next: number;
  /** To be stored with the position, and given back by `positions`: tells when the topic was made anew. */
  readonly last: LastRecord;
  readonly events: readonly ViewOf<Events, EventName<Events>>[];
  /** Records that are no events, for the sink to put aside as it likes. */
  readonly unreadable: readonly UnreadableRecord[];
}

export interface UnreadableRecord {
  readonly offset: number;
  readonly code: string;
  readonly reason: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
}

export interface EventReading {
  readonly reader: EventReader;
  readonly maxEventBytes: number;
  /** Ends waiting for what a record needs to be read, such as its schema. */
  readonly signal: AbortSignal;
}

export function sinkOfEvents<Events extends object>(id: string, sink: EventSink<Events>, reading: EventReading): Sink {
  return {
    description: sink.description ?? `sink "${id}"`,
    positions: (topic) => sink.positions(topic),
    async write({ topic, partition, from, next, last, records }: SinkBatch): Promise<SinkWritten> {
      const events: EventView[] = [];
      const unreadable: UnreadableRecord[] = [];
      for (const record of records) {
        const read = await readEventInTime(reading, { topic, partition }, record, reading.signal);
        if (read === null) continue;
        if (read.ok) events.push(viewOf(read.event, { topic, partition }, record));
        else unreadable.push({ offset: record.offset, code: read.code, reason: read.reason, key: record.key, value: record.value });
      }
      // Names and data are as the app's map says, by construction.
      return sink.write({ topic, partition, from, next, last, events: events as unknown as EventBatch<Events>["events"], unreadable });
    },
  };
}

function viewOf(
  event: ReadEvent,
  place: { readonly topic: string; readonly partition: number },
  { offset, timestamp }: StoredRecord,
): EventView {
  return viewOfEvent({
    ...event,
    ...place,
    offset,
    time: event.time ?? timestamp,
    appendedAt: timestamp,
    corrects: event.corrects ?? null,
    trace: event.trace ?? null,
  });
}
