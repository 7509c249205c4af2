// Appending for somebody who waits: a log that takes nothing for so long is said to be one, and what that means for what was asked.
import { LogError } from "../engine/log/errors.ts";
import type { Appended, Log, LogRecord, TopicPartition } from "../engine/log/log.ts";

export interface InTimeOptions {
  readonly ms: number;
  /** What follows where it is not taken, for people: `nothing was done`. */
  readonly otherwise: string;
}

/** Not taken in time, it may be in the log all the same. @throws LogError, `LOG_UNAVAILABLE` where it was not taken in time */
export async function appendInTime(
  log: Pick<Log, "append">,
  target: TopicPartition,
  records: readonly LogRecord[],
  { ms, otherwise }: InTimeOptions,
): Promise<Appended> {
  const signal = AbortSignal.timeout(ms);
  try {
    return await log.append(target, records, { signal });
  } catch (cause) {
    if (!signal.aborted) throw cause;
    const message = `the log took nothing of ${target.topic} within ${ms / 1_000} s: ${otherwise}`;
    throw new LogError("LOG_UNAVAILABLE", message, { retriable: true, cause });
  }
}
