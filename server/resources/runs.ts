// Runs: listed, counted, shown with what they did and why they are not moving; their results, what led to them and what they led to, their logs.
import { graphOfRun } from "../../consumers/run-history/graph.ts";
import { countRuns, pageOfRuns } from "../../consumers/run-history/list-runs.ts";
import { findRun, findStep, resultOf } from "../../consumers/run-history/show-run.ts";
import { Lineage, LogLines, RunCounts, RunPage, RunQuery, RunResult, ShownRun, ShownStep, WaitQuery } from "../contract/runs.ts";
import { RunId, z } from "../contract/words.ts";
import { actorOf, type Api } from "../http/api.ts";
import { Places } from "../http/places.ts";
import { json, needs, route } from "../http/route.ts";
import { notFound, ServerError } from "../http/server-error.ts";
import { liveWorkersOf } from "../partitions/live-workers-of.ts";
import { isOver, whenEnded } from "../queries/ended.ts";
import { holdupsOf } from "../queries/holdups.ts";
import { runsWanted, sightOf } from "../queries/runs-wanted.ts";
import { errorOf, listedRun, payload, shownRun, shownStep } from "../queries/shown-run.ts";
import type { ServedApp, ServerTools } from "../served-app.ts";

const Id = z.object({ id: RunId });
const Step = Id.extend({ key: z.string().min(1).max(1_000) });
const STEP_KEY = "Its key is its id and how often it came before, such as `reserve#0`, encoded as one part of a path";
const TOO_NEW = "It may be too new for the history: try again, or check its id";
/** Of a run's outputs: a run may have gigabytes. */
const SHOWN_BYTES = 8 * 1024 * 1024;
/** Each holds a connection. */
const MAX_WAITING = 1_000;
const MAX_WAITING_EACH = 500;

const list = route("read", {
  method: "get",
  path: "/runs",
  summary: "Runs, the newest first. A search that finds few of very many may answer fewer than were asked for, even none, and a next page",
  request: { query: RunQuery },
  responses: { 200: { description: "A page of runs", content: json(RunPage) } },
});
const counts = route("read", {
  method: "get",
  path: "/runs/counts",
  summary: "How many runs each function has of each status",
  responses: { 200: { description: "Counts; those that are zero are left out", content: json(RunCounts) } },
});
const show = route("read", {
  method: "get",
  path: "/runs/{id}",
  summary: "A run, with all that is known of it",
  request: { params: Id },
  responses: { 200: { description: "The run", content: json(ShownRun) } },
});
const step = route("read", {
  method: "get",
  path: "/runs/{id}/steps/{key}",
  summary: "A step of a run, by its key, with all that it has, also where that is left out of a run that has too much",
  request: { params: Step },
  responses: { 200: { description: "The step", content: json(ShownStep) } },
});
const wait = route(
  "read",
  {
    method: "get",
    path: "/runs/{id}/wait",
    summary: "The result of a run, when it is over; or, when the time is, that it is not",
    request: { params: Id, query: WaitQuery },
    responses: { 200: { description: "The result", content: json(RunResult) } },
  },
  "as asked",
);
const lineage = route("read", {
  method: "get",
  path: "/runs/{id}/lineage",
  summary: "What a run came of, and what came of it: events and runs",
  request: { params: Id },
  responses: { 200: { description: "A graph", content: json(Lineage) } },
});
const logs = route("payloads", {
  method: "get",
  path: "/runs/{id}/logs",
  summary: "The last lines that a run logged in this process",
  request: { params: Id },
  responses: { 200: { description: "Lines, the oldest first", content: json(LogLines) } },
});

export function runsResource(api: Api, served: ServedApp, { live, ending }: ServerTools): void {
  const { history, app, code } = served;
  const liveWorkers = liveWorkersOf(served);
  const waiting = new Places({ all: MAX_WAITING, each: MAX_WAITING_EACH, what: "requests that wait for results" });

  api.openapi(list, (c) => {
    const { cursor, limit, ...filter } = c.req.valid("query");
    const sight = sightOf(c);
    const page = pageOfRuns(history, { ...runsWanted(filter, sight), limit, ...(cursor === undefined ? {} : { cursor }) });
    return c.json({ items: page.rows.map((run) => listedRun(run, sight)), next: page.next }, 200);
  });

  api.openapi(counts, (c) => c.json({ items: countRuns(history).map((one) => ({ ...one })) }, 200));

  api.openapi(show, async (c) => {
    const id = idOf(c.req.valid("param"));
    const run = findRun(history, id, { maxBytes: SHOWN_BYTES });
    if (run === null) throw notFound(`run ${id}`, TOO_NEW);
    const sight = sightOf(c);
    const workers = await liveWorkers.look();
    const local = app.status().find(({ partition }) => partition === run.partition) ?? null;
    const executing = local === null ? null : (code?.parts.executing.of(run.id) ?? null);
    const holdups = holdupsOf(run, { history, local, workers, executing, now: Date.now(), sight });
    return c.json(shownRun(run, { holdups, executing }, sight), 200);
  });

  api.openapi(step, (c) => {
    const { key, ...of } = c.req.valid("param");
    const found = findStep(history, idOf(of), key);
    if (found === null) throw notFound(`step ${key} of run ${idOf(of)}`, STEP_KEY);
    return c.json(shownStep(found, sightOf(c)), 200);
  });

  api.openapi(wait, async (c) => {
    const id = idOf(c.req.valid("param"));
    const { timeout } = c.req.valid("query");
    const giveBack = waiting.take(actorOf(c));
    try {
      const ended = await whenEnded(id, { history, live, timeoutMs: timeout * 1_000, signals: [c.req.raw.signal, ending] });
      if (ended === null && ending.aborted) throw new ServerError("NOT_READY", "the server is stopping: ask it again when it is back");
      const result = ended === null ? null : resultOf(history, id);
      if (ended === null || result === null) throw notFound(`run ${id}`, TOO_NEW);
      const { output, error } = result;
      const sight = sightOf(c);
      return c.json({ id, status: ended.status, isOver: isOver(ended), output: payload(output, sight), error: errorOf(error, sight) }, 200);
    } finally {
      giveBack();
    }
  });

  api.openapi(lineage, (c) => {
    const id = idOf(c.req.valid("param"));
    const graph = graphOfRun(history, id);
    if (graph === null) throw notFound(`run ${id}`, TOO_NEW);
    return c.json({ nodes: [...graph.nodes], edges: [...graph.edges], isCut: graph.isCut }, 200);
  });

  // Who may see data may see it of what he may look at.
  api.get("/runs/:id/logs", needs("read"));
  api.openapi(logs, (c) => {
    const { lines, isCut } = code?.parts.recentLogs.linesOf(idOf(c.req.valid("param"))) ?? { lines: [], isCut: false };
    return c.json({ items: lines.map((line) => ({ ...line })), isCut }, 200);
  });
}

/** Written small, it is the same. */
export function idOf({ id }: { readonly id: string }): string {
  return id.toUpperCase();
}
