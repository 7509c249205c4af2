// What goes wrong while somebody looks: lists that break off, answers that are late, servers that fail, and networks that are gone.
import { afterAll, beforeAll, expect, test } from "vitest";
import type { LagList } from "../../../server/contract/functions.ts";
import { until } from "../../support/faults/until.ts";
import { Chromium, type Tab } from "../../support/web/browser.ts";
import { serveParcels } from "../../support/web/parcels.ts";
import type { ServedShop } from "../../support/server/served-shop.ts";

const MANY = 140;
let chromium: Chromium;
let shop: ServedShop;

beforeAll(async () => {
  [chromium, shop] = await Promise.all([Chromium.start(), serveParcels()]);
  await shop.app.send(Array.from({ length: MANY }, (_, at) => ({ name: "parcel/packed", data: { to: `p${at}` } })));
  await until("all labels are printed", async () => {
    const { items } = (await shop.ask("GET", "/runs?function=print-label&status=completed&limit=500")).body as { items: unknown[] };
    return items.length === MANY;
  });
});
afterAll(async () => {
  await chromium[Symbol.asyncDispose]();
  await shop[Symbol.asyncDispose]();
});

const PROBLEM = {
  status: 400,
  contentType: "application/problem+json",
  body: JSON.stringify({ code: "BROKEN", detail: "it is broken today" }),
};

/** That many milliseconds of the browser's time, in which anything may happen. */
async function passes({ page }: Tab, ms: number): Promise<void> {
  await page.evaluate(`new Promise((resolve) => setTimeout(resolve, ${ms}))`);
}

test("where the next page of a list cannot be read it is asked for once, and again when somebody wants it", async () => {
  await using tab = await chromium.open({ url: `${shop.url}/` });
  const { page } = tab;
  let asked = 0;
  let isBroken = true;
  await page.route(/\/api\/v1\/runs\?.*cursor=/, async (route) => {
    asked += 1;
    if (isBroken) await route.fulfill(PROBLEM);
    else await route.continue();
  });
  await tab.goTo("/runs?function=print-label");
  const grid = page.getByRole("grid", { name: "Runs" });
  await grid.waitFor();
  await page.evaluate("scrollTo(0, document.documentElement.scrollHeight)");
  await page.getByText("What comes next could not be read: it is broken today").waitFor();
  await passes(tab, 1_000);
  expect(asked).toBe(1);
  isBroken = false;
  await page.getByRole("button", { name: "Try again" }).click();
  await expect.poll(() => grid.getAttribute("aria-rowcount")).toBe(String(MANY + 1));
  tab.expectNoWrongs();
});

test("what could not be asked for again stays, and is said to be old; once it could, nothing is said any more", async () => {
  await using tab = await chromium.open({ url: `${shop.url}/runs?function=print-label` });
  const { page } = tab;
  await page.getByRole("grid", { name: "Runs" }).waitFor();
  await page.getByText("Live", { exact: true }).filter({ visible: true }).waitFor();
  await page.route(/\/api\/v1\/runs\?/, (route) => route.fulfill(PROBLEM));
  await shop.app.send({ name: "parcel/packed", data: { to: "late" } });
  await page.getByText(/may not be the present: .*it is broken today/).waitFor();
  expect(await page.getByRole("grid", { name: "Runs" }).count()).toBe(1);
  await tab.expectAccessible();
  await page.unroute(/\/api\/v1\/runs\?/);
  await page.getByRole("button", { name: "Try again" }).click();
  await expect.poll(() => page.getByText(/may not be the present/).count()).toBe(0);
  tab.expectNoWrongs();
});

test("of two filters that are chosen quickly, the answer to the last one is shown, whichever comes first", async () => {
  await using tab = await chromium.open({ url: `${shop.url}/runs` });
  const { page } = tab;
  await page
    .getByRole("row", { name: /completed print-label/ })
    .first()
    .waitFor();
  const late = Promise.withResolvers<void>();
  await page.route(/\/api\/v1\/runs\?status=completed/, async (route) => {
    await late.promise;
    await route.continue().catch(() => undefined);
  });
  await page.getByRole("button", { name: /^completed/ }).click();
  await page.getByRole("button", { name: /^completed/ }).click();
  await page.getByRole("button", { name: /^failed/ }).click();
  await page.getByText("No run is like that").waitFor();
  late.resolve();
  await passes(tab, 500);
  await page.getByText("No run is like that").waitFor();
  expect(new URL(page.url()).search).toBe("?status=failed");
  tab.expectNoWrongs();
});

