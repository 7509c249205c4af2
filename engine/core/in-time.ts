// Work that is waited for only so long.
import type { Clock } from "./clock.ts";

/** Whether `work` was done within so many milliseconds. */
export async function inTime(clock: Clock, ms: number, work: Promise<void>): Promise<boolean> {
  let forget: () => void = () => {};
  const late = new Promise<false>((resolve) => (forget = clock.setTimer(ms, () => resolve(false))));
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    forget();
  }
}
