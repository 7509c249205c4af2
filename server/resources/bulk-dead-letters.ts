// Retrying or discarding many dead letters by a filter: first how many that would be, then all of them, as an operation.
import { carriedOut } from "../audit/carried-out.ts";
import { BulkDeadLetters } from "../contract/dead-letters.ts";
import { BulkAnswer } from "../contract/runs.ts";
import { deadLettersOf } from "../dead-letters/dead-letters-of.ts";
import { matching } from "../dead-letters/matching.ts";
import { actorOf, type Api } from "../http/api.ts";
import { json, route } from "../http/route.ts";
import { ServerError } from "../http/server-error.ts";
import type { ServedApp, ServerTools } from "../served-app.ts";

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
    if (preview) return c.json({ count, operation: null, examples }, 200);
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
    const { id } = operations.start({ kind: "bulk-dead-letters", title, actor }, ({ signal, at }) =>
      carriedOut(asked, async () => {
        let done = 0;
        let passed = 0;
        at(0, count);
        for (const letter of meant) {
          signal.throwIfAborted();
          try {
            await (action === "retry" ? letters.retry(letter, actor) : letters.discard(letter, actor));
            done += 1;
          } catch (error) {
            // Somebody else was faster, or its record is gone meanwhile: the others are as well to be done.
            if (!(error instanceof ServerError)) throw error;
            passed += 1;
          }
          at(
            done + passed,
            count,
            `${done} ${action === "retry" ? "retried" : "discarded"}${passed === 0 ? "" : `, ${passed} passed over`}`,
          );
        }
        live.tell({ type: "dead-letters" });
      }),
    );
    return c.json({ count, operation: id, examples }, 202);
  });
}
