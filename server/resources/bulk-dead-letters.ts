// Retrying or discarding many dead letters by a filter: first how many that would be, then all of them, as an operation.
import { carriedOut } from "../audit/carried-out.ts";
import { BulkDeadLetters } from "../contract/dead-letters.ts";
import { BulkAnswer } from "../contract/runs.ts";
import { deadLettersOf } from "../dead-letters/dead-letters-of.ts";
import { matching } from "../dead-letters/matching.ts";
import { actorOf, type Api } from "../http/api.ts";
import { json, route } from "../http/route.ts";
import { ServerError } from "../http/server-error.ts";
import type { RunningOperation, ServedApp, ServerTools } from "../served-app.ts";

const EXAMPLES = 10;

const bulk = route("operate", {
  method: "post",
  path: "/bulk/dead-letters",
  summary: "Retry or discard all open dead letters that a filter means; ask with `preview` first",
  request: { body: { content: json(BulkDeadLetters) } },
  responses: {
    200: { description: "How many it would be", content: json(BulkAnswer) },
    202: { description: "It was begun", content: json(BulkAnswer) },
  },
});

export function bulkDeadLettersResource(api: Api, served: ServedApp, { audit, operations, live }: ServerTools): void {
  const letters = deadLettersOf(served);

  api.openapi(bulk, async (c) => {
    const { action, filter, preview, expected } = c.req.valid("json");
    const isMeant = matching({ ...filter, state: filter.state ?? "open" });
    const meant = (await letters.list()).filter(
      (letter) => letter.resolution === null && isMeant(letter) && (action === "discard" || letters.planOf(letter).can),
    );
    const count = meant.length;
    const examples = meant.slice(0, EXAMPLES).map(({ id }) => id);
    if (preview) return c.json({ count, operation: null, examples, id: null }, 200);
    if (expected !== undefined && count !== expected) {
      throw new ServerError("COUNT_CHANGED", `${count} dead letters are meant now, not ${expected}: look again, and say that number`);
    }
    const actor = actorOf(c);
    const asked = await audit.asked({
      actor,
      operation: `dead-letters.${action}`,
      target: JSON.stringify(filter),
      parameters: { count },
    });
    const title = `${action} ${count} dead ${count === 1 ? "letter" : "letters"}`;
    const work = ({ signal, at }: RunningOperation): Promise<void> =>
      carriedOut(asked, async () => {
        at(0, count);
        const verb = action === "retry" ? "retried" : "discarded";
        const onProgress = (done: number, passed: number): void =>
          at(
            done + passed,
            count,
            `${done} ${verb}${passed === 0 ? "" : `, ${passed} passed over: others were faster, or their records are gone`}`,
          );
        await letters.many(meant, { action, actor, signal, onProgress });
        live.tell({ type: "dead-letters" });
      });
    const { id } = await carriedOut(asked, () => operations.start({ kind: "bulk-dead-letters", title, actor }, work));
    return c.json({ count, operation: id, examples, id: null }, 202);
  });
}