test("without a network a server on the same machine is shown as ever", async () => {
  await using tab = await chromium.open({ url: `${shop.url}/functions` });
  const { page } = tab;
  await page.getByRole("row", { name: /^print-label/ }).waitFor();
  await page.evaluate("dispatchEvent(new Event('offline'))");
  await page.getByRole("link", { name: "Runs", exact: true }).click();
  await page
    .getByRole("row", { name: /completed print-label/ })
    .first()
    .waitFor();
  tab.expectNoWrongs();
});

test("a browser that is told to keep nothing shows everything, too", async () => {
  await using tab = await chromium.open({ url: `${shop.url}/` });
  const { page } = tab;
  await page.addInitScript(`
    for (const storage of ["localStorage", "sessionStorage"])
      Object.defineProperty(window, storage, { get() { throw new DOMException("denied", "SecurityError"); } });
  `);
  await tab.goTo("/runs");
  await page
    .getByRole("row", { name: /completed print-label/ })
    .first()
    .waitFor();
  await page.getByRole("button", { name: /^Theme/ }).click();
  await page.getByRole("button", { name: /^Theme: light/ }).waitFor();
});

test("the focus stays in the page when what had it goes away", async () => {
  await using tab = await chromium.open({ url: `${shop.url}/runs?search=zzz` });
  const { page } = tab;
  await page.getByRole("button", { name: "Show all runs" }).focus();
  await page.keyboard.press("Enter");
  await page
    .getByRole("row", { name: /completed print-label/ })
    .first()
    .waitFor();
  await expect.poll(() => page.evaluate<string>("document.activeElement.id")).toBe("main");
  // A filter that was typed keeps it, so that it can be corrected.
  await tab.goTo("/events");
  const key = page.getByLabel("Key", { exact: true });
  await key.fill("nobody");
  await page.keyboard.press("Enter");
  await page.getByText("No event is like that").waitFor();
  expect(await page.evaluate<string>("document.activeElement.value")).toBe("nobody");
  tab.expectNoWrongs();
});

test("a time is told when it is whole, and not while its year is being typed", async () => {
  await using tab = await chromium.open({ url: `${shop.url}/runs` });
  const { page } = tab;
  await page
    .getByRole("row", { name: /completed print-label/ })
    .first()
    .waitFor();
  const addresses: string[] = [];
  page.on("framenavigated", (frame) => void addresses.push(new URL(frame.url()).search));
  const from = page.getByLabel("From");
  await from.focus();
  // Whichever of day and month comes first, and be it with AM or without.
  await page.keyboard.type("02022026101530A", { delay: 20 });
  await page.keyboard.press("Enter");
  await page.waitForURL(/since=2026-02-02T10%3A15%3A30\.000Z/);
  expect(addresses).toEqual(["?since=2026-02-02T10%3A15%3A30.000Z"]);
  expect(await from.inputValue()).toBe("2026-02-02T10:15:30");
  tab.expectNoWrongs();
});

test("an address that says what cannot be shows what it can", async () => {
  for (const search of [
    "?status=nonsense,completed&since=soon&until=%2B275760-09-13T00%3A00%3A00Z&x=%00",
    "?status=%E0%A4%A",
    `?search=${"a".repeat(5_000)}`,
  ]) {
    await using tab = await chromium.open({ url: `${shop.url}/runs${search}` });
    await tab.page.getByRole("heading", { level: 1, name: "Runs" }).waitFor();
    await tab.page.getByRole("grid", { name: "Runs" }).or(tab.page.getByText("No run is like that")).waitFor();
    tab.expectNoWrongs();
  }
});

test("while runs end by the thousand a page asks a few times a second, and shows the last of them in the end", async () => {
  await using tab = await chromium.open({ url: `${shop.url}/runs` });
  const { page } = tab;
  await page.getByText("Live", { exact: true }).filter({ visible: true }).waitFor();
  let asked = 0;
  page.on("request", () => (asked += 1));
  const began = Date.now();
  let batches = 0;
  // A thousand at the least, however long that takes here.
  while (batches <= 10 || Date.now() - began < 3_000) {
    await shop.app.send(Array.from({ length: 100 }, (_, at) => ({ name: "parcel/packed", data: { to: `storm ${at}` } })));
    batches += 1;
  }
  const seconds = (Date.now() - began) / 1_000;
  // About two: of the list, and of the counts.
  expect(asked / seconds).toBeLessThan(8);
  // Partitions are not equally far: what is sent now is the newest of all once the others have begun.
  await until("all have begun", async () => ((await shop.ask("GET", "/lag")).body as LagList).total === 0);
  await shop.app.send({ name: "parcel/packed", data: { to: "the last" }, key: "the-last" });
  await page.getByRole("row", { name: /completed print-label .*the-last/ }).waitFor();
  tab.expectNoWrongs();
});
