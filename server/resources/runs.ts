// Runs: listed, counted, shown with what they did, and why they are not moving.
import { countRuns, pageOfRuns, RUN_STATUSES, type RunsWanted, type RunStatus } from "../../consumers/run-history/list-runs.ts";
import { findRun } from "../../consumers/run-history/show-run.ts";
import { RunCounts, RunPage, RunQuery, ShownRun, type RunFilter } from "../contract/runs.ts";
import { RunId, z } from "../contract/words.ts";
import { seesPayloads, type Api, type ApiContext } from "../http/api.ts";
import { json, route } from "../http/route.ts";
import { notFound, ServerError } from "../http/server-error.ts";
import { listedRun, shownRun, type Sight } from "../queries/shown-run.ts";
import type { ServedApp, ServerTools } from "../served-app.ts";

const Id = z.object({ id: RunId });

const list = route("read", {
  method: "get",
  path: "/runs",
  summary:
    "Runs, the newest first. A page may have fewer runs than were asked for, even none, and a next one: where a search finds few of many",
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

export function runsResource(api: Api, { history }: ServedApp, _tools: ServerTools): void {
  api.openapi(list, (c) => {
    const { cursor, limit, ...filter } = c.req.valid("query");
    const sight = sightOf(c);
    const page = pageOfRuns(history, { ...runsWanted(filter, sight), limit, ...(cursor === undefined ? {} : { cursor }) });
    return c.json({ items: page.rows.map((run) => listedRun(run, sight)), next: page.next }, 200);
  });

  api.openapi(counts, (c) => c.json({ items: countRuns(history).map((one) => ({ ...one })) }, 200));

  api.openapi(show, (c) => {
    const id = c.req.valid("param").id.toUpperCase();
    const run = findRun(history, id);
    if (run === null) throw notFound(`run ${id}`, "It may be too new for the history: try again, or check its id");
    return c.json(shownRun(run, [], sightOf(c)), 200);
  });
}

export function sightOf(c: ApiContext): Sight {
  return seesPayloads(c) ? "all" : "no payloads";
}

/** @throws ServerError `INVALID_REQUEST` */
export function runsWanted({ function: functionId, status, event, search, since, until }: RunFilter, sight: Sight): RunsWanted {
  return {
    ...(functionId === undefined ? {} : { functionId }),
    ...(status === undefined || status === "" ? {} : { statuses: statusesOf(status) }),
    ...(event === undefined ? {} : { event }),
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
    ...(search === undefined || search === "" ? {} : { search, searchIn: sight === "all" ? "ids and messages" : "ids" }),
  };
}

function statusesOf(text: string): readonly RunStatus[] {
  return text.split(",").map((one) => {
    const status = RUN_STATUSES.find((known) => known === one.trim());
    if (status !== undefined) return status;
    const message = `"${one}" is no status: it is one of ${RUN_STATUSES.join(", ")}, or several with commas`;
    throw new ServerError("INVALID_REQUEST", `query.status: ${message}`, { faults: [{ path: "query.status", message }] });
  });
}
