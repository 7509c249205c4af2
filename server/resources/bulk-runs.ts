// Cancelling, releasing or repeating many runs by a filter: first how many that would be, then all of them, as an operation.
import { parseRunId, type RunId } from "../../engine/core/ids.ts";
import { placeInJournal } from "../../consumers/run-history/show-run.ts";
import { NO_EDITS } from "../../engine/replay/rerun/edits.ts";
import { RerunError } from "../../engine/replay/rerun/rerun-error.ts";
import { rerunOne } from "../../engine/replay/rerun/rerun-one.ts";
import { carriedOut } from "../audit/carried-out.ts";
import { BulkAnswer, BulkRuns, type RunFilter } from "../contract/runs.ts";
import { actorOf, type Api } from "../http/api.ts";
import { json, route } from "../http/route.ts";
import { ServerError } from "../http/server-error.ts";
import { batches, bulkId, counted, meantBy, type BulkMeant } from "../queries/bulk.ts";
import { Pacer } from "../queries/pacer.ts";
import { runsWanted, sightOf } from "../queries/runs-wanted.ts";
import type { RunningOperation, ServedApp, ServerTools } from "../served-app.ts";

/** Commands a second: those who execute are to have their turn. */
const RATE = { cancel: 1_000, release: 100, rerun: 100 } as const;
/** Under way at once: the log takes several as fast as one. */
const AT_ONCE = { cancel: 50, release: 20, rerun: 4 } as const;

const bulk = route("operate", {
  method: "post",
  path: "/bulk/runs",
  summary: "Cancel, release or repeat all runs that a filter means; ask with `preview` first",
  description: `Cancelling and releasing mean runs that are not over; repeating those that completed or failed, and cancelled ones only where
\`status\` names them, from their start, without those that something repeats already. Interrupted, the same command goes on where it was:
what it did is not done again. Two that repeat the same runs at once repeat each once, unless each is given an \`id\` of its own.`,
  request: { body: { content: json(BulkRuns) } },
  responses: {
    200: { description: "How many it would be", content: json(BulkAnswer) },
    202: { description: "It was begun", content: json(BulkAnswer) },
  },
});

export function bulkRunsResource(api: Api, served: ServedApp, { audit, operations }: ServerTools): void {
  const { history } = served;

  api.openapi(bulk, async (c) => {
    const body = c.req.valid("json");
    const { action, filter, preview, expected, reason } = body;
    const { id, isNamed, before } = bulkId(history, body.id);
    const wanted = runsWanted(filter, sightOf(c));
    const until = Math.min(wanted.until ?? before, before);
    const meant: BulkMeant = { action, operation: id, wanted: meantBy(action, { ...wanted, until }) };
    const { count, examples } = await counted(history, meant);
    if (preview) return c.json({ count, operation: null, examples: [...examples], id }, 200);
    if (expected !== undefined && count > expected) {
      throw new ServerError("COUNT_CHANGED", `${count} runs are meant now, not ${expected}: look again, and say that number`);
    }
    const actor = actorOf(c);
    const parameters = { count, operation: id, reason: reason ?? null };
    const asked = await audit.asked({ actor, operation: `runs.${action}`, target: JSON.stringify(withoutText(filter)), parameters });
    const title = `${action} ${count} ${count === 1 ? "run" : "runs"}`;
    const command = commandOf(served, body, isNamed ? id : null);
    const work = ({ signal, at }: RunningOperation): Promise<void> =>
      carriedOut(asked, async () => {
        const pacer = new Pacer({ perSecond: RATE[action], atOnce: AT_ONCE[action], signal });
        let done = 0;
        let passed = 0;
        let why = "";
        const tell = (): void => at(done + passed, count, passed === 0 ? `${done} told` : `${done} told, ${passed} passed over: ${why}`);
        tell();
        for await (const batch of batches(history, meant)) {
          // Those that came to fit since they were counted are not meant.
          const room = Math.max(0, count - done - passed);
          await pacer.each(batch.slice(0, room), async (run) => {
            const problem = await command(run);
            if (problem === null) done += 1;
            else {
              passed += 1;
              why = problem;
            }
            tell();
          });
          if (batch.length > room) break;
        }
      });
    await carriedOut(asked, () => operations.start({ kind: "bulk-runs", title, actor, id }, work));
    return c.json({ count, operation: id, examples: [...examples], id }, 202);
  });
}

/** Resolves with why it was not done to a run, or null. Rejects where the others would not fare better. */
function commandOf(served: ServedApp, { action, reason }: BulkRuns, named: string | null): (run: string) => Promise<string | null> {
  const { app, history, log, topics, partitions } = served;
  return async (run) => {
    const id: RunId | null = parseRunId(run);
    if (id === null) return `${run} is no id of a run`;
    switch (action) {
      case "cancel":
        await app.cancel(id, reason === undefined ? {} : { reason });
        return null;
      case "release":
        await app.release(id);
        return null;
      case "rerun": {
        const place = placeInJournal(history, id);
        if (place === null) return `${id} has not started`;
        // Since its batch was read.
        if (place.isRepeated) return `${id} was repeated meanwhile`;
        const at = { run: id, partition: place.partition, journalFrom: place.offset };
        // Two people may ask for the same at the same time, of two servers: the name by which the log knows that has to be the same, then.
        const operation = named ?? `bulk.${id}`;
        try {
          await rerunOne({ log, topics, partitions, ...at, from: null, edits: NO_EDITS, operation, emit: "changed" });
          return null;
        } catch (error) {
          if (error instanceof RerunError) return error.message;
          throw error;
        }
      }
    }
  };
}

/** As the audit has it: what was searched for may be data of somebody, and the audit is kept for good. */
function withoutText({ search, ...filter }: RunFilter): object {
  return search === undefined ? filter : { ...filter, search: "…" };
}
