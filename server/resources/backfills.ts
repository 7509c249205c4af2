// Back-fills: a function gets events from before it counted. They go on in the log, whatever becomes of this process.
import { BackfillWatch } from "../../engine/task/backfill/watch.ts";
import { backfillCommand, controlCommand, tellAll } from "../../engine/task/backfill/command.ts";
import { followBackfill } from "../backfills/follow.ts";
import { carriedOut } from "../audit/carried-out.ts";
import { Operation } from "../contract/operations.ts";
import { BackfillBody } from "../contract/replays.ts";
import { ManifestInForce } from "../functions/manifest-in-force.ts";
import { actorOf, type Api } from "../http/api.ts";
import { json, route } from "../http/route.ts";
import type { RunningOperation, ServedApp, ServerTools } from "../served-app.ts";

const begin = route("operate", {
  method: "post",
  path: "/backfills",
  summary: "Give a function the events from before it was deployed; with the id of one that is paused, that goes on",
  request: { body: { content: json(BackfillBody) } },
  responses: { 202: { description: "Every partition was told", content: json(Operation) } },
});

export function backfillsResource(api: Api, served: ServedApp, { audit, operations }: ServerTools): void {
  const { log, topics, partitions } = served;
  const manifest = new ManifestInForce(served);

  api.openapi(begin, async (c) => {
    const { function: functionId, since, rate, id } = c.req.valid("json");
    const actor = actorOf(c);
    await manifest.check(functionId);
    const known = new Map((await manifest.read())?.functions.map((spec) => [spec.id, spec]));
    const options = { ...(since === undefined ? {} : { from: new Date(since) }), ...(rate === undefined ? {} : { rate }) };
    const command = backfillCommand(functionId, { ...options, ...(id === undefined ? {} : { id }) }, known);
    const target = { log, inbox: topics.inbox, partitions };
    const asked = await audit.asked({
      actor,
      operation: "backfill.start",
      target: functionId,
      parameters: { id: command.id, since: command.since, rate: command.rate },
    });
    const told = Promise.withResolvers<void>();
    const follow = async (running: RunningOperation): Promise<void> => {
      await told.promise;
      const watch = new BackfillWatch({ log, topics, partitions, signal: running.signal });
      await followBackfill({ id: command.id, target, watch, running });
    };
    const operation = await carriedOut(asked, async () => {
      // Before anybody is told: what is refused is not begun all the same. One that is followed already is told to go on.
      const followed = operations.get(command.id);
      const of = { kind: "backfill", title: `back-fill ${command.id} of ${functionId}`, actor, id: command.id } as const;
      const isFollowed = followed?.kind === "backfill" && followed.state === "running";
      const begun = isFollowed ? followed : operations.start(of, follow);
      try {
        await tellAll(target, command);
        await tellAll(target, controlCommand(command.id, "resume"));
        told.resolve();
      } catch (error) {
        told.promise.catch(() => {});
        told.reject(error);
        throw error;
      }
      return begun;
    });
    return c.json(operation, 202);
  });
}
