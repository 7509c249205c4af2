// Replays: what today's code would do with past runs, and repeating those that would be others.
import { carriedOut } from "../audit/carried-out.ts";
import { Operation } from "../contract/operations.ts";
import { ApplyBody, DifferencePage, DifferenceQuery, DryRunBody, Replay, ReplayList, type Difference } from "../contract/replays.ts";
import { z } from "../contract/words.ts";
import { actorOf, seesPayloads, type Api, type ApiContext } from "../http/api.ts";
import { json, route } from "../http/route.ts";
import { ServerError } from "../http/server-error.ts";
import { Replays } from "../replays/replays.ts";
import type { ServedApp, ServerTools } from "../served-app.ts";

const Id = z.object({ id: z.string().min(1).max(64) });

const begin = route("operate", {
  method: "post",
  path: "/replays",
  summary: "Compare past runs of a function with what its code would do today; nothing is executed and nothing is written",
  request: { body: { content: json(DryRunBody) } },
  responses: { 202: { description: "It was begun", content: json(Replay) } },
});
const list = route("read", {
  method: "get",
  path: "/replays",
  summary: "Replays: running, and those whose reports are kept; the newest first",
  responses: { 200: { description: "Replays", content: json(ReplayList) } },
});
const show = route("read", {
  method: "get",
  path: "/replays/{id}",
  summary: "A replay",
  request: { params: Id },
  responses: { 200: { description: "The replay", content: json(Replay) } },
});
const differences = route("read", {
  method: "get",
  path: "/replays/{id}/differences",
  summary: "Runs that are not the same, and where",
  request: { params: Id, query: DifferenceQuery },
  responses: { 200: { description: "A page", content: json(DifferencePage) } },
});
const apply = route("operate", {
  method: "post",
  path: "/replays/{id}/apply",
  summary: "Repeat the runs that are affected, from where they differ",
  description: `Each is repeated once by a replay, however often and by how many people it is applied: applied again, it goes on where it was stopped.
What was repeated stays so; to repeat runs anew, make another dry run.`,
  request: { params: Id, body: { content: json(ApplyBody) } },
  responses: { 202: { description: "It was begun", content: json(Operation) } },
});

export function replaysResource(api: Api, served: ServedApp, { audit, operations }: ServerTools): void {
  const replays = new Replays(served, operations);
  void replays.files.tidy(Date.now());

  api.openapi(begin, async (c) => {
    const request = c.req.valid("json");
    const actor = actorOf(c);
    replays.check(request);
    const { where, ...named } = request;
    if (where !== undefined && !seesPayloads(c)) {
      const lacks = 'it lacks the scope "payloads", and how many runs such a condition finds tells what is in their data';
      throw new ServerError("NOT_ALLOWED", `the token "${actor}" may not choose runs by a condition: ${lacks}`);
    }
    // Conditions may have data in them, and the audit is kept for good.
    const parameters = { ...named, hasWhere: where !== undefined };
    const asked = await audit.asked({ actor, operation: "replay.dry-run", target: request.function, parameters });
    const operation = await carriedOut(asked, () => replays.begin(request, actor));
    return c.json(await replays.get(operation.id), 202);
  });

  api.openapi(list, async (c) => c.json({ items: (await replays.list()).map((one) => shownTo(c, one)) }, 200));

  api.openapi(show, async (c) => c.json(shownTo(c, await replays.get(c.req.valid("param").id)), 200));

  api.openapi(differences, async (c) => {
    const { id } = c.req.valid("param");
    const { verdict, cursor, limit } = c.req.valid("query");
    await replays.finished(id);
    const items: Difference[] = [];
    const from = cursor === undefined ? 0 : Number(cursor);
    if (!Number.isSafeInteger(from) || from < 0 || !(await replays.files.isBoundary(id, from)))
      throw new ServerError("INVALID_REQUEST", "query.cursor: it is none that a page ended with");
    let next: number | null = null;
    for await (const { run, next: behind } of replays.files.runs(id, from)) {
      if (verdict !== undefined && run.verdict !== verdict) continue;
      if (items.length === limit) break;
      const { step, detail, was, is } = run;
      const values = seesPayloads(c) ? { was, is } : { was: null, is: null };
      items.push({ run: run.run, verdict: run.verdict, step, detail, ...values });
      next = behind;
    }
    return c.json({ items, next: items.length < limit || next === null ? null : String(next) }, 200);
  });

  api.openapi(apply, async (c) => {
    const { id } = c.req.valid("param");
    const body = c.req.valid("json");
    const actor = actorOf(c);
    const report = await replays.finished(id);
    const chosen = await replays.chosen(id, body.runs);
    if (body.expected !== undefined && body.expected !== chosen.size) {
      throw new ServerError("COUNT_CHANGED", `${chosen.size} runs are affected, not ${body.expected}: look again, and say that number`);
    }
    const { runs, ...how } = body;
    // The same on every server, and for everybody: that is by which the log knows what it was told before.
    const named = `apply.${id}`;
    if (operations.get(named)?.state === "running") {
      throw new ServerError(
        "CONFLICT",
        `replay ${id} is being applied: follow operation ${named}, or stop it and apply it again, which goes on`,
      );
    }
    const asked = await audit.asked({
      actor,
      operation: "replay.apply",
      target: id,
      parameters: { ...how, operation: named, function: report.head.function, count: chosen.size, ...(runs === undefined ? {} : { runs }) },
    });
    const operation = await carriedOut(asked, () =>
      operations.start({ kind: "apply", title: `re-runs of ${report.head.function}`, actor, id: named }, (running) =>
        carriedOut(asked, () => replays.apply(report, chosen, body, running)),
      ),
    );
    return c.json(operation, 202);
  });
}

/** Which data a condition asks for is data, and beside it stands how many runs have it. */
function shownTo(c: ApiContext, replay: Replay): Replay {
  if (seesPayloads(c)) return replay;
  const { where: _, ...request } = replay.request;
  return { ...replay, request };
}
