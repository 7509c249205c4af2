// Partitions: who owns each, how far it is, and whether its state is what the log says.
import { PartitionList } from "../contract/partitions.ts";
import type { Api } from "../http/api.ts";
import { json, route } from "../http/route.ts";
import { shownPartition } from "../partitions/shown-partition.ts";
import { standingOf } from "../partitions/standing-of.ts";
import type { ServedApp, ServerTools } from "../served-app.ts";

const list = route("read", {
  method: "get",
  path: "/partitions",
  summary: "Who owns each partition, and how far it is",
  responses: { 200: { description: "Partitions", content: json(PartitionList) } },
});

export function partitionsResource(api: Api, served: ServedApp, _tools: ServerTools): void {
  const { app, log, topics } = served;
  const standing = standingOf(served);

  api.openapi(list, async (c) => {
    const partitions = await standing.look();
    const reports = new Map(app.status().map((report) => [report.partition, report]));
    const items = await Promise.all(
      partitions.map(async (one) => {
        const end = await log.latestOffset({ topic: topics.journal, partition: one.partition });
        return shownPartition(one, { topic: topics.journal, end, report: reports.get(one.partition) ?? null });
      }),
    );
    return c.json({ items }, 200);
  });
}
