// What a server sees of an app that lasts: no worker runs, a partition is nobody's who runs, a source is far behind. Says what is to be told now; what it
// is shown, and when, is its caller's.
import type { Clock } from "../../engine/core/clock.ts";
import type { Alert } from "../../engine/observability/alert.ts";
import { LagAlerts } from "../../engine/observability/lag-alerts.ts";
import { Reminders } from "../../engine/observability/reminders.ts";
import { StuckAlerts } from "../../engine/observability/stuck-alerts.ts";
import type { SourceLag } from "../partitions/source-lag.ts";
import type { PartitionStanding } from "../partitions/standing.ts";

/** A deployment that stops all workers before it starts others is nothing to be woken for. */
const GONE_MS = 60_000;

type Seen = Pick<PartitionStanding, "partition" | "worker" | "problem" | "lsn">;

export class Lookout {
  readonly #clock: Pick<Clock, "monotonicMs">;
  readonly #reminders: Reminders;
  /** Since when nobody runs; null: somebody does. Monotonic. */
  #noneSince: number | null = null;
  readonly #stuck: StuckAlerts;
  readonly #lags: LagAlerts;

  constructor(clock: Pick<Clock, "monotonicMs">) {
    this.#clock = clock;
    this.#reminders = new Reminders(clock);
    this.#stuck = new StuckAlerts(clock, ", while workers run");
    this.#lags = new LagAlerts(clock);
  }

  /** For how long nobody has run, in milliseconds; null: somebody runs, or nobody has to. */
  seeWorkers(workers: readonly string[], areNeeded: boolean): number | null {
    if (workers.length > 0 || !areNeeded) {
      this.#reminders.forget("workers");
      return (this.#noneSince = null);
    }
    this.#noneSince ??= this.#clock.monotonicMs();
    return this.#clock.monotonicMs() - this.#noneSince;
  }

  ofWorkers(goneMs: number | null): readonly Alert[] {
    if (goneMs === null || goneMs < GONE_MS || !this.#reminders.isDue("workers")) return [];
    const message = `no worker has run for ${Math.round(goneMs / 1_000)} s: what is sent waits in the log, and no run goes on until a worker starts`;
    return [{ code: "NO_WORKERS", message }];
  }

  /** While nobody runs, that is what is to be told. */
  ofPartitions(partitions: readonly Seen[], workers: readonly string[]): readonly Alert[] {
    // Who owns one is not known where its journal cannot be read on from here, or has had an owner whose claim is not there any more.
    const unowned = partitions.filter(
      ({ worker, problem, lsn }) => problem === null && (worker === null ? lsn === 0 : !workers.includes(worker)),
    );
    const whyOf = (worker: string | null): string =>
      worker === null ? "no worker ever claimed it" : `the last worker to claim it, ${worker}, does not run`;
    return this.#stuck.look(new Map(workers.length === 0 ? [] : unowned.map(({ partition, worker }) => [partition, whyOf(worker)])));
  }

  ofLags(lags: readonly SourceLag[], maxLag: number): readonly Alert[] {
    return this.#lags.look(lags, maxLag);
  }
}
