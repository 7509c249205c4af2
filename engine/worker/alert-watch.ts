// Looks now and then for what nobody tells of by itself: partitions that do not come up, and sources that are far behind.
import type { Clock } from "../core/clock.ts";
import type { Log } from "../log/log.ts";
import type { Alert } from "../observability/alert.ts";
import { LagAlerts } from "../observability/lag-alerts.ts";
import { StuckAlerts } from "../observability/stuck-alerts.ts";
import { lagsOf } from "./gauges.ts";
import type { PartitionReport } from "./holdings.ts";

export interface AlertWatchOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly report: () => readonly PartitionReport[];
  /** Records of one source partition. */
  readonly maxLag: number;
  readonly alert: (alert: Alert) => void;
}

const LOOK_MS = 10_000;

export class AlertWatch {
  readonly #options: AlertWatchOptions;
  readonly #forget: () => void;
  readonly #stuck: StuckAlerts;
  readonly #lags: LagAlerts;
  #isLooking = false;

  constructor(options: AlertWatchOptions) {
    this.#options = options;
    this.#stuck = new StuckAlerts(options.clock);
    this.#lags = new LagAlerts(options.clock, " (`app.status()` says why reading stopped)");
    this.#forget = options.clock.every(LOOK_MS, () => void this.#look());
  }

  close(): void {
    this.#forget();
  }

  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      const report = this.#options.report();
      this.#lookForStuck(report);
      await this.#lookForLag(report);
    } finally {
      this.#isLooking = false;
    }
  }

  #lookForStuck(report: readonly PartitionReport[]): void {
    const unserved = report.filter(({ status }) => status !== "RUNNING" && status !== "LEAVING");
    const why = new Map(unserved.map(({ partition, status, problems }) => [partition, problems[0] ?? `it is ${status}`]));
    this.#tell(this.#stuck.look(why));
  }

  async #lookForLag(report: readonly PartitionReport[]): Promise<void> {
    const { log, clock, maxLag } = this.#options;
    this.#tell(this.#lags.look(await lagsOf(log, clock, report), maxLag));
  }

  #tell(alerts: readonly Alert[]): void {
    for (const alert of alerts) this.#options.alert(alert);
  }
}
