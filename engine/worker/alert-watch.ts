// Looks now and then for what nobody tells of by itself: partitions that do not come up, and sources that are far behind.
import type { Clock } from "../core/clock.ts";
import type { Log } from "../log/log.ts";
import type { Alert } from "../observability/alert.ts";
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
/** A partition that is assigned and not served for so long is stuck. */
const STUCK_MS = 60_000;
/** What goes on is told again after this. */
const AGAIN_MS = 15 * 60_000;

export class AlertWatch {
  readonly #options: AlertWatchOptions;
  readonly #forget: () => void;
  /** By partition: since when it is not served. Monotonic. */
  readonly #unserved = new Map<number, number>();
  /** Topics that were too far behind at the last look. */
  #behind: ReadonlySet<string> = new Set();
  /** By what was told: when. */
  readonly #told = new Map<string, number>();
  #isLooking = false;

  constructor(options: AlertWatchOptions) {
    this.#options = options;
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
    const now = this.#options.clock.monotonicMs();
    const unserved = new Map(
      report.filter(({ status }) => status !== "RUNNING" && status !== "LEAVING").map((one) => [one.partition, one]),
    );
    for (const partition of this.#unserved.keys()) if (!unserved.has(partition)) this.#unserved.delete(partition);
    for (const [partition, { status, problems }] of unserved) {
      const since = this.#unserved.get(partition) ?? now;
      this.#unserved.set(partition, since);
      if (now - since < STUCK_MS) continue;
      const why = problems[0] ?? `it is ${status}`;
      const message = `partition ${partition} is not served for ${Math.round((now - since) / 1_000)} s: ${why}`;
      this.#tell(`stuck ${partition}`, { code: "PARTITION_STUCK", message, partition });
    }
  }

  /** At two looks in a row: a burst that is read at once is nothing to be woken for. */
  async #lookForLag(report: readonly PartitionReport[]): Promise<void> {
    const { log, clock, maxLag } = this.#options;
    const lags = (await lagsOf(log, clock, report)).filter(({ lag }) => lag > maxLag);
    const byTopic = Map.groupBy(lags, ({ topic }) => topic);
    for (const [topic, of] of byTopic) {
      if (!this.#behind.has(topic)) continue;
      const records = of.reduce((sum, { lag }) => sum + lag, 0);
      const partitions = of.map(({ partition }) => partition).toSorted((a, b) => a - b);
      const message = `${records} records of ${topic} are not decided about yet, in partitions ${partitions.join(", ")}: more come than are taken, or something holds them up (\`app.status()\` says why reading stopped)`;
      this.#tell(`lag ${topic}`, { code: "LAG_HIGH", message });
    }
    this.#behind = new Set(byTopic.keys());
  }

  #tell(what: string, alert: Alert): void {
    const now = this.#options.clock.monotonicMs();
    const told = this.#told.get(what);
    if (told !== undefined && now - told < AGAIN_MS) return;
    this.#told.set(what, now);
    this.#options.alert(alert);
  }
}
