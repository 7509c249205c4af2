// What somebody mends in the night: runs that are parked, many that failed, a function that is to start nothing, something that is to stop.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Millrace } from "../../../engine/sdk/millrace.ts";
import { silentLogger } from "../../../engine/observability/logger.ts";
import { createServer } from "../../../server/app.ts";
import { until } from "../../support/faults/until.ts";
import { pausedEverywhere } from "../../support/server/settled.ts";
import { Chromium, DASHBOARD } from "../../support/web/browser.ts";
import { serveParcels } from "../../support/web/parcels.ts";
import type { ServedShop } from "../../support/server/served-shop.ts";

const OLD_EVENTS = 60;
const directory = mkdtempSync(path.join(tmpdir(), "millrace-mending-"));
let chromium: Chromium;
let shop: ServedShop;
/** What the deployed code asks for: runs were recorded with the first of them. */
let asksFor = "weigh";
let isShopOpen = false;

function declare(app: Millrace): void {
  app.createFunction({ id: "collect", triggers: [{ event: "parcel/to.collect" }] }, async ({ step }) => {
    await step.run(asksFor, () => 1);
    await step.waitForEvent("came", { event: "parcel/came", match: "data.to", timeout: "1 hour" });
    return "collected";
  });
  app.createFunction({ id: "hand-over", triggers: [{ event: "parcel/handed" }], retries: 0 }, () => {
    if (!isShopOpen) throw new Error("nobody opens");
    return "thanks";
  });
  app.createFunction({ id: "hand-back", triggers: [{ event: "parcel/refused" }], retries: 0 }, () => {
    throw new Error("nobody wants it");
  });
}

/** Deployed later than the events that it wants. */
function declareLate(app: Millrace): void {
  declare(app);
  app.createFunction({ id: "count", triggers: [{ event: "parcel/old" }] }, () => 1);
}

beforeAll(async () => {
  chromium = await Chromium.start();
  {
    await using first = await serveParcels({ directory, declare });
    await first.app.send({ name: "parcel/to.collect", data: { to: "Elm" } });
    await first.app.send(Array.from({ length: OLD_EVENTS }, (_, at) => ({ name: "parcel/old", data: { at } })));
    await haveRuns(first, "function=collect&status=running", 1);
    await until("it waits", async () => {
      const [id = ""] = await idsOf(first, "function=collect");
      return ((await first.ask("GET", `/runs/${id}`)).body as { steps: unknown[] }).steps.length === 2;
    });
  }
  asksFor = "guess";
  shop = await serveParcels({ directory, declare: declareLate });
});
afterAll(async () => {
  await chromium[Symbol.asyncDispose]();
  await shop[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true, force: true });
});

async function idsOf(of: ServedShop, query: string): Promise<readonly string[]> {
  return ((await of.ask("GET", `/runs?${query}&limit=500`)).body as { items: { id: string }[] }).items.map(({ id }) => id);
}

async function haveRuns(of: ServedShop, query: string, count: number): Promise<void> {
  await until(`${count} runs: ${query}`, async () => (await idsOf(of, query)).length === count, { timeoutMs: 20_000 });
}

test("a run whose code is not what it was recorded with says so, and goes on when it was mended and released", async () => {
  await shop.app.send({ name: "parcel/came", data: { to: "Elm" } });
  await haveRuns(shop, "function=collect&status=parked", 1);
  await using tab = await chromium.open({ url: `${shop.url}/` });
  const { page } = tab;
  await page.getByRole("link", { name: /1 run parked/ }).click();
  await page.getByRole("row", { name: /parked collect/ }).click();
  await page.getByRole("region", { name: "Why it is not moving" }).waitFor();
  await tab.screenshot("run-parked");
  await tab.expectAccessible();
  asksFor = "weigh";
  await page.getByRole("button", { name: "Release", exact: true }).click();
  await page.getByRole("dialog", { name: "Release this run of collect?" }).getByRole("button", { name: "Release the run" }).click();
  await page.getByRole("region", { name: "Output" }).getByText("collected").waitFor();
  // The button went away with what it was for: the next Tab goes on in the page.
  await expect.poll(() => page.getByRole("button", { name: "Release", exact: true }).count()).toBe(0);
  await expect.poll(() => page.evaluate<string>("document.activeElement.id")).toBe("main");
  const { items } = (await shop.ask("GET", "/audit")).body as { items: { operation: string }[] };
  expect(items.map(({ operation }) => operation)).toContain("run.release");
  tab.expectNoWrongs();
});

test("all runs that failed are repeated by one command, and those that fail no more are followed to their end", async () => {
  await shop.app.send([1, 2, 3, 4].map((at) => ({ name: "parcel/handed", data: { at } })));
  await haveRuns(shop, "function=hand-over&status=failed", 4);
  isShopOpen = true;
  await using tab = await chromium.open({ url: `${shop.url}/runs?function=hand-over&status=failed` });
  const { page } = tab;
  await page.getByRole("button", { name: "Do something with all that match…" }).click();
  const dialog = page.getByRole("dialog");
  // What failed is most likely to be repeated.
  expect(await dialog.getByLabel("What").inputValue()).toBe("rerun");
  await dialog.getByText("4 runs.").waitFor();
  await tab.screenshot("runs-bulk-rerun");
  await dialog.getByRole("button", { name: "Re-run 4 runs" }).click();
  await page.getByText("done", { exact: true }).waitFor();
  await haveRuns(shop, "function=hand-over&status=completed", 4);
  await page.getByRole("button", { name: /^failed/ }).click();
  await page.getByRole("button", { name: /^completed/ }).click();
  await expect.poll(() => page.getByRole("row", { name: /completed hand-over/ }).count()).toBe(4);
  tab.expectNoWrongs();
});

