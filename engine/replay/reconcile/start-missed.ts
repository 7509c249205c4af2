// Starts what should have been started: the partition that read the event is told, and decides it once.
import type { Log } from "../../log/log.ts";
import type { AppTopics } from "../../task/app-topics.ts";
import { tellPartition } from "../../task/tell-partition.ts";
import type { TriggerEvent } from "../../workflow/records.ts";

export interface MissedAt {
  readonly log: Log;
  readonly topics: AppTopics;
  readonly partitions: number;
  readonly signal?: AbortSignal;
}

/** Resolves when the log has it. Told twice, it counts once. @throws LogError */
export async function startMissed({ log, topics, partitions, signal }: MissedAt, functionId: string, event: TriggerEvent): Promise<void> {
  const target = { log, inbox: topics.inbox, partitions, ...(signal === undefined ? {} : { signal }) };
  await tellPartition(target, event.partition % partitions, { type: "StartMissed", functionId, event });
}
