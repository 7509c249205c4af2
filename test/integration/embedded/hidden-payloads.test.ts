// Who may read and not see data sees runs and events, and none of what is in them: not in outputs, errors, what waits compare, nor by searching.
import { expect, test, vi } from "vitest";
import { NonRetriableError } from "../../../engine/sdk/index.ts";
import { SCOPES, type Scope } from "../../../server/contract/words.ts";
import { RunPage } from "../../../server/contract/runs.ts";
import type { Tokens } from "../../../server/tokens/watched-tokens.ts";
import { serveShop } from "../../support/server/served-shop.ts";

const SECRET = "hunter2";

/** The token says what it may do. */
const tokens: Tokens = {
  verify: (token) => {
    const scopes = SCOPES.filter((scope) => token.split("+").includes(scope));
    return { kind: "known", bearer: { name: "who", scopes, perSecond: 1_000_000 } };
  },
};

test("no payload is told to who may not see any", { timeout: 30_000 }, async () => {
  await using shop = await serveShop({
    options: { access: { kind: "tokens", tokens } },
    declare: (app) => {
      app.createFunction({ id: "fails", triggers: [{ event: "secret/told" }], retries: 0 }, async ({ event, step }) => {
        const { word } = event.data as { word: string };
        await step.run("keep", () => ({ word }));
        await step.sendEvent("tell", { name: "secret/passed.on", data: { word } });
        await step.run("fail", () => {
          throw new NonRetriableError(`not ${word}`);
        });
      });
      app.createFunction(
        { id: "waits", triggers: [{ event: "secret/told" }], concurrency: { limit: 1, key: "event.data.word" } },
        ({ step }) => step.waitForEvent("again", { event: "secret/again", match: "data.word", timeout: "1 hour" }),
      );
    },
  });
  const asking = async (path: string, scopes: readonly Scope[]): Promise<{ status: number; text: string; body: unknown }> =>
    shop.ask("GET", path, undefined, { authorization: `Bearer ${scopes.join("+")}` });
  await shop.app.send({ name: "secret/told", data: { word: SECRET }, id: "told-1" });
  const runs = await vi.waitFor(
    async () => {
      const { items } = RunPage.parse((await asking("/runs", SCOPES)).body);
      const waiting = items.find(({ functionId }) => functionId === "waits");
      expect(items.map(({ functionId, status }) => [functionId, status])).toContainEqual(["fails", "failed"]);
      expect((await asking(`/runs/${waiting?.id}`, SCOPES)).text).toContain("WAITING_FOR_EVENT");
      return items;
    },
    { timeout: 10_000, interval: 50 },
  );
  const paths = [
    "/runs",
    "/events",
    "/events/told-1",
    "/event-types",
    "/functions",
    ...runs.flatMap(({ id }) => [`/runs/${id}`, `/runs/${id}/lineage`, `/runs/${id}/wait?timeout=0`]),
  ];
  let shown = 0;
  for (const path of paths) {
    const [all, less] = [await asking(path, SCOPES), await asking(path, ["read"])];
    expect([path, all.status, less.status]).toEqual([path, 200, 200]);
    if (all.text.includes(SECRET)) shown += 1;
    expect([path, less.text.includes(SECRET)]).toEqual([path, false]);
  }
  // Those who may see it do.
  expect(shown).toBeGreaterThan(5);
  const found = async (scopes: readonly Scope[]): Promise<number> =>
    RunPage.parse((await asking(`/runs?search=${SECRET}`, scopes)).body).items.length;
  expect([await found(SCOPES), await found(["read"])]).toEqual([1, 0]);
  expect((await asking(`/runs/${runs[0]?.id}/logs`, ["read"])).status).toBe(403);
});
