// When a deployment counts: every partition decides by it, and its owner has said so in the functions topic.
import type { PartitionActivated } from "../../schemas/journal/generated.ts";
import { backoffMs } from "../core/backoff.ts";
import type { Clock } from "../core/clock.ts";
import { assert } from "../core/errors.ts";
import type { Logger } from "../observability/logger.ts";
import { stoppedWhileStarting, WorkerError } from "./errors.ts";
import type { FunctionsTopic } from "./functions-topic.ts";

export interface ActivationOptions {
  readonly functions: FunctionsTopic;
  readonly version: number;
  readonly partitions: number;
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Why a partition has not taken up this version, for people. */
  readonly whyLate: (partition: number) => string;
}

/** Resolves when every partition decides by this version. @throws WorkerError `ACTIVATION_TIMEOUT`, `STOPPED_WHILE_STARTING` */
export async function untilActivated(options: ActivationOptions): Promise<void> {
  const { functions, version, partitions, timeoutMs, clock, signal } = options;
  const late = (): number[] =>
    Array.from({ length: partitions }, (_, partition) => partition).filter((partition) => functions.activatedVersion(partition) < version);
  await new Promise<void>((resolve, reject) => {
    const forgetTimer = clock.setTimer(timeoutMs, () => {
      unsubscribe();
      reject(tooLate(late(), options));
    });
    const check = (): void => {
      if (late().length > 0) return;
      forgetTimer();
      unsubscribe();
      resolve();
    };
    const unsubscribe = functions.subscribe(check);
    signal.addEventListener("abort", () => {
      forgetTimer();
      unsubscribe();
      reject(stoppedWhileStarting());
    });
    if (signal.aborted) reject(stoppedWhileStarting());
    check();
  });
}

function tooLate(late: readonly number[], { timeoutMs, whyLate }: ActivationOptions): WorkerError {
  assert(late.length > 0, "some partition is late");
  return new WorkerError(
    "ACTIVATION_TIMEOUT",
    `after ${timeoutMs} ms these partitions do not know this deployment's functions yet: ${late.map(whyLate).join("; ")}. The worker goes on; events are taken up there as soon as they do`,
  );
}

const SAY_AGAIN_BACKOFF = { baseMs: 500, maxMs: 30_000 };

export interface AcknowledgeOptions {
  readonly functions: FunctionsTopic;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** Others wait for this word in their `start`: it is said again until it is heard. */
export async function acknowledge(activation: PartitionActivated, options: AcknowledgeOptions): Promise<void> {
  const { functions, clock, logger, signal } = options;
  for (let failures = 0; !signal.aborted; failures++) {
    try {
      return await functions.acknowledge(activation);
    } catch (error) {
      if (signal.aborted) return;
      logger.error({ err: error, partition: activation.partition }, "an activation could not be acknowledged; it is tried again");
      await new Promise<void>((resolve) => void clock.setTimer(backoffMs(failures, Math.random(), SAY_AGAIN_BACKOFF), resolve));
    }
  }
}
