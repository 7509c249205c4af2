// Metrics, as Prometheus scrapes them. A token with the scope `read` is needed where the API needs one.
import type { Api } from "./api.ts";
import { needs } from "./route.ts";
import { ServerError } from "./server-error.ts";

/** In Prometheus' text format. */
export type Metrics = () => Promise<string>;

const CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

export function mountMetrics(app: Api, metrics: Metrics | null): void {
  app.get("/metrics", needs("read"), async (c) => {
    if (metrics === null) throw new ServerError("NOT_FOUND", "this process keeps no metrics");
    return c.body(await metrics(), 200, { "content-type": CONTENT_TYPE });
  });
}
