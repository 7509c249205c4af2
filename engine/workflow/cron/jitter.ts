// How much later than its tick a run starts, so that what is due at nine everywhere does not begin in the same moment.
import { murmur2 } from "../../core/murmur2.ts";

/** Less than `jitterMs`, and the same whoever works it out: it follows from the tick alone (R10). */
export function jitterOf(functionId: string, cron: string, tick: number, jitterMs: number): number {
  if (jitterMs === 0) return 0;
  const hash = murmur2(Buffer.from(`${functionId}\n${cron}\n${tick}`)) >>> 0;
  return Math.floor((hash / 2 ** 32) * jitterMs);
}
