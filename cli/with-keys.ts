// The keys of an app's subjects, for as long as a command prints what is in its log.
import type { Sealing } from "../engine/core/sealing.ts";
import { keysOfLog } from "../engine/sealing/keys-of-log.ts";
import { toStandardError, type AppLog } from "./app-log.ts";

/** Null where it seals nothing. @throws LogError */
export async function withKeys<Result>(
  { id, log, topics }: Pick<AppLog, "id" | "log" | "topics">,
  work: (sealing: Sealing | null) => Promise<Result>,
): Promise<Result> {
  const ring = await keysOfLog({ log, topic: topics.keys, app: id, logger: toStandardError });
  try {
    return await work(ring);
  } finally {
    await ring?.close();
  }
}
