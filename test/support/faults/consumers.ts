// The consumer of the fault tests: it keeps what it saw, by customer, and its handler leaves a trace with the effect counter.
import { restore } from "../../../engine/task/restore.ts";
import type { Log } from "../../../engine/log/log.ts";
import type { Millrace } from "../../../engine/sdk/index.ts";
import { appTopics } from "../../../engine/task/app-topics.ts";
import { consumerTopics } from "../../../engine/task/consumer/consumer-topics.ts";
import { emptyState, type PartitionState } from "../../../engine/workflow/state.ts";
import type { Effect } from "./effect-counter.ts";

export const LEDGER = "ledger";

export interface LedgerData {
  readonly customer: string;
  readonly amount: number;
  /** The first call of its handler fails. */
  readonly flaky?: boolean;
  /** Its handler ends the process. */
  readonly deadly?: boolean;
}

export function declareLedger(app: Millrace, effectsUrl: string, version = 1): void {
  app.createConsumer({
    id: LEDGER,
    version,
    events: ["order/placed"],
    from: "beginning",
    key: "event.data.customer",
    state: {
      sum: (sum: number | undefined, event) => (sum ?? 0) + (event.data as LedgerData).amount,
      seen: (ids: readonly string[] | undefined, event) => [...(ids ?? []), event.id],
    },
    handle: async ({ event, idempotencyKey, attempt, signal }) => {
      const { customer, flaky = false, deadly = false } = event.data as LedgerData;
      const effect: Effect = {
        pid: process.pid,
        run: idempotencyKey,
        functionId: nameOfLedger(version),
        eventId: event.id,
        step: customer,
        attempt,
        at: Date.now(),
      };
      await fetch(effectsUrl, { method: "POST", body: JSON.stringify(effect), signal });
      if (deadly) process.exit(1);
      if (flaky && attempt === 0) throw new Error("the first attempt fails");
    },
  });
}

/** As its effects name it. */
export function nameOfLedger(version: number): string {
  return version === 1 ? LEDGER : `${LEDGER}, version ${version}`;
}

/** The folds of the consumer's journals, from their beginning. */
export async function foldLedger(log: Log, app: string, partitions: number, version = 1): Promise<readonly PartitionState[]> {
  const { journal } = consumerTopics(appTopics(app), LEDGER, version);
  return Promise.all(
    Array.from({ length: partitions }, async (_, partition) => {
      const state = emptyState(partition, partitions);
      await restore({ log, journal: { topic: journal, partition }, state, signal: new AbortController().signal });
      return state;
    }),
  );
}
