// Dead letters of real bad inputs: found, looked at, retried and discarded, one, some and all.
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Page } from "playwright-core";
import { deferred } from "../../support/deferred.ts";
import { Chromium } from "../../support/web/browser.ts";
import { order, sendUnreadable, serveWorkshop, type Workshop } from "../../support/web/workshop.ts";

let chromium: Chromium;
let workshop: Workshop;

const HOSTILE = "<script>alert(1)</script>";

beforeAll(async () => {
  [chromium, workshop] = await Promise.all([Chromium.start(), serveWorkshop()]);
  // Each is a dead letter of the app and one of its consumer.
  await sendUnreadable(workshop.log, HOSTILE);
  await sendUnreadable(workshop.log);
  await sendUnreadable(workshop.log);
  await workshop.app.send({ name: "order/placed", data: order(1, -5), key: "order-1" });
});
afterAll(async () => {
  await chromium?.[Symbol.asyncDispose]();
  await workshop?.[Symbol.asyncDispose]();
});

test("filters stand in the address, survive a reload, and narrow the list down", async () => {
  await using tab = await chromium.open({ url: `${workshop.url}/dead-letters` });
  const { page } = tab;
  const rows = page.getByRole("grid", { name: "Dead letters" }).getByRole("row");
  await expect.poll(() => rows.count()).toBe(1 + 7);
  await page.getByRole("button", { name: "event of a consumer" }).click();
  await expect.poll(() => rows.count()).toBe(1 + 4);
  await page.getByLabel("Code").fill("CONSUMER_HANDLER_FAILED");
  await page.keyboard.press("Enter");
  await expect.poll(() => new URL(page.url()).searchParams.get("code")).toBe("CONSUMER_HANDLER_FAILED");
  await page.reload();
  await page.getByRole("heading", { name: "No dead letter is like that" }).or(rows.nth(1)).waitFor();
  expect(await page.getByLabel("Code").inputValue()).toBe("CONSUMER_HANDLER_FAILED");
  expect(await page.getByRole("button", { name: "event of a consumer" }).getAttribute("aria-pressed")).toBe("true");
  tab.expectNoWrongs();
});

test("one is looked at, with why it is there and what a retry would do, and discarded after a question", async () => {
  await using tab = await chromium.open({ url: `${workshop.url}/dead-letters?kind=input` });
  const { page } = tab;
  const rows = page.getByRole("grid", { name: "Dead letters" }).getByRole("row");
  await expect.poll(() => rows.count()).toBe(1 + 3);
  await rows.last().click();
  await page.getByText("text/xml").first().waitFor();
  await page.getByText(HOSTILE).waitFor();
  await page.getByText("A retry", { exact: true }).waitFor();
  await tab.expectAccessible();
  await tab.screenshot("dead-letter");
  await page.getByRole("button", { name: "Discard" }).click();
  const dialog = page.getByRole("dialog", { name: "Discard 1 dead letter?" });
  await tab.expectAccessible();
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Discard" }).click();
  await dialog.getByRole("button", { name: "Discard" }).click();
  await page.getByText("discarded", { exact: true }).first().waitFor();
  expect(await page.getByRole("button", { name: "Retry" }).count()).toBe(0);
  await page.getByRole("link", { name: "what was done about it" }).click();
  await page.getByRole("row", { name: /dead-letter.discard/ }).waitFor();
  tab.expectNoWrongs();
});

