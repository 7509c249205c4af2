// PORT AlertHook: what somebody should hear of now, beside its line in the log.
import type { Logger } from "./logger.ts";

export interface Alert {
  /** Stable, and explained in the guide: `RUN_QUARANTINED`. */
  readonly code: string;
  readonly message: string;
  readonly partition?: number;
  readonly runId?: string;
  readonly functionId?: string;
  /** Whose partition it is, with its version from the second on: `ledger`, `ledger@2`. Absent: the app's own. */
  readonly consumer?: string;
  /** Of users' code. Its message may hold data. */
  readonly error?: { readonly name: string; readonly message: string };
}

/** May do what takes long: nobody waits for it. What it throws, or rejects with, is a line in the log. */
export type AlertHook = (alert: Alert) => unknown;

/** One line in the log, and the hook is called. Never throws. */
export function alarm(logger: Logger, hook: AlertHook | undefined, alert: Alert): void {
  const { message, ...fields } = alert;
  logger.error(fields, message);
  tellHook(logger, hook, alert);
}

/** Of what has its line already. Never throws. */
export function tellHook(logger: Logger, hook: AlertHook | undefined, alert: Alert): void {
  if (hook === undefined) return;
  const failed = (error: unknown): void =>
    logger.error({ code: "ALERT_FAILED", about: alert.code, err: error }, "onAlert threw; nothing else comes of that");
  try {
    Promise.resolve(hook(alert)).catch(failed);
  } catch (error) {
    failed(error);
  }
}
