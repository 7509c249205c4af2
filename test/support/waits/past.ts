// What the log says of a crowd's past: its events, and what was recorded of each run.
import type { RunId } from "../../../engine/core/ids.ts";
import { decodeEvent } from "../../../engine/workflow/event/cloud-event.ts";
import type { JournalRecord, TriggerEvent } from "../../../engine/workflow/records.ts";
import { TOPICS, type Counted, type Crowd } from "./crowd.ts";

export interface PastEvent {
  /** Its place. */
  readonly origin: string;
  readonly name: string;
  readonly key: string | null;
  readonly data: { readonly id?: unknown; readonly n?: number };
  /** When the log took it. */
  readonly at: number;
  /** Its id stood in its partition before. */
  readonly isCopy: boolean;
  /** When the first of its copies was taken. */
  readonly firstAt: number;
}

export interface PastRun {
  readonly id: RunId;
  readonly functionId: string;
  readonly trigger: TriggerEvent;
  readonly startedAt: number;
  readonly parent: RunId | null;
  /** After its start. */
  readonly records: readonly Counted[];
  readonly end: JournalRecord | null;
}

export function originOfTrigger({ topic, partition, offset, id }: TriggerEvent): string {
  return topic === "" ? id : `${topic}/${partition}/${offset}`;
}

export async function pastEvents(crowd: Crowd): Promise<readonly PastEvent[]> {
  const found: PastEvent[] = [];
  for (const partition of crowd.places()) {
    const ids = new Map<string, number>();
    for (const record of await crowd.log.readAll({ topic: TOPICS.events, partition })) {
      const read = decodeEvent(record);
      if (!read.ok) continue;
      const { id, name, key, data } = read.event;
      const origin = `${TOPICS.events}/${partition}/${record.offset}`;
      const at = record.timestamp;
      const firstAt = ids.get(id) ?? at;
      found.push({ origin, name, key, data: JSON.parse(data) as PastEvent["data"], at, isCopy: ids.has(id), firstAt });
      ids.set(id, firstAt);
    }
  }
  return found;
}

const ENDS: readonly JournalRecord["type"][] = ["RunCompleted", "RunFailed", "RunCancelled"];

export function pastRuns(counted: readonly Counted[]): readonly PastRun[] {
  return counted.flatMap(({ record, time }) =>
    record.type === "RunsStarted"
      ? record.runs.map(({ id, functionId, parent }) => {
          // Waits of other partitions' runs are records with a run, too.
          const own = counted.filter(
            ({ record: of }) => "run" in of && of.run === id && of.type !== "WaitRegistered" && of.type !== "WaitClosed",
          );
          const end = own.find(({ record: of }) => ENDS.includes(of.type))?.record ?? null;
          return { id, functionId, trigger: record.event, startedAt: time, parent: parent?.run ?? null, records: own, end };
        })
      : [],
  );
}
