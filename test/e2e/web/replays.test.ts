// A dry run of mended code over real runs, from the form to the re-runs; and a back-fill.
import { afterAll, beforeAll, expect, test } from "vitest";
import { Chromium } from "../../support/web/browser.ts";
import { order, serveWorkshop, type Workshop } from "../../support/web/workshop.ts";

let chromium: Chromium;
let workshop: Workshop;

beforeAll(async () => {
  [chromium, workshop] = await Promise.all([Chromium.start(), serveWorkshop()]);
  // Two are taxed otherwise by the code as it is by now.
  const nets = [100_00, 90_00, 500_00, 600_00, 700_00];
  await workshop.app.send(nets.map((net, number) => ({ name: "order/placed", data: order(number, net), key: `order-${number}` })));
});
afterAll(async () => {
  await chromium?.[Symbol.asyncDispose]();
  await workshop?.[Symbol.asyncDispose]();
});

test("a dry run tells which runs would be others and how, and those are re-run", async () => {
  await using tab = await chromium.open({ url: `${workshop.url}/functions/invoice` });
  const { page } = tab;
  await expect.poll(() => page.getByRole("grid", { name: "Latest runs" }).getByText("completed").count()).toBe(5);
  await page.getByRole("link", { name: "Dry run" }).click();
  expect(await page.getByRole("form", { name: "Dry run" }).getByRole("combobox").inputValue()).toBe("invoice");
  await page.getByLabel(/^Where/).fill("event.data.net < 100000");
  await page.getByRole("button", { name: "Start the dry run" }).click();
  await page.getByRole("heading", { level: 1, name: "Dry run of invoice" }).waitFor();
  await page.getByRole("heading", { name: "2 of 5 runs are affected" }).waitFor({ timeout: 40_000 });

  const differences = page.getByRole("article");
  await expect.poll(() => differences.count()).toBe(2);
  const first = differences.first();
  await first.getByText(/"rate": 19/).waitFor();
  await first.getByText(/"rate": 7/).waitFor();
  await tab.expectAccessible();
  await tab.screenshot("replay");
  await page.getByRole("button", { name: /the same/ }).click();
  await page.getByText("Runs that are the same are counted, and not listed.").waitFor();
  await expect.poll(() => new URL(page.url()).searchParams.get("verdict")).toBe("same");
  await page.reload();
  await page.getByText("Runs that are the same are counted, and not listed.").waitFor();

  await page.getByRole("button", { name: "Re-run those affected" }).click();
  const dialog = page.getByRole("dialog", { name: "Re-run 2 runs?" });
  await dialog.getByLabel("Events that the re-runs send").selectOption("none");
  await tab.expectAccessible();
  await dialog.getByRole("button", { name: "Re-run 2" }).click();
  await page.getByText(/2 repeated, 2 of them have begun/).waitFor({ timeout: 40_000 });
  await tab.screenshot("replay-applied");
  await page.getByRole("link", { name: "Runs of invoice" }).click();
  await expect.poll(() => page.getByRole("grid", { name: "Runs" }).getByText("completed").count()).toBe(7);
  tab.expectNoWrongs();
});

test("what a dry run found fits a phone, in the dark", async () => {
  await using tab = await chromium.open({ url: `${workshop.url}/replays`, isPhone: true, theme: "dark" });
  const { page } = tab;
  await page.getByRole("grid", { name: "Dry runs" }).getByRole("link", { name: "invoice" }).click();
  await page.getByRole("article").first().waitFor();
  await tab.screenshot("phone-replay");
  await tab.expectNoSidewaysScroll();
  await tab.expectAccessible();
  tab.expectNoWrongs();
});

test("what is wrong with a dry run is told in the form", async () => {
  await using tab = await chromium.open({ url: `${workshop.url}/replays?function=invoice` });
  const { page } = tab;
  await page.getByLabel(/^Runs that started from/).fill("2026-11-22T12:00:00");
  await page.getByLabel(/^Until/).fill("2026-11-22T11:00:00");
  await page.getByRole("button", { name: "Start the dry run" }).click();
  await page.getByRole("alert").getByText(/until/).waitFor();
  tab.expectNoWrongs();
});

test("a back-fill is asked for, and followed to its end", async () => {
  await using tab = await chromium.open({ url: `${workshop.url}/replays` });
  const { page } = tab;
  await page.getByLabel("Function to back-fill").selectOption("ship");
  await page.getByLabel("Events a second, at most").fill("1000");
  await page.getByRole("button", { name: "Start the back-fill…" }).click();
  const dialog = page.getByRole("dialog", { name: "Back-fill ship?" });
  await tab.expectAccessible();
  await dialog.getByRole("button", { name: "Start" }).click();
  const backfill = page.getByRole("region", { name: /^Back-fill ship/ });
  await backfill.getByText("done", { exact: true }).waitFor({ timeout: 40_000 });
  await backfill.getByText("as fast as it goes").or(backfill.getByText("1,000 a second at most")).waitFor();
  await tab.screenshot("backfill");
  tab.expectNoWrongs();
});
