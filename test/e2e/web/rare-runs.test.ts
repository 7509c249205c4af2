// A search that finds its first run far behind the newest: the server looks at so many for a page, and gives pages with none.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { BEGINNING, projectManyRuns, STEP_MS } from "../../../bench/many-runs.ts";
import { RunHistory } from "../../../consumers/run-history/run-history-sink.ts";
import { Chromium } from "../../support/web/browser.ts";
import { serveParcels } from "../../support/web/parcels.ts";
import type { ServedShop } from "../../support/server/served-shop.ts";

/** Of them, the ids of the events of the first 1,296 begin with this. */
const SEARCH = "shop-000000";
const RUNS = 36_000;
const directory = mkdtempSync(path.join(tmpdir(), "millrace-rare-"));
let chromium: Chromium;
let shop: ServedShop;

beforeAll(async () => {
  {
    using history = new RunHistory(path.join(directory, "history.db"), { app: "shop", topic: "shop.journal" });
    projectManyRuns(history, RUNS, () => undefined);
  }
  [chromium, shop] = await Promise.all([Chromium.start(), serveParcels({ directory })]);
}, 120_000);
afterAll(async () => {
  await chromium?.[Symbol.asyncDispose]();
  await shop?.[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true, force: true });
});

test("pages with nothing on them are gone through, and then somebody decides whether to look further; nobody is told that there is none", async () => {
  const first = (await shop.ask("GET", `/runs?search=${SEARCH}`)).body as { items: unknown[]; next: string | null };
  expect(first.items).toEqual([]);
  expect(first.next).not.toBeNull();
  await using tab = await chromium.open({ url: `${shop.url}/runs?search=${SEARCH}`, isPhone: true });
  const { page } = tab;
  await page.getByText("What is older was not looked at").waitFor();
  expect(await page.getByText("No run is like that").count()).toBe(0);
  await tab.expectAccessible();
  await tab.expectNoSidewaysScroll();
  await page.getByRole("button", { name: "Look further" }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("grid", { name: "Runs" }).waitFor();
  tab.expectNoWrongs();
});

test("a run that is only a few pages behind is found without a word", async () => {
  const until = BEGINNING + 15_000 * STEP_MS;
  const first = (await shop.ask("GET", `/runs?search=${SEARCH}&until=${until}`)).body as { items: unknown[] };
  expect(first.items).toEqual([]);
  await using tab = await chromium.open({ url: `${shop.url}/runs?search=${SEARCH}&until=${new Date(until).toISOString()}` });
  await tab.page.getByRole("grid", { name: "Runs" }).waitFor();
  tab.expectNoWrongs();
});
