// How far this machine's clock is from that of the log, which all times of the engine are of.
import { hostname } from "node:os";
import type { Log } from "../../engine/log/log.ts";
import type { AppTopics } from "../../engine/task/app-topics.ts";
import { encodeAuditEntry } from "../../server/audit/audit-entry.ts";
import { auditPartition } from "../../server/audit/audit-topic.ts";
import { ok, unknown, warn, type Finding } from "./finding.ts";

const APPEND_MS = 10_000;
const FAR_MS = 1_000;

/** Leaves a line in the app's audit, where it has one: only what it appends has a time of the log's. */
export async function clockFinding(log: Log, topics: AppTopics): Promise<Finding> {
  const target = auditPartition(topics);
  if ((await log.describeTopic(target.topic)) === null) return unknown("clock", `not compared: there is no topic ${target.topic} yet`);
  const entry = {
    actor: `doctor on ${hostname()}`,
    operation: "doctor.clock",
    target: target.topic,
    parameters: {},
    outcome: "asked",
  } as const;
  const before = Date.now();
  const { appendTime } = await log.append(target, [encodeAuditEntry({ ...entry, detail: null, of: null })], {
    signal: AbortSignal.timeout(APPEND_MS),
  });
  const after = Date.now();
  if (appendTime === null) return unknown("clock", "not compared: the audit's topic has its producers' times");
  // Somewhere between the two it was stamped.
  const skewMs = appendTime < before ? before - appendTime : Math.max(0, appendTime - after);
  const says = `${skewMs} ms from the log's`;
  if (skewMs < FAR_MS) return ok("clock", says);
  return warn("clock", says, "have chrony or ntpd set the clocks of this machine and of the brokers: timers, crons and tokens go by them");
}
