// What an app says about itself: what it measures, for its functions and each of its consumers, and what its runs logged of late.
import type { LogOptions } from "../config/options.ts";
import type { Clock } from "../core/clock.ts";
import type { Alert, AlertHook } from "../observability/alert.ts";
import type { Logger } from "../observability/logger.ts";
import { Meters } from "../observability/meters.ts";
import { otelTracing } from "../observability/otel-tracing.ts";
import { prometheusText } from "../observability/prometheus.ts";
import { RecentLogs } from "../observability/recent-logs.ts";
import type { Tracing } from "../observability/tracing.ts";
import { WebhookAlerts, type AlertTarget } from "../observability/webhook-alerts.ts";
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
  readonly tracing: Tracing;
  readonly #app: string;
  /** By consumer; the app's own first. */
  readonly #meters = new Map([[OF_FUNCTIONS, new Meters()]]);
  /** The newest of each. */
  readonly #workers = new Map<string, Worker>();

  readonly #webhooks: WebhookAlerts | null;
  readonly #maxLag: number | undefined;

  constructor({ app, log, logger, clock, alerts: { targets, maxLag } }: AppObservabilityOptions) {
    this.#app = app;
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
    if (webhooks === null) return hook;
    return (alert) => {
      webhooks.tell(alert);
      return hook?.(alert);
    };
  }

  /** What a worker is to look out for. */
  get watched(): { readonly onRunFailed?: (alert: Alert) => void; readonly maxLag?: number } {
    const webhooks = this.#webhooks;
    return {
      ...(webhooks === null ? {} : { onRunFailed: (alert) => webhooks.tell(alert) }),
      ...(this.#maxLag === undefined ? {} : { maxLag: this.#maxLag }),
    };
  }

  /** Alerts that were gathered go out. */
  async close(): Promise<void> {
    await this.#webhooks?.close();
  }

  /** In Prometheus' text format. */
  async text(): Promise<string> {
    await Promise.all([...this.#workers.values()].map((worker) => worker.measure()));
    return prometheusText([...this.#meters].map(([consumer, meters]) => ({ labels: { app: this.#app, consumer }, meters })));
  }
}
