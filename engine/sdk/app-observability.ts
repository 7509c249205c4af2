// What an app says about itself: what it measures, for its functions and each of its consumers, and what its runs logged of late.
import type { LogOptions } from "../config/options.ts";
import { Meters } from "../observability/meters.ts";
import { otelTracing } from "../observability/otel-tracing.ts";
import { prometheusText } from "../observability/prometheus.ts";
import { RecentLogs } from "../observability/recent-logs.ts";
import type { Tracing } from "../observability/tracing.ts";
import type { Worker } from "../worker/worker.ts";

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

  constructor(app: string, log: LogOptions["kind"]) {
    this.#app = app;
    this.tracing = otelTracing(log === "kafka" ? "kafka" : "millrace");
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

  /** In Prometheus' text format. */
  async text(): Promise<string> {
    await Promise.all([...this.#workers.values()].map((worker) => worker.measure()));
    return prometheusText([...this.#meters].map(([consumer, meters]) => ({ labels: { app: this.#app, consumer }, meters })));
  }
}
