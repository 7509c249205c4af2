// How far the app is behind its sources.
import { LagList } from "../contract/functions.ts";
import { manifestOf } from "../functions/manifest-of.ts";
import type { Api } from "../http/api.ts";
import { json, route } from "../http/route.ts";
import { sourceLag } from "../partitions/source-lag.ts";
import { standingOf } from "../partitions/standing-of.ts";
import type { ServedApp, ServerTools } from "../served-app.ts";

const list = route("read", {
  method: "get",
  path: "/lag",
  summary: "How far the app is behind its sources, by partition",
  responses: { 200: { description: "Lag", content: json(LagList) } },
});

export function lagResource(api: Api, served: ServedApp, _tools: ServerTools): void {
  const manifest = manifestOf(served);
  const standing = standingOf(served);

  api.openapi(list, async (c) => {
    const [inForce, partitions] = await Promise.all([manifest.read(), standing.look()]);
    const positions = partitions.flatMap((partition) => partition.positions);
    const items = await sourceLag({ log: served.log, sources: inForce?.sources ?? [], positions });
    return c.json({ items: [...items], total: items.reduce((sum, { lag }) => sum + lag, 0) }, 200);
  });
}
