// Consumers of the app: how far each version is, and pausing them.
import { systemClock } from "../../engine/core/clock.ts";
import { pauseCommand, resumeCommand, tellFunction, type FunctionCommand } from "../../engine/sdk/function-commands.ts";
import { carriedOut } from "../audit/carried-out.ts";
import { ConsumerWatch, type WatchedConsumer } from "../consumers/consumer-watch.ts";
import { OwnersAnswers } from "../consumers/owners-answers.ts";
import { shownConsumer } from "../consumers/shown-consumer.ts";
import { ConsumerList, ConsumerQuery } from "../contract/consumers.ts";
import { Accepted } from "../contract/runs.ts";
import { z } from "../contract/words.ts";
import { deadLettersOf } from "../dead-letters/dead-letters-of.ts";
import { actorOf, type Api } from "../http/api.ts";
import { json, route } from "../http/route.ts";
import { notFound } from "../http/server-error.ts";
import type { ServedApp, ServerTools } from "../served-app.ts";

const Id = z.object({ id: z.string().min(1).max(200) });

const list = route("read", {
  method: "get",
  path: "/consumers",
  summary:
    "Consumers: how far each version is, and its lag over the last hour; with what the owners of its partitions say, where that is asked for",
  request: { query: ConsumerQuery },
  responses: { 200: { description: "Consumers", content: json(ConsumerList) } },
});
const pause = route("operate", {
  method: "post",
  path: "/consumers/{id}/pause",
  summary: "Have a consumer read no further and handle nothing until it is resumed",
  request: { params: Id },
  responses: { 202: { description: "Every partition of each version was told", content: json(Accepted) } },
});
const resume = route("operate", {
  method: "post",
  path: "/consumers/{id}/resume",
  summary: "Have a consumer go on",
  request: { params: Id },
  responses: { 202: { description: "Every partition of each version was told", content: json(Accepted) } },
});

export function consumersResource(api: Api, served: ServedApp, { audit }: ServerTools): void {
  const { log, topics } = served;
  const watch = new ConsumerWatch({ log, topics, clock: systemClock });
  const answers = new OwnersAnswers(log, systemClock);
  const letters = deadLettersOf(served);
  watch.begin();

  const versionsOf = async (id: string): Promise<readonly WatchedConsumer[]> => {
    const consumers = await watch.look();
    const versions = consumers.filter(({ spec }) => spec.id === id);
    if (versions.length > 0) return versions;
    const known = [...new Set(consumers.map(({ spec }) => `"${spec.id}"`))].join(", ");
    throw notFound(`consumer "${id}"`, known === "" ? "The app has none" : `The app has ${known}`);
  };
  const tell = async (versions: readonly WatchedConsumer[], command: FunctionCommand): Promise<void> => {
    for (const version of versions) {
      await tellFunction({ log, inbox: version.topics.inbox, partitions: version.partitions }, command);
      answers.forget(version);
    }
  };

  api.openapi(list, async (c) => {
    const { owners } = c.req.valid("query");
    const consumers = await watch.look();
    const open = await letters.openByTopic();
    const items = await Promise.all(
      consumers.map(async (one) =>
        shownConsumer(one, {
          // A question is an entry in the journal of each partition: nobody has it asked by the way.
          owners: owners === "true" ? await answers.ask(one) : null,
          deadLetters: open.get(one.topics.deadLetter) ?? 0,
        }),
      ),
    );
    return c.json({ items }, 200);
  });

  api.openapi(pause, async (c) => {
    const { id } = c.req.valid("param");
    const versions = await versionsOf(id);
    const asked = await audit.asked({ actor: actorOf(c), operation: "consumer.pause", target: id });
    await carriedOut(asked, () => tell(versions, pauseCommand(id)));
    return c.json({ detail: `every partition of consumer "${id}" was told to read no further` }, 202);
  });

  api.openapi(resume, async (c) => {
    const { id } = c.req.valid("param");
    const versions = await versionsOf(id);
    const asked = await audit.asked({ actor: actorOf(c), operation: "consumer.resume", target: id });
    await carriedOut(asked, () => tell(versions, resumeCommand(id)));
    return c.json({ detail: `every partition of consumer "${id}" was told to go on` }, 202);
  });
}
