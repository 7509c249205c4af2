// The list of runs, in a real browser against a real engine and server.
import { afterAll, beforeAll, expect, test } from "vitest";
import { Chromium } from "../../support/web/browser.ts";
import { serveParcels } from "../../support/web/parcels.ts";
import type { ServedShop } from "../../support/server/served-shop.ts";

let chromium: Chromium;
let shop: ServedShop;

beforeAll(async () => {
  [chromium, shop] = await Promise.all([Chromium.start(), serveParcels()]);
});
afterAll(async () => {
  await chromium[Symbol.asyncDispose]();
  await shop[Symbol.asyncDispose]();
});

test("a run appears in the list as it happens, without anything being pressed", async () => {
  await using tab = await chromium.open({ url: `${shop.url}/runs` });
  await tab.page.getByRole("heading", { name: "No runs yet" }).waitFor();
  await shop.app.send({ name: "parcel/ordered", data: { to: "Elm", weight: 2 } });
  const row = tab.page.getByRole("row", { name: /completed deliver parcel\/ordered/ });
  await row.waitFor();
  await tab.screenshot("runs");
  tab.expectNoWrongs();
  expect(await row.count()).toBe(1);
});
