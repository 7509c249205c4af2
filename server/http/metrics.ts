// Metrics, as Prometheus scrapes them. A token with the scope `read` is needed where the API needs one.
import type { Api } from "./api.ts";
import { needs } from "./route.ts";
import { ServerError } from "./server-error.ts";

export interface Metrics {
  /** What `text` is written in. */
  readonly contentType: string;
  text(): Promise<string>;
}

export function mountMetrics(app: Api, metrics: Metrics | null): void {
  app.get("/metrics", needs("read"), async (c) => {
    if (metrics === null) throw new ServerError("NOT_FOUND", "this process keeps no metrics");
    return c.body(await metrics.text(), 200, { "content-type": metrics.contentType });
  });
}
