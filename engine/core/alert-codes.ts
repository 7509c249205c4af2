// Which alerts there are, and who can see what they are about.

/** What a worker sees of what it does itself. */
export const WORKER_ALERTS = [
  "RUN_FAILED",
  "RUN_QUARANTINED",
  "PARTITION_STOPPED",
  "PARTITION_STUCK",
  "SOURCE_STOPPED",
  "LAG_HIGH",
  "EXPECTATION_MISSED",
] as const;

/** What a server sees in the log and in its history, without a worker. */
export const SERVER_ALERTS = ["NO_WORKERS", "PARTITION_STUCK", "LAG_HIGH", "RUN_FAILED", "RUN_QUARANTINED"] as const;

export type ServerAlert = (typeof SERVER_ALERTS)[number];

/** By what code declares: those that somebody hears of. `hasHook`: `onAlert` is there, which hears of all but each run that fails. */
export function alertsTold(targets: readonly { readonly on?: readonly string[] | undefined }[], hasHook: boolean): readonly string[] {
  return WORKER_ALERTS.filter(
    (code) => (hasHook && code !== "RUN_FAILED") || targets.some(({ on }) => on === undefined || on.includes(code)),
  );
}
