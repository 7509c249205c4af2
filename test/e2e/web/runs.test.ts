// The list of runs, in a real browser against a real engine and server.
import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../../support/faults/until.ts";
import { Chromium } from "../../support/web/browser.ts";
import { serveParcels } from "../../support/web/parcels.ts";
import type { ServedShop } from "../../support/server/served-shop.ts";

const MANY = 260;
let chromium: Chromium;
let shop: ServedShop;

beforeAll(async () => {
  [chromium, shop] = await Promise.all([Chromium.start(), serveParcels()]);
});
afterAll(async () => {
  await chromium[Symbol.asyncDispose]();
  await shop[Symbol.asyncDispose]();
});

async function runsOf(query: string): Promise<readonly { readonly id: string; readonly status: string }[]> {
  return ((await shop.ask("GET", `/runs?${query}`)).body as { items: { id: string; status: string }[] }).items;
}

async function haveRuns(functionId: string, status: string, count: number): Promise<void> {
  await until(
    `${count} runs of ${functionId} are ${status}`,
    async () => (await runsOf(`function=${functionId}&status=${status}&limit=500`)).length >= count,
  );
}

test("a run appears in the list as it happens, without anything being pressed", async () => {
  await using tab = await chromium.open({ url: `${shop.url}/runs` });
  await tab.page.getByRole("heading", { name: "No runs yet" }).waitFor();
  await shop.app.send({ name: "parcel/ordered", data: { to: "Elm", weight: 2 } });
  const row = tab.page.getByRole("row", { name: /completed deliver parcel\/ordered/ });
  await row.waitFor();
  await tab.screenshot("runs-live");
  expect(await row.count()).toBe(1);
  tab.expectNoWrongs();
});

test("filters stand in the address: a reload, and the way back from a run, show the same", async () => {
  await shop.app.send(["nowhere", "Ash"].map((to) => ({ name: "parcel/ordered", data: { to, weight: 2 } })));
  await haveRuns("deliver", "failed", 1);
  await using tab = await chromium.open({ url: `${shop.url}/runs` });
  const { page } = tab;
  await page
    .getByRole("row", { name: /completed deliver/ })
    .first()
    .waitFor();
  await page.getByRole("button", { name: /^failed/ }).click();
  await page.getByLabel("Function").selectOption("deliver");
  await page.getByLabel("Search").fill("no address");
  await page.waitForURL(/search=no\+address/);
  expect(Object.fromEntries(new URL(page.url()).searchParams)).toEqual({ status: "failed", function: "deliver", search: "no address" });
  const rows = page.getByRole("row", { name: /deliver/ });
  const expectTheFailedOne = async (): Promise<void> => {
    await page.getByRole("row", { name: /failed deliver .*there is no address/ }).waitFor();
    expect(await rows.count()).toBe(1);
  };
  await expectTheFailedOne();
  await page.reload();
  await expectTheFailedOne();
  expect(await page.getByLabel("Search").inputValue()).toBe("no address");
  expect(await page.getByRole("button", { name: /^failed/ }).getAttribute("aria-pressed")).toBe("true");
  await rows.first().click();
  await page.getByRole("heading", { name: "deliver", level: 1 }).waitFor();
  await page.goBack();
  await expectTheFailedOne();
  // What nothing matches says so, and how to get out of it.
  await page.getByLabel("Search").fill("zzz");
  await page.getByRole("button", { name: "Show all runs" }).click();
  await page
    .getByRole("row", { name: /completed deliver/ })
    .first()
    .waitFor();
  tab.expectNoWrongs();
});

test("of a long list only what is near the screen is in the page; older runs come as one scrolls", async () => {
  await shop.app.send(Array.from({ length: MANY }, (_, at) => ({ name: "parcel/packed", data: { to: `p${at}` } })));
  await haveRuns("print-label", "completed", MANY);
  await using tab = await chromium.open({ url: `${shop.url}/runs?function=print-label` });
  const { page } = tab;
  const grid = page.getByRole("grid", { name: "Runs" });
  const rowCount = async (): Promise<number> => Number(await grid.getAttribute("aria-rowcount"));
  await grid.waitFor();
  expect(await rowCount()).toBe(101);
  expect(await grid.getByRole("row").count()).toBeLessThan(70);
  await until("all of them are in the list", async () => {
    await page.evaluate("scrollTo(0, document.documentElement.scrollHeight)");
    return (await rowCount()) > MANY;
  });
  expect(await grid.getByRole("row").count()).toBeLessThan(70);
  tab.expectNoWrongs();
});

test("by keyboard alone: search, walk the rows, open a run, go elsewhere, ask which keys there are", async () => {
  await using tab = await chromium.open({ url: `${shop.url}/runs` });
  const { page } = tab;
  const focused = (): Promise<string> =>
    page.evaluate<string>("document.activeElement.textContent || document.activeElement.ariaLabel || document.activeElement.tagName");
  await page
    .getByRole("row", { name: /completed/ })
    .first()
    .waitFor();
  await page.keyboard.press("Tab");
  expect(await focused()).toBe("Skip to the page");
  await page.keyboard.press("Enter");
  await page.keyboard.press("/");
  await page.keyboard.type("nowhere");
  await page.waitForURL(/search=nowhere/);
  await page.getByRole("row", { name: /failed deliver/ }).waitFor();
  await page.keyboard.press("Control+a");
  await page.keyboard.press("Delete");
  await page.waitForURL((url) => !url.search.includes("nowhere"));
  await page
    .getByRole("row", { name: /completed print-label/ })
    .first()
    .waitFor();
  const isInRow = (): Promise<boolean> => page.evaluate<boolean>("document.activeElement.role === 'row'");
  for (let presses = 0; presses < 30 && !(await isInRow()); presses += 1) await page.keyboard.press("Tab");
  const first = await page.evaluate<string>("document.activeElement.dataset.index");
  await page.keyboard.press("End");
  await until(
    "the last row that there is has the focus",
    async () => Number(await page.evaluate("document.activeElement.dataset.index")) >= 99,
  );
  await page.keyboard.press("Home");
  await page.keyboard.press("ArrowDown");
  await until("the second row has the focus", async () => (await page.evaluate<string>("document.activeElement.dataset.index")) === "1");
  expect(first).toBe("0");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "print-label", level: 1 }).waitFor();
  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
  await page.keyboard.press("Escape");
  await page.keyboard.press("g");
  await page.keyboard.press("o");
  await page.getByRole("heading", { name: "Overview" }).waitFor();
  tab.expectNoWrongs();
});

test("all runs that match are cancelled by one command, whose number was shown before", async () => {
  await shop.app.send(["Ash", "Birch", "Cedar"].map((to) => ({ name: "parcel/to.sign", data: { to } })));
  await haveRuns("await-signature", "running", 3);
  await using tab = await chromium.open({ url: `${shop.url}/runs?function=await-signature&status=running` });
  const { page } = tab;
  await page
    .getByRole("row", { name: /running await-signature/ })
    .first()
    .waitFor();
  await page.getByRole("button", { name: "Do something with all that match…" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("3 runs.").waitFor();
  await tab.screenshot("runs-bulk");
  await tab.expectAccessible();
  await dialog.getByRole("button", { name: "Cancel 3 runs" }).click();
  await haveRuns("await-signature", "cancelled", 3);
  await page.getByText("No run is like that").waitFor();
  tab.expectNoWrongs();
});
