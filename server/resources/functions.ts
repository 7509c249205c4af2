// Functions: those of the deployment in force, how they fare, and pausing them.
import { FunctionList, ListedFunction, PauseBody } from "../contract/functions.ts";
import { Accepted } from "../contract/runs.ts";
import { FunctionId, z } from "../contract/words.ts";
import { figuresOf } from "../functions/figures.ts";
import { manifestOf } from "../functions/manifest-of.ts";
import { shownFunction } from "../functions/shown-function.ts";
import { actorOf, seesPayloads, type Api, type ApiContext } from "../http/api.ts";
import { json, route } from "../http/route.ts";
import { notFound } from "../http/server-error.ts";
import { carriedOut } from "../audit/carried-out.ts";
import { standingOf } from "../partitions/standing-of.ts";
import type { ServedApp, ServerTools } from "../served-app.ts";

const Id = z.object({ id: FunctionId });

const list = route("read", {
  method: "get",
  path: "/functions",
  summary: "Functions of the deployment in force, and how they fare",
  responses: { 200: { description: "Functions", content: json(FunctionList) } },
});
const show = route("read", {
  method: "get",
  path: "/functions/{id}",
  summary: "A function, and how it fares",
  request: { params: Id },
  responses: { 200: { description: "The function", content: json(ListedFunction) } },
});
const pause = route("operate", {
  method: "post",
  path: "/functions/{id}/pause",
  summary: "Start no runs of a function until it is resumed; events meanwhile are kept, or skipped",
  request: { params: Id, body: { content: json(PauseBody) } },
  responses: { 202: { description: "Every partition was told", content: json(Accepted) } },
});
const resume = route("operate", {
  method: "post",
  path: "/functions/{id}/resume",
  summary: "Start what waited, in its order, and what comes",
  request: { params: Id },
  responses: { 202: { description: "Every partition was told", content: json(Accepted) } },
});

export function functionsResource(api: Api, served: ServedApp, { audit, live }: ServerTools): void {
  const { app, history } = served;
  const manifest = manifestOf(served);
  const standing = standingOf(served);

  const shown = async (c: ApiContext, only: string | null): Promise<{ version: number | null; items: ListedFunction[] }> => {
    const [inForce, partitions] = await Promise.all([manifest.read(), standing.look()]);
    const functions = (inForce?.functions ?? []).filter(({ id }) => only === null || id === only);
    const now = Date.now();
    const items = functions.map((spec) =>
      shownFunction(spec, {
        paused: partitions.map(({ pauses }) => pauses.get(spec.id)).find((how) => how !== undefined) ?? null,
        figures: figuresOf(history, spec.id, now),
        seesPayloads: seesPayloads(c),
      }),
    );
    return { version: inForce?.version ?? null, items };
  };

  api.openapi(list, async (c) => c.json(await shown(c, null), 200));

  api.openapi(show, async (c) => {
    const { id } = c.req.valid("param");
    const [found] = (await shown(c, id)).items;
    if (found === undefined) throw notFound(`function "${id}" in the deployment in force`);
    return c.json(found, 200);
  });

  api.openapi(pause, async (c) => {
    const { id } = c.req.valid("param");
    const { events } = c.req.valid("json");
    await manifest.check(id);
    const asked = await audit.asked({ actor: actorOf(c), operation: "function.pause", target: id, parameters: { events } });
    await carriedOut(asked, () => app.pause(id, { events }));
    live.tell({ type: "functions" });
    const meanwhile = events === "keep" ? "events that trigger it wait" : "events that trigger it are skipped";
    return c.json({ detail: `every partition was told to start no runs of "${id}": ${meanwhile}` }, 202);
  });

  api.openapi(resume, async (c) => {
    const { id } = c.req.valid("param");
    await manifest.check(id);
    const asked = await audit.asked({ actor: actorOf(c), operation: "function.resume", target: id });
    await carriedOut(asked, () => app.resume(id));
    live.tell({ type: "functions" });
    return c.json({ detail: `every partition was told to start runs of "${id}" again` }, 202);
  });
}
