// What holds on each page about runs: accessible in both themes, at home on a phone, and true to the policy of the server.
import type { Locator } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { silentLogger } from "../../../engine/observability/logger.ts";
import { createServer } from "../../../server/app.ts";
import { until } from "../../support/faults/until.ts";
import { Chromium, DASHBOARD, type Tab } from "../../support/web/browser.ts";
import { serveParcels } from "../../support/web/parcels.ts";
import type { ServedShop } from "../../support/server/served-shop.ts";

let chromium: Chromium;
let shop: ServedShop;
const runs = new Map<string, string>();

beforeAll(async () => {
  [chromium, shop] = await Promise.all([Chromium.start(), serveParcels()]);
  await shop.app.send(["nowhere", "far away"].map((to) => ({ name: "parcel/ordered", data: { to, weight: 2 } })));
  await shop.app.send({ name: "parcel/to.sign", data: { to: "Elm" } });
  for (const [functionId, status] of [
    ["deliver", "failed"],
    ["deliver", "completed"],
    ["await-signature", "running"],
  ] as const) {
    const id = await until(`a run of ${functionId} is ${status}`, async () => {
      const { items } = (await shop.ask("GET", `/runs?function=${functionId}&status=${status}`)).body as { items: { id: string }[] };
      return items[0]?.id ?? null;
    });
    runs.set(status, id);
  }
});
afterAll(async () => {
  await chromium[Symbol.asyncDispose]();
  await shop[Symbol.asyncDispose]();
});

function isLive({ page }: Tab): Locator {
  return page.getByText("Live", { exact: true }).filter({ visible: true });
}

interface Place {
  readonly name: string;
  readonly at: () => string;
  /** What tells that it is all there. */
  readonly shows: string;
  /** What is done there before one looks. */
  readonly act?: (tab: Tab) => Promise<void>;
}

const run = (status: string, search = ""): (() => string) => {
  return () => `/runs/${runs.get(status) ?? ""}${search}`;
};
const PLACES: readonly Place[] = [
  { name: "overview", at: () => "/", shows: "there is no address" },
  { name: "runs", at: () => "/runs", shows: "await-signature" },
  { name: "no-runs", at: () => "/runs?search=zzz", shows: "No run is like that" },
  { name: "run-failed", at: run("failed"), shows: "there is no address for nowhere" },
  { name: "run-step", at: run("completed", "?step=find+the+address%230"), shows: "the map is torn" },
  { name: "run-waiting", at: run("running"), shows: "parcel/signed" },
  { name: "run-graph", at: run("completed", "?view=graph"), shows: "As a list" },
  { name: "run-logs", at: run("completed", "?view=logs"), shows: "Logs" },
  {
    name: "run-again",
    at: run("completed", "?step=tell%230"),
    shows: "Re-run from here",
    act: async ({ page }) => {
      await page.getByRole("button", { name: "Re-run from here" }).click();
      await page.getByRole("button", { name: "Edit find the address" }).click();
      await page.getByLabel("Output of find the address, as JSON").fill("{");
    },
  },
  { name: "no-such-run", at: () => "/runs/00000000000000000000000000", shows: "Not found" },
  { name: "no-such-page", at: () => "/nowhere/at/all", shows: "There is nothing at this address" },
];

describe.each(PLACES)("$name", ({ name, at, shows, act }) => {
  async function look(tab: Tab, picture: string): Promise<void> {
    await tab.page.getByRole("main").getByText(shows).filter({ visible: true }).first().waitFor();
    await expect
      .poll(() =>
        tab.page
          .getByRole("status")
          .filter({ hasText: /^Loading/ })
          .count(),
      )
      .toBe(0);
    await act?.(tab);
    await tab.screenshot(picture);
    await tab.expectNoSidewaysScroll();
    await tab.expectAccessible();
    tab.expectNoWrongs();
  }

  test.each(["light", "dark"] as const)("is accessible, %s, and keeps to the policy", async (theme) => {
    await using tab = await chromium.open({ url: `${shop.url}${at()}`, theme });
    await look(tab, `${name}-${theme}`);
  });

  test("is accessible on a phone, and nothing has to be scrolled sideways", async () => {
    await using tab = await chromium.open({ url: `${shop.url}${at()}`, isPhone: true });
    await look(tab, `phone-${name}`);
  });
});

test("the menu of a phone leads to other pages, and closes", async () => {
  await using tab = await chromium.open({ url: shop.url, isPhone: true });
  const { page } = tab;
  await page.getByRole("button", { name: "Menu" }).click();
  await tab.screenshot("phone-menu");
  await tab.expectAccessible();
  await page.getByRole("dialog", { name: "Menu" }).getByRole("link", { name: "Runs" }).click();
  await page.getByRole("heading", { name: "Runs", level: 1 }).waitFor();
  expect(await page.getByRole("dialog").count()).toBe(0);
  tab.expectNoWrongs();
});

test("a theme that was chosen stays, whatever the system has", async () => {
  await using tab = await chromium.open({ url: shop.url, theme: "light" });
  const { page } = tab;
  const theme = (): Promise<string> => page.evaluate<string>("document.documentElement.dataset.theme");
  await page.getByRole("button", { name: /^Theme/ }).click();
  await page.getByRole("button", { name: /^Theme: light/ }).click();
  expect(await theme()).toBe("dark");
  await page.reload();
  await page.getByRole("button", { name: /^Theme: dark/ }).waitFor();
  expect(await theme()).toBe("dark");
});

test("when the server goes away the page says so, and what it shows comes back with it", async () => {
  await using other = await serveParcels();
  await using tab = await chromium.open({ url: `${other.url}/runs` });
  await isLive(tab).waitFor();
  await other.server.close();
  await tab.page.getByText("Connection lost").filter({ visible: true }).first().waitFor();
  await other.app.send({ name: "parcel/packed", data: { to: "Elm" } });
  const { live } = other.server;
  const again = createServer(other.served, {
    mode: "dev",
    access: { kind: "open" },
    version: "0.0.0",
    logger: silentLogger,
    live,
    history: other.history,
    dashboard: DASHBOARD,
  });
  await again.listen({ port: other.port, host: "127.0.0.1" });
  try {
    await isLive(tab).waitFor();
    await tab.page.getByRole("row", { name: /completed print-label/ }).waitFor();
    tab.expectNoWrongs();
  } finally {
    await again.close();
  }
});
