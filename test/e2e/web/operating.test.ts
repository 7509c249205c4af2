// Functions and consumers are paused and resumed, partitions verified; all of it stands in the audit.
import { afterAll, beforeAll, expect, test } from "vitest";
import { appTopics } from "../../../engine/task/app-topics.ts";
import { findConsumers } from "../../../server/consumers/consumer-versions.ts";
import { pausedEverywhere, settled } from "../../support/server/settled.ts";
import { Chromium } from "../../support/web/browser.ts";
import { order, serveWorkshop, type Workshop } from "../../support/web/workshop.ts";

let chromium: Chromium;
let workshop: Workshop;

beforeAll(async () => {
  [chromium, workshop] = await Promise.all([Chromium.start(), serveWorkshop()]);
  await workshop.app.send({ name: "order/placed", data: order(1), key: "order-1" });
});
afterAll(async () => {
  await chromium?.[Symbol.asyncDispose]();
  await workshop?.[Symbol.asyncDispose]();
});

test("a function is paused, keeps what comes, and starts it when it is resumed", async () => {
  await using tab = await chromium.open({ url: `${workshop.url}/functions` });
  const { page } = tab;
  await page.getByRole("row", { name: /^ship/ }).click();
  await page.getByRole("heading", { level: 1, name: "ship" }).waitFor();
  await page.getByRole("button", { name: "Pause" }).click();
  const dialog = page.getByRole("dialog", { name: "Pause ship?" });
  await dialog.getByLabel(/are kept/).check();
  await tab.expectAccessible();
  await tab.screenshot("pause");
  await dialog.getByRole("button", { name: "Pause" }).click();
  await page.getByText("paused", { exact: true }).waitFor();
  await pausedEverywhere({ log: workshop.log, topics: appTopics("shop"), partitions: 2 }, "ship");
  await workshop.app.send({ name: "order/placed", data: order(2), key: "order-2" });
  const runs = page.getByRole("grid", { name: "Latest runs" });
  await runs.getByText("queued").waitFor();
  await page.getByRole("button", { name: "Resume" }).click();
  await page.getByRole("dialog", { name: "Resume ship?" }).getByRole("button", { name: "Resume" }).click();
  await expect.poll(() => runs.getByText("completed").count()).toBe(2);
  await page.getByRole("button", { name: "Pause" }).waitFor();
  tab.expectNoWrongs();
});

test("a consumer is paused and resumed, and its lag is a chart and a table", async () => {
  await using tab = await chromium.open({ url: `${workshop.url}/consumers` });
  const { page } = tab;
  await page.getByRole("img", { name: /Lag of customers over the last hour/ }).waitFor();
  await page.getByText("As a table").click();
  await page.getByRole("columnheader", { name: "version 1 (events)" }).waitFor();
  await page.getByRole("button", { name: "Pause customers" }).click();
  await page.getByRole("dialog", { name: "Pause customers?" }).getByRole("button", { name: "Pause" }).click();
  await page.getByText("paused", { exact: true }).first().waitFor();
  await tab.expectAccessible();
  await page.getByRole("button", { name: "Resume customers" }).click();
  await page.getByRole("dialog", { name: "Resume customers?" }).getByRole("button", { name: "Resume" }).click();
  await page.getByRole("button", { name: "Pause customers" }).waitFor();
  tab.expectNoWrongs();
});

test("looking at consumers writes nothing; owners of partitions are asked for who opens what only they know, and once", async () => {
  const { log } = workshop;
  const topics = appTopics("shop");
  for (const consumer of await findConsumers({ log, topics })) await settled({ log, ...consumer }, [topics.events]);
  const written = async (): Promise<number> => {
    const ends = (await findConsumers({ log, topics })).flatMap(({ topics: { journal }, partitions }) =>
      Array.from({ length: partitions }, (_, partition) => log.latestOffset({ topic: journal, partition })),
    );
    return (await Promise.all(ends)).reduce((sum, end) => sum + end, 0);
  };
  await using tab = await chromium.open({ url: `${workshop.url}/` });
  const { page } = tab;
  const asked: string[] = [];
  page.on("response", (response) => {
    const { pathname, search } = new URL(response.url());
    if (pathname === "/api/v1/consumers") asked.push(search);
  });
  const before = await written();
  await tab.goTo("/");
  await page.getByRole("list", { name: "Runs by status" }).waitFor();
  await tab.goTo("/consumers");
  const partitions = page.getByText("Partitions of version 1");
  await partitions.waitFor();
  await expect.poll(() => asked.length, { timeout: 20_000 }).toBeGreaterThanOrEqual(3);
  expect(asked.join("")).toBe("");
  expect(await written()).toBe(before);

  await partitions.focus();
  await page.keyboard.press("Enter");
  await page.getByRole("group", { name: "Partitions of customers, version 1" }).waitFor();
  await tab.expectAccessible();
  expect(await written()).toBeGreaterThan(before);
  // Shut and opened again, it is what was said before.
  await page.keyboard.press("Enter");
  await page.keyboard.press("Enter");
  await page.getByRole("group", { name: "Partitions of customers, version 1" }).waitFor();
  expect(asked.filter((search) => search === "?owners=true")).toHaveLength(1);
  tab.expectNoWrongs();
});

test("partitions are verified: their digests are told, and are those that their journals come to", async () => {
  await using tab = await chromium.open({ url: `${workshop.url}/partitions` });
  const { page } = tab;
  await page.getByText("running", { exact: true }).first().waitFor();
  await page.getByRole("button", { name: "Verify" }).click();
  await page.getByRole("dialog", { name: "Verify all partitions?" }).getByRole("button", { name: "Verify" }).click();
  await page.getByText("done", { exact: true }).waitFor({ timeout: 40_000 });
  await expect.poll(() => page.getByText("not told yet").count()).toBe(0);
  await tab.screenshot("partitions-verified");
  await tab.expectAccessible();
  tab.expectNoWrongs();
});

test("all of this stands in the audit, and can be narrowed down to what it was done to", async () => {
  await using tab = await chromium.open({ url: `${workshop.url}/audit` });
  const { page } = tab;
  for (const operation of ["function.pause", "function.resume", "consumer.pause", "consumer.resume", "partitions.verify"]) {
    await page.getByRole("row", { name: new RegExp(`${operation.replace(".", "\\.")}.* asked`) }).waitFor();
  }
  await page.keyboard.press("/");
  await page.keyboard.type("ship");
  const rows = page.getByRole("grid", { name: "Audit" }).getByRole("row");
  await expect.poll(() => rows.count()).toBe(1 + 2);
  await page.reload();
  await expect.poll(() => rows.count()).toBe(1 + 2);
  tab.expectNoWrongs();
});
