// A predecessor that goes in good order says so and works on. Its successor restores meanwhile, knocks when it has read all, and claims when
// it is told, or when the time is up:
//
//   owner      ── OwnerReleasing ── frames ── frames ── sees the knock, ends what executes ── OwnerReleased
//   successor         restores ─────────────▶ Knock ── follows ────────────────────────────────────────▶ Claim
import type { Clock } from "../core/clock.ts";
import { randomNonce } from "../core/ids.ts";
import { encodeKnock } from "../journal/entry.ts";
import type { Log, PartitionReader, TopicPartition } from "../log/log.ts";
import { epochInForce } from "../workflow/ownership/claim.ts";
import type { PartitionState } from "../workflow/state.ts";
import { foldEntry } from "./fold.ts";
import type { LogClock } from "./log-clock.ts";

export interface SuccessionOptions {
  readonly log: Log;
  readonly journal: TopicPartition;
  readonly state: PartitionState;
  readonly signal: AbortSignal;
  readonly logClock: LogClock;
  readonly clock: Clock;
  /** Who this worker is. */
  readonly worker: string;
  /** Whether another worker, by its name, is a member of the group now: then it will say that it goes. */
  readonly isAlive: (worker: string) => Promise<boolean>;
}

/** The group tells both at once; an owner that has not said by then that it goes stands still, and is not waited for. */
const NEWS_MS = 5_000;
/** The group is asked so often whether it still lives. */
const ASK_MS = 500;

/** Follows the journal from `next` while its owner takes leave. Returns the offset after the last entry folded. */
export async function waitForFarewell(options: SuccessionOptions, next: number): Promise<number> {
  const { log, journal, signal, clock } = options;
  const since = clock.monotonicMs();
  const mayAnnounce = untilNews(options, since);
  const isAwaited = await mayAnnounce();
  if (!isAwaited && !isLeaving(options, since)) return next;
  const reader = log.openReader({ ...journal, from: next });
  const stop = (): void => reader.close();
  signal.addEventListener("abort", stop);
  try {
    let position = next;
    if (isAwaited) position = await follow(options, reader, position, mayAnnounce);
    if (!isLeaving(options, since)) return position;
    await knock(options);
    return await follow(options, reader, position, () => isLeaving(options, since));
  } finally {
    signal.removeEventListener("abort", stop);
    reader.close();
  }
}

/** Whether the owner in force lives, and may say any moment that it goes. */
function untilNews({ state, clock, worker, isAlive }: SuccessionOptions, since: number): () => boolean | Promise<boolean> {
  let askedAt = Number.NEGATIVE_INFINITY;
  return () => {
    const now = clock.monotonicMs();
    if (state.farewell !== null || state.owner === null || state.owner.worker === worker || now - since >= NEWS_MS) return false;
    if (now - askedAt < ASK_MS) return true;
    askedAt = now;
    return isAlive(state.owner.worker);
  };
}

function isLeaving({ state, logClock, clock }: SuccessionOptions, since: number): boolean {
  if (state.farewell?.kind !== "releasing") return false;
  const { until } = state.farewell;
  // While the log's time is not known, it is waited for as long as the owner asked when it spoke.
  return logClock.isLearned ? logClock.now() < until : clock.monotonicMs() - since < until - state.time;
}

async function follow(
  options: SuccessionOptions,
  reader: PartitionReader,
  from: number,
  goesOn: () => boolean | Promise<boolean>,
): Promise<number> {
  const { state, signal } = options;
  let position = from;
  while (await goesOn()) {
    signal.throwIfAborted();
    const batch = await reader.next();
    for (const record of batch.records) foldEntry(state, record.offset, record.value);
    position = batch.nextOffset;
  }
  return position;
}

async function knock({ log, journal, state, signal, worker, logClock, clock }: SuccessionOptions): Promise<void> {
  const value = encodeKnock({ epoch: epochInForce(state), nonce: randomNonce(), worker, time: logClock.now() });
  const sent = clock.monotonicMs();
  const { appendTime } = await log.append(journal, [{ key: null, value }], { signal });
  logClock.observe(appendTime, sent, clock.monotonicMs());
}
