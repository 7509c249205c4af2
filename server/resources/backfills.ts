// Back-fills: a function gets events from before it counted. They go on in the log, whatever becomes of this process.
import { backfillCommand, controlCommand, tellAll } from "../../engine/task/backfill/command.ts";
import type { BackfillProgress } from "../../engine/task/backfill/progress.ts";
import { carriedOut } from "../audit/carried-out.ts";
import { followBackfill } from "../backfills/follow.ts";
import { knownBackfills, shownBackfill } from "../backfills/known-backfills.ts";
import { Backfill, BackfillBody, BackfillList } from "../contract/backfills.ts";
import { Operation } from "../contract/operations.ts";
import { Accepted } from "../contract/runs.ts";
import { z } from "../contract/words.ts";
import { manifestOf } from "../functions/manifest-of.ts";
import { actorOf, type Api } from "../http/api.ts";
import { json, route } from "../http/route.ts";
import { notFound, ServerError } from "../http/server-error.ts";
import type { RunningOperation, ServedApp, ServerTools } from "../served-app.ts";

const Id = z.object({ id: z.string().min(1).max(128) });

const begin = route("operate", {
  method: "post",
  path: "/backfills",
  summary: "Give a function the events from before it was deployed; with the id of one that is paused, that goes on",
  request: { body: { content: json(BackfillBody) } },
  responses: { 202: { description: "Every partition was told", content: json(Operation) } },
});

const list = route("read", {
  method: "get",
  path: "/backfills",
  summary: "Back-fills: those that are not over, and the last that were; the newest first",
  description: "What the journals say of them, whoever began them, and on whatever server.",
  responses: { 200: { description: "Back-fills", content: json(BackfillList) } },
});
const show = route("read", {
  method: "get",
  path: "/backfills/{id}",
  summary: "A back-fill",
  request: { params: Id },
  responses: { 200: { description: "The back-fill", content: json(Backfill) } },
});
const pause = control("pause", "Let a back-fill rest until it is resumed; runs that it started go on");
const resume = control("resume", "Let a back-fill go on that is paused");
const cancel = control("cancel", "End a back-fill for good; what it started stays, and another one passes it over");

type Action = "pause" | "resume" | "cancel";
const REST: Readonly<Record<Action, string>> = { pause: "rest", resume: "go on", cancel: "end" };

function control<Name extends Action>(name: Name, summary: string) {
  return route("operate", {
    method: "post",
    path: `/backfills/{id}/${name}` as const,
    summary,
    request: { params: Id },
    responses: { 202: { description: "Every partition was told", content: json(Accepted) } },
  });
}

export function backfillsResource(api: Api, served: ServedApp, { audit, operations }: ServerTools): void {
  const { log, topics, partitions } = served;
  const manifest = manifestOf(served);
  const target = { log, inbox: topics.inbox, partitions };

  /** Null: it was begun on this server, and no partition has decided it yet. @throws ServerError `NOT_FOUND` */
  const known = async (id: string): Promise<BackfillProgress | null> => {
    const found = (await knownBackfills(served)).find((one) => one.id === id);
    if (found !== undefined) return found;
    if (operations.get(id)?.kind === "backfill") return null;
    throw notFound(`back-fill ${id}`, "No partition has heard of it. `GET /backfills` has their ids");
  };

  const told = async (id: string, action: Action, actor: string): Promise<{ readonly detail: string }> => {
    const found = await known(id);
    if (found !== null && found.status !== "running" && found.status !== "paused") {
      throw new ServerError("CONFLICT", `back-fill ${id} is over: it is ${found.status}`);
    }
    const asked = await audit.asked({ actor, operation: `backfill.${action}`, target: id });
    await carriedOut(asked, () => tellAll(target, controlCommand(id, action)));
    return { detail: `every partition was told to let back-fill ${id} ${REST[action]}` };
  };

  api.openapi(list, async (c) => c.json({ items: (await knownBackfills(served)).map(shownBackfill).toReversed() }, 200));

  api.openapi(show, async (c) => {
    const { id } = c.req.valid("param");
    const found = await known(id);
    if (found === null) throw notFound(`back-fill ${id} yet`, "It was begun, and no partition has decided it: ask again in a moment");
    return c.json(shownBackfill(found), 200);
  });

  api.openapi(pause, async (c) => c.json(await told(c.req.valid("param").id, "pause", actorOf(c)), 202));
  api.openapi(resume, async (c) => c.json(await told(c.req.valid("param").id, "resume", actorOf(c)), 202));
  api.openapi(cancel, async (c) => {
    const { id } = c.req.valid("param");
    const accepted = await told(id, "cancel", actorOf(c));
    // Whoever follows it here has nothing to wait for.
    if (operations.get(id)?.kind === "backfill") operations.stop(id);
    return c.json(accepted, 202);
  });

  api.openapi(begin, async (c) => {
    const { function: functionId, since, rate, id } = c.req.valid("json");
    const actor = actorOf(c);
    await manifest.check(functionId);
    const functions = new Map((await manifest.read())?.functions.map((spec) => [spec.id, spec]));
    const options = { ...(since === undefined ? {} : { from: new Date(since) }), ...(rate === undefined ? {} : { rate }) };
    const command = backfillCommand(functionId, { ...options, ...(id === undefined ? {} : { id }) }, functions);
    const asked = await audit.asked({
      actor,
      operation: "backfill.start",
      target: functionId,
      parameters: { id: command.id, since: command.since, rate: command.rate },
    });
    const begun = Promise.withResolvers<void>();
    const follow = async (running: RunningOperation): Promise<void> => {
      await begun.promise;
      await followBackfill({ id: command.id, target, look: () => knownBackfills(served), running });
    };
    const operation = await carriedOut(asked, async () => {
      // Before anybody is told: what is refused is not begun all the same. One that is followed already is told to go on.
      const followed = operations.get(command.id);
      const of = { kind: "backfill", title: `back-fill ${command.id} of ${functionId}`, actor, id: command.id } as const;
      const isFollowed = followed?.kind === "backfill" && followed.state === "running";
      const following = isFollowed ? followed : operations.start(of, follow);
      try {
        await tellAll(target, command);
        await tellAll(target, controlCommand(command.id, "resume"));
        begun.resolve();
      } catch (error) {
        begun.promise.catch(() => {});
        begun.reject(error);
        throw error;
      }
      return following;
    });
    return c.json(operation, 202);
  });
}
