// What a command does to the log itself is in the app's audit, from before it is done: as servers have it.
import { hostname, userInfo } from "node:os";
import { AuditLog } from "../server/audit/audit-log.ts";
import { carriedOut } from "../server/audit/carried-out.ts";
import type { AuditedStep } from "../server/served-app.ts";
import type { AppLog } from "./app-log.ts";

export interface Deed {
  /** As servers call it, such as `run.cancel`. */
  readonly operation: string;
  readonly target: string;
  /** No payloads. */
  readonly parameters?: object;
}

/** `work` begins when the log has it that it was asked for; where it fails, that is written down, too. @throws LogError; TopicError `TOPICS_MISSING`; as `work` */
export async function audited<Result>(
  { log, topics, createTopics }: Pick<AppLog, "log" | "topics" | "createTopics">,
  deed: Deed,
  work: (asked: AuditedStep) => Promise<Result>,
): Promise<Result> {
  const asked = await new AuditLog(log, topics, { createTopics }).asked({ actor: `cli:${userName()}@${hostname()}`, ...deed });
  return carriedOut(asked, () => work(asked));
}

/** Whoever this process runs as: it may have no name, as in many containers. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? "unknown");
  }
}
