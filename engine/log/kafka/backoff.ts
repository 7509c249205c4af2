// How long to wait before trying again, and waiting that ends with the log.
import { setTimeout as delay } from "node:timers/promises";
import { LogError } from "../errors.ts";

const FIRST_MS = 20;
const LONGEST_MS = 1_000;

/** 20 ms, doubled up to a second, each a random half of itself shorter so that partitions do not come back in step. */
export function backoffMs(failures: number): number {
  const longest = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.max(0, failures - 1));
  return longest * (0.5 + Math.random() / 2);
}

/** @throws LogError `LOG_CLOSED` when the log ends meanwhile. */
export async function pause(ms: number, closing: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, { signal: closing });
  } catch (cause) {
    throw new LogError("LOG_CLOSED", "The log was closed.", { cause });
  }
}
