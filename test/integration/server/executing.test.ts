// What executes right now: no journal knows of it, but the process that does it.
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Millrace } from "../../../engine/sdk/millrace.ts";
import type { ShownRun } from "../../../server/contract/runs.ts";
import { serveShop, type ServedShop } from "../../support/server/served-shop.ts";

let shop: ServedShop;
let answer = Promise.withResolvers<string>();
let attempts = 0;

function declare(app: Millrace): void {
  app.createFunction({ id: "order", triggers: [{ event: "order/placed" }], retries: 1 }, async ({ step }) => {
    await step.run("reserve", () => "done");
    await step.run("charge", async () => {
      attempts += 1;
      return answer.promise;
    });
  });
}

beforeAll(async () => {
  shop = await serveShop({ declare });
});
afterAll(async () => shop[Symbol.asyncDispose]());

/** The one run there is, as the API has it. */
async function run(): Promise<ShownRun> {
  const { items } = (await shop.ask("GET", "/runs")).body as { items: { id: string }[] };
  return (await shop.ask("GET", `/runs/${items[0]?.id}`)).body as ShownRun;
}

test("a step whose service hangs is told, with its attempt and since when; over, it is told no more", async () => {
  const before = Date.now();
  await shop.app.send({ name: "order/placed", data: {} });
  await expect.poll(async () => (await run()).executing).toMatchObject([{ step: "charge#0", attempt: 0 }]);
  const { executing, holdups } = await run();
  expect(executing?.[0]?.since).toBeGreaterThanOrEqual(before - 1_000);
  expect(executing?.[0]?.since).toBeLessThanOrEqual(Date.now() + 1_000);
  expect(holdups).toMatchObject([
    { code: "EXECUTING", step: "charge#0", message: expect.stringContaining("step charge executes in this process") as string },
  ]);

  const failed = answer;
  answer = Promise.withResolvers();
  failed.reject(new Error("the service closed the connection"));
  await expect.poll(() => attempts, { timeout: 20_000 }).toBe(2);
  await expect.poll(async () => (await run()).executing).toMatchObject([{ step: "charge#0", attempt: 1 }]);

  answer.resolve("paid");
  await expect.poll(async () => (await run()).status).toBe("completed");
  expect(await run()).toMatchObject({ executing: [], holdups: [] });
});
