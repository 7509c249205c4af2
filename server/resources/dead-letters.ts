// Dead letters: what was set aside, why, and what becomes of it.
import { systemClock } from "../../engine/core/clock.ts";
import { carriedOut } from "../audit/carried-out.ts";
import { DeadLetter, DeadLetterPage, DeadLetterQuery } from "../contract/dead-letters.ts";
import { z } from "../contract/words.ts";
import { deadLettersOf } from "../dead-letters/dead-letters-of.ts";
import type { IndexedLetter } from "../dead-letters/letter-index.ts";
import { matching } from "../dead-letters/matching.ts";
import { pageOfLetters } from "../dead-letters/page.ts";
import { watchLetters } from "../dead-letters/watch.ts";
import { listedLetter, shownLetter } from "../dead-letters/shown-letter.ts";
import { actorOf, seesPayloads, type Api, type ApiContext } from "../http/api.ts";
import { json, route } from "../http/route.ts";
import { ServerError } from "../http/server-error.ts";
import type { ServedApp, ServerTools } from "../served-app.ts";

const Id = z.object({ id: z.string().min(1).max(400) });

const list = route("read", {
  method: "get",
  path: "/dead-letters",
  summary: "What was set aside, the newest first",
  request: { query: DeadLetterQuery },
  responses: { 200: { description: "A page", content: json(DeadLetterPage) } },
});
const show = route("read", {
  method: "get",
  path: "/dead-letters/{id}",
  summary: "A dead letter: what it holds, and what a retry would do",
  request: { params: Id },
  responses: { 200: { description: "The letter", content: json(DeadLetter) } },
});
const retry = route("operate", {
  method: "post",
  path: "/dead-letters/{id}/retry",
  summary: "Try it again",
  request: { params: Id },
  responses: { 200: { description: "It was retried", content: json(DeadLetter) } },
});
const discard = route("operate", {
  method: "post",
  path: "/dead-letters/{id}/discard",
  summary: "Nothing is to be done about it any more",
  request: { params: Id },
  responses: { 200: { description: "It was discarded", content: json(DeadLetter) } },
});

export function deadLettersResource(api: Api, served: ServedApp, { audit, live }: ServerTools): void {
  const letters = deadLettersOf(served);
  watchLetters({ letters, live, clock: systemClock });

  const shown = async (c: ApiContext, letter: IndexedLetter): Promise<DeadLetter> =>
    shownLetter(letter, { plan: letters.planOf(letter), original: await letters.contentOf(letter), seesPayloads: seesPayloads(c) });

  api.openapi(list, async (c) => {
    const { cursor, limit, ...filter } = c.req.valid("query");
    const wanted = (await letters.list()).filter(matching(filter));
    const { items, next } = pageOfLetters(wanted, { cursor, limit });
    return c.json({ items: items.map((one) => listedLetter(one, letters.planOf(one), seesPayloads(c))), next }, 200);
  });

  api.openapi(show, async (c) => c.json(await shown(c, await letters.get(c.req.valid("param").id)), 200));

  api.openapi(retry, async (c) => {
    const { id } = c.req.valid("param");
    const letter = await letters.get(id);
    const plan = letters.planOf(letter);
    if (letter.resolution === null && !plan.can) throw new ServerError("NOT_POSSIBLE", `it cannot be retried: ${plan.says}`);
    const asked = await audit.asked({ actor: actorOf(c), operation: "dead-letter.retry", target: id, parameters: { place: letter.place } });
    await carriedOut(asked, () => letters.one(letter, "retry", actorOf(c)));
    live.tell({ type: "dead-letters" });
    return c.json(await shown(c, await letters.get(id)), 200);
  });

  api.openapi(discard, async (c) => {
    const { id } = c.req.valid("param");
    const letter = await letters.get(id);
    const asked = await audit.asked({
      actor: actorOf(c),
      operation: "dead-letter.discard",
      target: id,
      parameters: { place: letter.place },
    });
    await carriedOut(asked, () => letters.one(letter, "discard", actorOf(c)));
    live.tell({ type: "dead-letters" });
    return c.json(await shown(c, await letters.get(id)), 200);
  });
}
