// The present, as the server has it: what it tells of is of its clock, and with another one "3 s ago" would be "in 5 m".

/** The header has whole seconds, and an answer is on its way for a while. */
const TOLERANCE_MS = 5_000;
let aheadMs = 0;

/** @param date header `date` of an answer that just came */
export function noteServerTime(date: string | null): void {
  const ms = date === null ? Number.NaN : Date.parse(date) - Date.now();
  if (Number.isNaN(ms)) return;
  aheadMs = Math.abs(ms) < TOLERANCE_MS ? 0 : ms;
}

/** Milliseconds since 1970. */
export function serverNow(): number {
  return Date.now() + aheadMs;
}
