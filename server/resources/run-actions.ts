// What people do with one run: cancel it, let it go on, repeat it. Each is written down before it is done, and decided by whoever owns its partition.
import { parseRunId, partitionOfRun, randomId, type RunId } from "../../engine/core/ids.ts";
import { listedRun } from "../../consumers/run-history/list-runs.ts";
import { placeInJournal } from "../../consumers/run-history/show-run.ts";
import { rerunOne } from "../../engine/replay/rerun/rerun-one.ts";
import { carriedOut } from "../audit/carried-out.ts";
import { Accepted, CancelBody, RerunAnswer, RerunBody } from "../contract/runs.ts";
import { RunId as Id, z } from "../contract/words.ts";
import { actorOf, type Api } from "../http/api.ts";
import { json, route } from "../http/route.ts";
import { notFound, ServerError } from "../http/server-error.ts";
import { editsOf, stepKeyOf } from "../queries/edits.ts";
import { isOver } from "../queries/ended.ts";
import { historyLacks, type HistoryLacks } from "../queries/history-lacks.ts";
import type { ServedApp, ServerTools } from "../served-app.ts";

const Params = z.object({ id: Id });

const cancel = route("operate", {
  method: "post",
  path: "/runs/{id}/cancel",
  summary: "Cancel a run, with the runs that it invoked; what its steps did stays done",
  request: { params: Params, body: { content: json(CancelBody) } },
  responses: { 202: { description: "Its partition was told", content: json(Accepted) } },
});
const release = route("operate", {
  method: "post",
  path: "/runs/{id}/release",
  summary: "Let a parked or quarantined run go on",
  request: { params: Params },
  responses: { 202: { description: "Its partition was told", content: json(Accepted) } },
});
const rerun = route("operate", {
  method: "post",
  path: "/runs/{id}/rerun",
  summary: "Repeat a run, from its start or from a step on, with other data or other outputs of steps that are taken over",
  description:
    "With `cancel`, a run that is not over is cancelled by the decision that begins its re-run; without it, it is refused. With `id`, whoever got no answer asks again, and the run is repeated once.",
  request: { params: Params, body: { content: json(RerunBody) } },
  responses: { 202: { description: "Its partition was told; the run that repeats it has this id", content: json(RerunAnswer) } },
});

export function runActionsResource(api: Api, served: ServedApp, { audit, progress }: ServerTools): void {
  const { app, history, log, topics, partitions } = served;

  /** @throws ServerError `NOT_FOUND` where no run of the app can have that id */
  const known = (text: string): RunId => {
    const id = parseRunId(text.toUpperCase());
    if (id === null || partitionOfRun(id) >= partitions) throw notFound(`run ${text}`);
    return id;
  };

  /** Its partition knows what the history does not: it is told all the same, and does nothing where there is no such run. */
  const unheardOf = (id: RunId): string => {
    const lacks = historyLacks(progress);
    if (lacks === null) throw notFound(`run ${id}`, TOO_NEW);
    return `. The history has no such run yet (${lacks.why}): if there is none, nothing happens`;
  };

  api.openapi(cancel, async (c) => {
    const id = known(c.req.valid("param").id);
    const { reason } = c.req.valid("json");
    const run = listedRun(history, id);
    if (run !== null && isOver(run)) throw new ServerError("CONFLICT", `run ${id} is over: it is ${run.status}`);
    const beside = run === null ? unheardOf(id) : "";
    const asked = await audit.asked({ actor: actorOf(c), operation: "run.cancel", target: id, parameters: { reason: reason ?? null } });
    await carriedOut(asked, () => app.cancel(id, reason === undefined ? {} : { reason }));
    return c.json({ detail: `run ${id} was told to end; what it is executing ends first${beside}` }, 202);
  });

  api.openapi(release, async (c) => {
    const id = known(c.req.valid("param").id);
    const run = listedRun(history, id);
    const beside = run === null ? unheardOf(id) : "";
    const isStuck = run === null || run.status === "parked" || run.status === "quarantined";
    // Where the history stands still, it may have come to be since.
    if (!isStuck && (isOver(run) || historyLacks(progress)?.isLasting !== true)) {
      throw new ServerError("CONFLICT", `run ${id} is neither parked nor quarantined: it is ${run.status}`);
    }
    const asked = await audit.asked({ actor: actorOf(c), operation: "run.release", target: id });
    await carriedOut(asked, () => app.release(id));
    return c.json({ detail: `run ${id} was told to go on${beside}` }, 202);
  });

  api.openapi(rerun, async (c) => {
    const id = known(c.req.valid("param").id);
    const body = c.req.valid("json");
    const place = placeInJournal(history, id);
    if (place === null) throw listedRun(history, id) === null ? notInHistory(id, historyLacks(progress)) : notFound(...notStarted(id));
    const { cancel = false } = body;
    const from = body.from === undefined ? null : stepKeyOf(body.from, "from");
    const edits = await editsOf(body, place.eventName, served);
    const operation = body.id ?? `rerun-${randomId()}`;
    // No payloads: that something was given otherwise, and not what.
    const parameters = { from, operation, cancel, hasOtherData: edits.data !== null, otherOutputs: [...edits.outputs.keys()] };
    const asked = await audit.asked({ actor: actorOf(c), operation: "run.rerun", target: id, parameters });
    const again = await carriedOut(asked, () =>
      rerunOne({
        log,
        topics,
        partitions,
        run: id,
        partition: place.partition,
        journalFrom: place.offset,
        from,
        edits,
        cancel,
        sealing: served.sealing ?? null,
        operation,
        emit: "changed",
      }),
    );
    return c.json({ id: again, operation }, 202);
  });
}

function notStarted(id: RunId): readonly [what: string, advice: string] {
  return [`run ${id} that has started`, TOO_NEW];
}

/** Where in the journal a run begins is looked up there. */
function notInHistory(id: RunId, lacks: HistoryLacks | null): ServerError {
  if (lacks === null) return notFound(...notStarted(id));
  const message = `run ${id} is not in the history yet, or there is none: ${lacks.why}. Repeat it when the history has it; what reads the journal itself is \`millrace replay <module> --apply\``;
  return new ServerError("NOT_READY", message, lacks.isLasting ? {} : { retryAfterSeconds: SOON_SECONDS });
}

const SOON_SECONDS = 2;
const TOO_NEW = "It may be too new for the history: try again, or check its id";
