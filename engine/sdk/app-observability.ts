// What an app says about itself: what it measures, for its functions and each of its consumers, and what its runs logged of late.
import type { LogOptions } from "../config/options.ts";
import { alertsTold } from "../core/alert-codes.ts";
import type { Clock } from "../core/clock.ts";
import { Executing } from "../execution/in-process/executing.ts";
import type { Alert, AlertHook } from "../observability/alert.ts";
import type { Logger } from "../observability/logger.ts";
import { Meters } from "../observability/meters.ts";
import { otelTracing } from "../observability/otel-tracing.ts";
import { prometheusText } from "../observability/prometheus.ts";
import { RecentLogs } from "../observability/recent-logs.ts";
import type { Tracing } from "../observability/tracing.ts";
import { countAppFromZero } from "../observability/zeros.ts";
import { WebhookAlerts, type AlertTarget } from "../observability/webhook-alerts.ts";
import { readSinkGauges } from "../worker/sink/sink-gauges.ts";
import type { FeedReport } from "../worker/sink/partition-feed.ts";
import type { Worker } from "../worker/worker.ts";

export interface AppObservabilityOptions {
  readonly app: string;
  readonly log: LogOptions["kind"];
  readonly logger: Logger;
  readonly clock: Clock;
  readonly alerts: { readonly targets: readonly AlertTarget[]; readonly maxLag: number | undefined };
}

/** What is not a consumer's. */
const OF_FUNCTIONS = "";

export class AppObservability {
  readonly recentLogs = new RecentLogs();
  readonly executing = new Executing();
  readonly tracing: Tracing;
  readonly #app: string;
  /** By consumer, with its version from the second on; the app's own first. */
  readonly #meters = new Map([[OF_FUNCTIONS, new Meters()]]);
  /** The newest of each. */
  readonly #workers = new Map<string, Worker>();

  readonly #webhooks: WebhookAlerts | null;
  readonly #maxLag: number | undefined;
  readonly #targets: readonly AlertTarget[];
  #hasHook = false;

  constructor({ app, log, logger, clock, alerts: { targets, maxLag } }: AppObservabilityOptions) {
    this.#app = app;
    countAppFromZero(this.metersOf());
    this.#targets = targets;
    this.#maxLag = maxLag;
    this.tracing = otelTracing(log === "kafka" ? "kafka" : "millrace");
    this.#webhooks = targets.length === 0 ? null : new WebhookAlerts({ app, targets, logger, clock, meters: this.metersOf() });
  }

  metersOf(consumer = OF_FUNCTIONS): Meters {
    const meters = this.#meters.get(consumer) ?? new Meters();
    this.#meters.set(consumer, meters);
    return meters;
  }

  watch(worker: Worker, consumer = OF_FUNCTIONS): Worker {
    this.#workers.set(consumer, worker);
    return worker;
  }

  /** What is told of alerts, and goes to webhooks with it. */
  alertHook(hook: AlertHook | undefined): AlertHook | undefined {
    const webhooks = this.#webhooks;
    this.#hasHook = hook !== undefined;
    if (webhooks === null) return hook;
    return (alert) => {
      webhooks.tell(alert);
      return hook?.(alert);
    };
  }

  /** What a worker is to look out for. */
  get watched(): { readonly tells: readonly string[]; readonly onRunFailed?: (alert: Alert) => void; readonly maxLag?: number } {
    const webhooks = this.#webhooks;
    return {
      tells: alertsTold(this.#targets, this.#hasHook),
      ...(webhooks === null ? {} : { onRunFailed: (alert) => webhooks.tell(alert) }),
      ...(this.#maxLag === undefined ? {} : { maxLag: this.#maxLag }),
    };
  }

  /** Alerts that were gathered go out. */
  async close(): Promise<void> {
    await this.#webhooks?.close();
  }

  /** In Prometheus' text format. `sinks`: what this worker feeds, by the sink's id. */
  async text(sinks: ReadonlyMap<string, readonly FeedReport[]>): Promise<string> {
    readSinkGauges(this.metersOf(), sinks);
    await Promise.all([...this.#workers.values()].map((worker) => worker.measure()));
    return prometheusText([...this.#meters].map(([consumer, meters]) => ({ labels: { app: this.#app, consumer }, meters })));
  }
}