test("should there be others by the time that is confirmed, nothing is done, and the new number is to be confirmed", async () => {
  await shop.app.send([1, 2].map((at) => ({ name: "parcel/refused", data: { at } })));
  await haveRuns(shop, "function=hand-back&status=failed", 2);
  await using tab = await chromium.open({ url: `${shop.url}/runs?function=hand-back&status=failed` });
  const { page } = tab;
  await page.getByRole("button", { name: "Do something with all that match…" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("2 runs.").waitFor();
  await shop.app.send({ name: "parcel/refused", data: { at: 3 } });
  await haveRuns(shop, "function=hand-back&status=failed", 3);
  await dialog.getByRole("button", { name: "Re-run 2 runs" }).click();
  await dialog.getByRole("alert").waitFor();
  await dialog.getByRole("button", { name: "Re-run 3 runs" }).waitFor();
  expect(await idsOf(shop, "function=hand-back")).toHaveLength(3);
  tab.expectNoWrongs();
});

test("a function is paused so that events are skipped: they start nothing, now or later", async () => {
  await using tab = await chromium.open({ url: `${shop.url}/functions/hand-over` });
  const { page } = tab;
  await page.getByRole("button", { name: "Pause" }).click();
  const dialog = page.getByRole("dialog", { name: "Pause hand-over?" });
  await dialog.getByLabel(/are skipped/).check();
  await dialog.getByRole("button", { name: "Pause" }).click();
  await page.getByText("paused, skips", { exact: true }).waitFor();
  await pausedEverywhere(shop.served, "hand-over");
  await shop.app.send({ name: "parcel/handed", data: { at: 8 } });
  await haveRuns(shop, "function=hand-over&status=skipped", 1);
  await page.getByRole("grid", { name: "Latest runs" }).getByText("skipped").first().waitFor();
  await page.getByRole("button", { name: "Resume" }).click();
  await page.getByRole("dialog", { name: "Resume hand-over?" }).getByText("does not start").waitFor();
  await page.getByRole("dialog").getByRole("button", { name: "Resume" }).click();
  await page.getByRole("button", { name: "Pause" }).waitFor();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  tab.expectNoWrongs();
});

test("a dialog means what was asked for, whatever others do meanwhile", async () => {
  await using tab = await chromium.open({ url: `${shop.url}/functions/hand-over` });
  const { page } = tab;
  await page.getByRole("button", { name: "Pause" }).click();
  const dialog = page.getByRole("dialog", { name: "Pause hand-over?" });
  await dialog.waitFor();
  await shop.ask("POST", "/functions/hand-over/pause", { events: "keep" });
  await page.getByText("paused", { exact: true }).waitFor();
  expect(await dialog.getByRole("button", { name: "Pause" }).count()).toBe(1);
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Resume" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Resume" }).click();
  await page.getByRole("button", { name: "Pause" }).waitFor();
  tab.expectNoWrongs();
});

test("a back-fill is seen by a server that knows nothing of who began it, and rests, goes on and ends when that was confirmed", async () => {
  const begun = await shop.ask("POST", "/backfills", { function: "count", rate: 0.5 });
  expect(begun.status).toBe(202);
  const { id } = begun.body as { id: string };
  // As after a restart.
  const another = createServer(shop.served, {
    mode: "dev",
    access: { kind: "open" },
    version: "0.0.0",
    logger: silentLogger,
    dashboard: DASHBOARD,
  });
  const { url } = await another.listen({ port: 0, host: "127.0.0.1" });
  try {
    await using tab = await chromium.open({ url: `${url}/replays`, isPhone: true });
    const { page } = tab;
    const backfill = page.getByRole("region", { name: `Back-fill ${id}` });
    await backfill.getByText("running", { exact: true }).waitFor();
    await backfill.getByRole("progressbar").waitFor();
    await tab.expectAccessible();
    await tab.expectNoSidewaysScroll();
    await tab.screenshot("backfill-running");
    const command = async (verb: string): Promise<void> => {
      await backfill.getByRole("button", { name: `${verb} back-fill ${id}` }).focus();
      await page.keyboard.press("Enter");
      const dialog = page.getByRole("dialog", { name: `${verb} the back-fill of count?` });
      await dialog.getByRole("button", { name: verb }).click();
      await dialog.waitFor({ state: "detached" });
    };
    await command("Pause");
    await backfill.getByText("paused", { exact: true }).waitFor();
    await command("Resume");
    await backfill.getByText("running", { exact: true }).waitFor();
    await command("Cancel");
    await backfill.getByText("cancelled", { exact: true }).waitFor();
    expect(await backfill.getByRole("button").count()).toBe(0);
    expect((await idsOf(shop, "function=count")).length).toBeLessThan(OLD_EVENTS);
    tab.expectNoWrongs();
  } finally {
    await another.close();
  }
  const { items } = (await shop.ask("GET", "/audit")).body as { items: { operation: string; target: string }[] };
  const done = items.filter(({ target }) => target === id).map(({ operation }) => operation);
  expect(done.toSorted()).toEqual(["backfill.cancel", "backfill.pause", "backfill.resume"]);
});
