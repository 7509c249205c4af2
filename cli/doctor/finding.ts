// What `millrace doctor` found, one thing each.

export interface Finding {
  /** What was looked at: `broker kafka-1:9092`, `topic shop.journal`. */
  readonly of: string;
  /** `unknown`: it was not looked at, and nothing is said of it. */
  readonly verdict: "ok" | "warn" | "fail" | "unknown";
  readonly says: string;
  /** How to mend it: a command wherever there is one. Null where nothing is to be mended. */
  readonly mend: string | null;
}

export const ok = (of: string, says: string): Finding => ({ of, verdict: "ok", says, mend: null });
export const warn = (of: string, says: string, mend: string): Finding => ({ of, verdict: "warn", says, mend });
export const fail = (of: string, says: string, mend: string): Finding => ({ of, verdict: "fail", says, mend });
export const unknown = (of: string, says: string): Finding => ({ of, verdict: "unknown", says, mend: null });

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
