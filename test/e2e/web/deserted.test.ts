// All workers are gone, and only the server is left: the dashboard does not say that all is well.
import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../../support/faults/until.ts";
import { Chromium } from "../../support/web/browser.ts";
import { Deserted } from "../../support/web/deserted.ts";

const MANY = 10_050;
let chromium: Chromium;
let deserted: Deserted;

beforeAll(async () => {
  [chromium, deserted] = await Promise.all([Chromium.start(), Deserted.start()]);
});
afterAll(async () => {
  await chromium?.[Symbol.asyncDispose]();
  await deserted?.[Symbol.asyncDispose]();
});

test("that no worker is alive, and how far the app is behind, stands on the overview, at each partition and at the run; when one comes, it is well again", async () => {
  const { shop, sender } = deserted;
  await sender.send({ name: "parcel/to.sign", data: { to: "Elm" } });
  const waits = async (): Promise<string | null> => {
    const { items } = (await shop.ask("GET", "/runs?status=running")).body as { items: { id: string }[] };
    return items[0]?.id ?? null;
  };
  const run = await until("it waits", waits);
  await using tab = await chromium.open({ url: `${shop.url}/`, isPhone: true });
  const { page } = tab;
  await page.getByText("Nothing needs you").waitFor();
  await deserted.stopWorker();
  await page.getByRole("link", { name: /^No worker is alive/ }).waitFor({ timeout: 40_000 });
  expect(await page.getByText("Nothing needs you").count()).toBe(0);
  await sender.send(Array.from({ length: MANY }, (_, at) => ({ name: "parcel/nowhere", data: { at } })));
  await page.getByRole("link", { name: /^The app is 10,\d+ events behind/ }).waitFor();
  await tab.expectAccessible();
  await tab.expectNoSidewaysScroll();
  await tab.screenshot("deserted");

  await page.getByRole("link", { name: /^No worker is alive/ }).focus();
  await page.keyboard.press("Enter");
  await expect.poll(() => page.getByText("its owner is not alive").count()).toBe(2);
  await tab.expectAccessible();
  await tab.expectNoSidewaysScroll();
  await tab.goTo(`/runs/${run}`);
  await page.getByRole("region", { name: "Why it is not moving" }).getByText("no worker of the app is running").waitFor();

  await deserted.startWorker();
  await tab.goTo("/");
  await page.getByText("Nothing needs you").waitFor({ timeout: 40_000 });
  tab.expectNoWrongs();
}, 120_000);

test("what nobody decides can be stopped, once that was confirmed", async () => {
  await deserted.stopWorker();
  await using tab = await chromium.open({ url: `${deserted.shop.url}/replays` });
  const { page } = tab;
  await page.getByLabel("Function to back-fill").selectOption("weigh");
  await page.getByRole("button", { name: "Start the back-fill…" }).click();
  await page.getByRole("dialog", { name: "Back-fill weigh?" }).getByRole("button", { name: "Start" }).click();
  const operation = page.getByRole("region", { name: /weigh/ });
  await operation.getByRole("progressbar").waitFor();
  await tab.expectAccessible();
  await operation.getByRole("button", { name: "Stop" }).click();
  await page.getByRole("dialog", { name: "Stop this?" }).getByRole("button", { name: "Stop" }).click();
  await operation.getByText("stopped", { exact: true }).waitFor();
  await tab.screenshot("operation-stopped");
  tab.expectNoWrongs();
});
