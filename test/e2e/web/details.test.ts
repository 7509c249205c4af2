// Pages of single things, and dialogs, on a phone and in the dark.
import { afterAll, beforeAll, expect, test } from "vitest";
import { Chromium } from "../../support/web/browser.ts";
import { order, sendUnreadable, serveWorkshop, type Workshop } from "../../support/web/workshop.ts";

let chromium: Chromium;
let workshop: Workshop;

beforeAll(async () => {
  [chromium, workshop] = await Promise.all([Chromium.start(), serveWorkshop()]);
  await workshop.app.send({ name: "order/placed", data: order(1), key: `order-1-${"very-long-".repeat(30)}` });
  await sendUnreadable(workshop.log, `<${"long-".repeat(2_000)}/>`);
});
afterAll(async () => {
  await chromium?.[Symbol.asyncDispose]();
  await workshop?.[Symbol.asyncDispose]();
});

test("an event", async () => {
  await using tab = await chromium.open({ url: `${workshop.url}/events`, isPhone: true, theme: "dark" });
  await tab.page.getByRole("link", { name: "order/placed" }).click();
  await tab.page.getByText("completed").first().waitFor();
  await tab.screenshot("phone-event");
  await tab.expectNoSidewaysScroll();
  await tab.expectAccessible();
  tab.expectNoWrongs();
});

test("a dead letter, and the question before it is retried", async () => {
  await using tab = await chromium.open({ url: `${workshop.url}/dead-letters?kind=input`, isPhone: true, theme: "dark" });
  const { page } = tab;
  await page.getByRole("link", { name: "EVENT_CONTENT_TYPE" }).click();
  await page.getByText("A retry", { exact: true }).waitFor();
  await tab.expectNoSidewaysScroll();
  await tab.expectAccessible();
  await page.getByRole("button", { name: "Retry" }).click();
  await page.getByRole("dialog", { name: "Retry 1 dead letter?" }).waitFor();
  await tab.screenshot("phone-retry");
  await tab.expectNoSidewaysScroll();
  await tab.expectAccessible();
  tab.expectNoWrongs();
});

test("the form with everything that it can have", async () => {
  await using tab = await chromium.open({ url: `${workshop.url}/send?name=order%2Fplaced`, isPhone: true, theme: "dark" });
  const { page } = tab;
  await page.getByRole("button", { name: "Empty it" }).click();
  for (const name of ["gift", "coupon", "lines", "labels", "paidBy"]) await page.getByRole("button", { name: `Set: ${name}` }).click();
  for (const name of ["lines", "labels"]) await page.getByRole("button", { name: `Add to ${name}` }).click();
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await page.getByText(/places do not fit/).waitFor();
  await tab.expectNoSidewaysScroll();
  await tab.expectAccessible();
  await tab.screenshot("phone-form");
  await page.getByLabel("paidBy", { exact: true }).selectOption("Transfer");
  await page.getByLabel("iban").fill("AT61");
  await page.getByLabel("paidBy", { exact: true }).selectOption("nothing");
  await page.getByLabel("paidBy", { exact: true }).selectOption("Transfer");
  expect(await page.getByLabel("iban").inputValue()).toBe("AT61");
  await page.getByRole("button", { name: "Use default: paidBy" }).click();
  await page.getByRole("button", { name: "Set: paidBy" }).waitFor();
  tab.expectNoWrongs();
});

test("what is not there says so, and leads back", async () => {
  await using tab = await chromium.open({ url: `${workshop.url}/functions/nobody` });
  const { page } = tab;
  for (const [at, back] of [
    ["/functions/nobody", "Functions"],
    ["/events/shop.events%2F0%2F999", "Events"],
    ["/dead-letters/shop.dead-letter%3A0%3A999", "Dead letters"],
    ["/replays/none", "Replays"],
  ] as const) {
    await tab.goTo(at);
    await page.getByRole("heading", { name: "Not found" }).waitFor();
    await page.getByRole("navigation", { name: "Breadcrumbs" }).getByRole("link", { name: back }).waitFor();
    await tab.expectAccessible();
  }
  tab.expectNoWrongs();
});
