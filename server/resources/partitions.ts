// Partitions: who owns each, how far it is, and whether its state is what the log says.
import { carriedOut } from "../audit/carried-out.ts";
import { Operation } from "../contract/operations.ts";
import { PartitionList } from "../contract/partitions.ts";
import { actorOf, type Api } from "../http/api.ts";
import { json, route } from "../http/route.ts";
import { liveWorkersOf } from "../partitions/live-workers-of.ts";
import { shownPartition } from "../partitions/shown-partition.ts";
import { standingOf } from "../partitions/standing-of.ts";
import { Verification } from "../partitions/verification.ts";
import type { ServedApp, ServerTools } from "../served-app.ts";

const list = route("read", {
  method: "get",
  path: "/partitions",
  summary: "Who owns each partition, and how far it is",
  responses: { 200: { description: "Partitions", content: json(PartitionList) } },
});
const verify = route("operate", {
  method: "post",
  path: "/partitions/verify",
  summary: "Rebuild the state of every partition from its journal, and compare it with that of its owner",
  responses: { 202: { description: "It was begun", content: json(Operation) } },
});

export function partitionsResource(api: Api, served: ServedApp, { audit, operations, live }: ServerTools): void {
  const { app, log, topics } = served;
  const standing = standingOf(served);
  const liveWorkers = liveWorkersOf(served);
  const verification = new Verification(served);

  api.openapi(list, async (c) => {
    const [partitions, workers] = await Promise.all([standing.look(), liveWorkers.look()]);
    const reports = new Map(app.status().map((report) => [report.partition, report]));
    const items = await Promise.all(
      partitions.map(async (one) => {
        const { partition } = one;
        const end = await log.latestOffset({ topic: topics.journal, partition });
        const report = reports.get(partition) ?? null;
        return shownPartition(one, { topic: topics.journal, end, report, verified: verification.of(partition), workers });
      }),
    );
    return c.json({ items }, 200);
  });

  api.openapi(verify, async (c) => {
    const actor = actorOf(c);
    const asked = await audit.asked({ actor, operation: "partitions.verify", target: served.id });
    const operation = await carriedOut(asked, () =>
      operations.start({ kind: "verify", title: "verification of all partitions", actor }, (running) =>
        carriedOut(asked, () => verification.run(running)).finally(() => live.tell({ type: "partitions" })),
      ),
    );
    return c.json(operation, 202);
  });
}
