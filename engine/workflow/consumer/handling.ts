// What is owed to a consumer's handler: an event is handled until that succeeds, or no attempt is left. An owner that dies in between leaves it
// to its successor, so a handler may see an event again, with the same idempotency key, and never not at all.
import { decided, ignored, type Decision } from "../decision.ts";
import type { Failure, HandlingEnded, HandlingFailed } from "../records.ts";
import { retryWaitMs, type RetryWish } from "../run/attempt.ts";
import type { PartitionState } from "../state.ts";
import { rejected } from "./rejected.ts";
import { owedCell } from "./state.ts";

export interface EndHandlings {
  readonly type: "EndHandlings";
  readonly numbers: readonly number[];
}

export interface FailHandling {
  readonly type: "FailHandling";
  readonly number: number;
  readonly attempt: number;
  readonly error: Failure;
  readonly wish: RetryWish;
  readonly retries: number;
  /** In [0, 1): the jitter. */
  readonly random: number;
}

export function decideEndHandlings({ consumer }: PartitionState, input: EndHandlings): Decision {
  const numbers = input.numbers.filter((number) => consumer.owed.has(number));
  return numbers.length === 0 ? ignored("they are over") : decided({ type: "HandlingEnded", numbers });
}

export function decideFailHandling(state: PartitionState, input: FailHandling, now: number): Decision {
  const { number, attempt, error } = input;
  const owed = state.consumer.owed.get(number);
  if (owed === undefined) return ignored("it is over");
  if (owed.attempt !== attempt) return ignored("another attempt is on its way");
  const waitMs = retryWaitMs(input);
  if (waitMs !== null) return decided({ type: "HandlingFailed", number, attempt, error, retryAt: now + waitMs });
  const reason = `its handler threw ${error.name}: ${error.message}`;
  return decided(...rejected(state, owed.event, { code: "CONSUMER_HANDLER_FAILED", reason }), { type: "HandlingEnded", numbers: [number] });
}

export function evolveHandlingFailed({ consumer, watcher }: PartitionState, { number, attempt, retryAt }: HandlingFailed): void {
  const owed = consumer.owed.get(number);
  if (owed === undefined) return;
  watcher?.flow(owedCell(number));
  consumer.owed.set(number, { ...owed, attempt: attempt + 1, retryAt, suspicion: null });
}

export function evolveHandlingEnded({ consumer, watcher }: PartitionState, { numbers }: HandlingEnded): void {
  for (const number of numbers) {
    watcher?.flow(owedCell(number));
    consumer.owed.delete(number);
  }
}