test("by keyboard alone: rows are gone through, selected, and retried", async () => {
  await using tab = await chromium.open({ url: `${workshop.url}/dead-letters?kind=input` });
  const { page } = tab;
  const rows = page.getByRole("grid", { name: "Dead letters" }).getByRole("row");
  await expect.poll(() => rows.count()).toBe(1 + 2);
  await rows.nth(1).focus();
  await page.keyboard.press("Space");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Space");
  await page.getByRole("button", { name: "Retry selected (2)" }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("dialog", { name: "Retry 2 dead letters?" }).waitFor();
  await page.getByRole("button", { name: "Retry", exact: true }).focus();
  await page.keyboard.press("Enter");
  await page.getByText("2 dead letters retried").waitFor();
  await page.getByRole("button", { name: "retried", exact: true }).click();
  await expect.poll(() => rows.count()).toBe(1 + 2);
  // They are as bad as they were: each is a dead letter again.
  await page.getByRole("button", { name: "open", exact: true }).click();
  await expect.poll(() => rows.count()).toBe(1 + 2);
  tab.expectNoWrongs();
});

test("who leaves while some are worked off stops it: what is not begun stays as it was", async () => {
  for (let count = 0; count < 3; count += 1) await sendUnreadable(workshop.log);
  await using tab = await chromium.open({ url: `${workshop.url}/dead-letters?kind=input` });
  const { page } = tab;
  const rows = page.getByRole("grid", { name: "Dead letters" }).getByRole("row");
  await expect.poll(() => rows.count()).toBe(1 + 5);
  const asked = await heldRequests(page, "**/dead-letters/*/discard");
  await page.getByLabel("Select all that are shown").check();
  await page.getByRole("button", { name: "Discard selected (5)" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Discard" }).click();
  await asked.next();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  asked.letAllGo();
  await page.getByText("1 dead letter discarded, the other 4 left as they are").waitFor();
  expect(asked.count()).toBe(1);
  await expect.poll(() => rows.count()).toBe(1 + 4);
  tab.expectNoWrongs();
});

test("those that could not be acted on, and they alone, are tried again", async () => {
  await using tab = await chromium.open({ url: `${workshop.url}/dead-letters?kind=input` });
  const { page } = tab;
  const rows = page.getByRole("grid", { name: "Dead letters" }).getByRole("row");
  await expect.poll(() => rows.count()).toBe(1 + 4);
  await rows.nth(2).getByRole("link").click();
  await page.getByText("A retry", { exact: true }).waitFor();
  const another = decodeURIComponent(new URL(page.url()).pathname.replace("/dead-letters/", ""));
  await page.goBack();
  const asked = await heldRequests(page, "**/dead-letters/*/discard");
  await page.getByLabel("Select all that are shown").check();
  await page.getByRole("button", { name: "Discard selected (4)" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Discard" }).click();
  await asked.next();
  // Meanwhile somebody else discards one of them.
  const answer = await fetch(`${workshop.url}/api/v1/dead-letters/${encodeURIComponent(another)}/discard`, { method: "POST" });
  expect(answer.ok).toBe(true);
  asked.letAllGo();
  const dialog = page.getByRole("dialog", { name: "Discard 1 dead letter?" });
  await dialog.getByRole("alert").getByText("1 dead letter could not be discarded, 3 were.").waitFor();
  await tab.expectAccessible();
  expect(asked.count()).toBe(4);
  await dialog.getByRole("button", { name: "Discard" }).click();
  await dialog.getByRole("alert").getByText("1 dead letter could not be discarded. ").waitFor();
  expect(asked.count()).toBe(5);
  tab.expectNoWrongs();
});

test("all that a filter finds are discarded, after it was told how many they are", async () => {
  await using tab = await chromium.open({ url: `${workshop.url}/dead-letters?kind=handling` });
  const { page } = tab;
  const rows = page.getByRole("grid", { name: "Dead letters" }).getByRole("row");
  await rows.nth(1).waitFor();
  await page.getByRole("button", { name: "Discard all of this filter…" }).click();
  const dialog = page.getByRole("dialog", { name: /Discard all/ });
  await dialog.getByText(/It is about \d+ dead letters\./).waitFor();
  await tab.expectAccessible();
  await tab.screenshot("dead-letters-all");
  // Another comes while somebody reads: then it is another number that has to be confirmed.
  const before = await dialog.getByRole("button", { name: /^Discard \d+$/ }).textContent();
  const count = Number(/\d+/.exec(before ?? "")?.[0]);
  await sendUnreadable(workshop.log);
  await expect.poll(() => rows.count()).toBe(1 + count + 1);
  await dialog.getByRole("button", { name: `Discard ${count}` }).click();
  await dialog
    .getByRole("alert")
    .getByText(`${count + 1} dead letters are meant now`)
    .waitFor();
  await dialog.getByRole("button", { name: `Discard ${count + 1}` }).click();
  await page
    .getByText(/\d+ discarded/)
    .first()
    .waitFor();
  await page.getByRole("heading", { name: /is set aside|is like that/ }).waitFor();
  tab.expectNoWrongs();
});

/** Requests that are kept from the server until they are let go. */
async function heldRequests(page: Page, pattern: string): Promise<{ next(): Promise<void>; letAllGo(): void; count(): number }> {
  const [came, gone] = [deferred<void>(), deferred<void>()];
  let count = 0;
  await page.route(pattern, async (route) => {
    count += 1;
    came.resolve();
    await gone.promise;
    await route.continue();
  });
  return { next: () => came.promise, letAllGo: () => gone.resolve(), count: () => count };
}
