// What everybody has to know who looks: what the server says about itself is changed on its way here, since it is rare.
import { afterAll, beforeAll, expect, test } from "vitest";
import { Chromium, type Tab } from "../../support/web/browser.ts";
import { serveParcels } from "../../support/web/parcels.ts";
import type { ServedShop } from "../../support/server/served-shop.ts";

let chromium: Chromium;
let shop: ServedShop;

beforeAll(async () => {
  [chromium, shop] = await Promise.all([Chromium.start(), serveParcels()]);
  await shop.app.send({ name: "parcel/packed", data: { to: "Elm" } });
});
afterAll(async () => {
  await chromium[Symbol.asyncDispose]();
  await shop[Symbol.asyncDispose]();
});

/** The server's own answer, but for this. */
async function answers({ page }: Tab, at: string, but: (body: Record<string, unknown>) => object): Promise<void> {
  await page.route(`${shop.url}/api/v1${at}`, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: but((await response.json()) as Record<string, unknown>) });
  });
}

test("lists that are not complete yet, or behind, or lack something, say so on every page", async () => {
  await using tab = await chromium.open({ url: shop.url });
  const { page } = tab;
  await answers(tab, "/app", (app) => ({ ...app, historyLag: null }));
  await tab.goTo("/events");
  await page.getByText("is being read for the first time").waitFor();
  // What was not read may need somebody.
  await page.getByRole("link", { name: "Overview" }).first().click();
  await page.getByText("In what the history of runs has so far no run is stuck").waitFor();
  await page.unroute(`${shop.url}/api/v1/app`);
  await answers(tab, "/app", (app) => ({ ...app, historyLag: null, gaps: ["partition 1: trimmed <b>before</b> it was read"] }));
  await tab.goTo("/runs");
  await page.getByText("The history of runs is not complete").waitFor();
  await page.getByText("trimmed <b>before</b> it was read").waitFor();
  await tab.screenshot("banners");
  await tab.expectAccessible();
  await page.unroute(`${shop.url}/api/v1/app`);
  await answers(tab, "/app", (app) => ({ ...app, historyLag: 123_456 }));
  await tab.goTo("/functions");
  await page.getByText("123k records behind the journals").waitFor();
  await tab.expectAccessible();
  tab.expectNoWrongs();
});

test("a page that is older than the server says so, and is loaded anew by who wants that", async () => {
  await using tab = await chromium.open({ url: `${shop.url}/functions` });
  const { page } = tab;
  await page.getByRole("row", { name: /^print-label/ }).waitFor();
  await answers(tab, "/app", (app) => ({ ...app, version: "9.9.9" }));
  await page.getByText("The server is of version 9.9.9 now").waitFor();
  await tab.expectAccessible();
  await page.getByRole("button", { name: "Load the page anew" }).click();
  await page.getByText("· 9.9.9").filter({ visible: true }).first().waitFor();
  expect(await page.getByText("The server is of version").count()).toBe(0);
  tab.expectNoWrongs();
});

test("a partition that is being restored shows how far it is, and one that stopped why; the overview has it first", async () => {
  await using tab = await chromium.open({ url: shop.url });
  const { page } = tab;
  await answers(tab, "/partitions", ({ items }) => ({
    items: (items as { partition: number; local: object }[]).map((each) =>
      each.partition === 0
        ? { ...each, local: { ...each.local, status: "RESTORING", restore: { done: 1_200, total: 4_800 } } }
        : { ...each, local: { ...each.local, status: "CLOSED", problems: ["the log lost <i>frames</i>"] } },
    ),
  }));
  await tab.goTo("/partitions");
  const bar = page.getByRole("progressbar", { name: "Restoring partition 0" });
  await bar.waitFor();
  expect(await page.evaluate<number>("document.querySelector('main progress').position")).toBe(0.25);
  await page.getByText("1,200 of 4,800").waitFor();
  await page.getByText("Partition 1: the log lost <i>frames</i>").waitFor();
  await tab.screenshot("partitions-restoring");
  await tab.expectAccessible();
  await tab.goTo("/");
  await page.getByRole("link", { name: /Partition 1: the log lost/ }).click();
  await page.getByRole("heading", { level: 1, name: "Partitions" }).waitFor();
  tab.expectNoWrongs();
});

test("code that does not load is told with its reason while nothing answers, and goes away once it does", async () => {
  await using tab = await chromium.open({ url: `${shop.url}/runs` });
  const { page } = tab;
  await page.getByText("Live", { exact: true }).filter({ visible: true }).waitFor();
  const detail = "app.ts:3\nSyntaxError: Unexpected token '<script>'";
  const body = JSON.stringify({ type: "urn:millrace:problem:APP_NOT_RUNNING", title: "no", status: 503, code: "APP_NOT_RUNNING", detail });
  await page.route(/\/api\//, (route) => route.fulfill({ status: 503, contentType: "application/problem+json", body }));
  shop.server.live.tell({ type: "reloaded", problem: detail });
  await page.getByText("SyntaxError: Unexpected token '<script>'").first().waitFor();
  await tab.screenshot("broken-code");
  await tab.expectAccessible();
  await page.unroute(/\/api\//);
  shop.server.live.tell({ type: "reloaded", problem: null });
  await expect.poll(() => page.getByText("SyntaxError").count()).toBe(0);
  tab.expectNoWrongs();
});

test("a clock that is wrong does not make the past the future", async () => {
  await using tab = await chromium.open({ url: shop.url });
  const { page } = tab;
  await page.addInitScript("const now = Date.now; Date.now = () => now() - 3_600_000;");
  await tab.goTo("/runs");
  const row = page.getByRole("row", { name: /completed print-label/ });
  await row.waitFor();
  await expect.poll(() => row.getByRole("time").or(row.locator("time")).textContent()).toMatch(/ago|now/);
  tab.expectNoWrongs();
});

test("on paper there is the page, whole and light, without what is pressed", async () => {
  await using tab = await chromium.open({ url: `${shop.url}/runs`, theme: "dark" });
  const { page } = tab;
  await page.getByRole("row", { name: /completed print-label/ }).waitFor();
  await page.emulateMedia({ media: "print" });
  await page.evaluate("dispatchEvent(new Event('beforeprint'))");
  expect(await page.getByRole("navigation", { name: "Pages" }).isVisible()).toBe(false);
  expect(await page.getByRole("searchbox").isVisible()).toBe(false);
  expect(await page.getByRole("row", { name: /completed print-label/ }).isVisible()).toBe(true);
  expect((await page.getByRole("main").boundingBox())?.width).toBe(1280);
  expect(await page.evaluate<string>("getComputedStyle(document.documentElement).backgroundColor")).toBe("rgb(255, 255, 255)");
  await tab.screenshot("print");
  await page.evaluate("dispatchEvent(new Event('afterprint'))");
  expect(await page.evaluate<string>("document.documentElement.dataset.theme")).toBe("dark");
});
