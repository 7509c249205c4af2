// The logger that a run's code is given: its lines say whose they are, and are kept for people.
import type { Logger } from "pino";
import { tellLinesOf } from "../../observability/written-lines.ts";
import type { TriggerEvent } from "../../workflow/records.ts";
import type { LoggedRun } from "./run-lines.ts";
import type { RunHost } from "./run-host.ts";

export function runLogger({ logger: parent, recentLogs }: RunHost, run: LoggedRun & { readonly event: TriggerEvent }): Logger {
  const { id, functionId, event } = run;
  const logger = parent.child({ runId: id, function: functionId, ...traceOf(event) });
  if (recentLogs !== null) tellLinesOf(logger, (line) => recentLogs.add(id, line));
  return logger;
}

/** By which logs find their traces: W3C's trace id. */
function traceOf({ trace }: TriggerEvent): { readonly traceId?: string } {
  return trace === null ? {} : { traceId: trace.slice(3, 35) };
}
