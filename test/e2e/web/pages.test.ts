// Pages other than those of runs, looked at with and without something on them.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Chromium, type Tab } from "../../support/web/browser.ts";
import { order, sendUnreadable, serveWorkshop, type Workshop } from "../../support/web/workshop.ts";

let chromium: Chromium;
let workshop: Workshop;
let empty: Workshop;

beforeAll(async () => {
  [chromium, workshop, empty] = await Promise.all([Chromium.start(), serveWorkshop(), serveWorkshop()]);
  await workshop.app.send([1, 2, 3].map((number) => ({ name: "order/placed", data: order(number), key: `order-${number}` })));
  await workshop.app.send({ name: "glass/dropped", data: {} });
  await sendUnreadable(workshop.log);
});
afterAll(async () => {
  await chromium?.[Symbol.asyncDispose]();
  await workshop?.[Symbol.asyncDispose]();
  await empty?.[Symbol.asyncDispose]();
});

/** Where each page is, and what tells that it is all there. */
const PAGES = [
  { at: "/events", shows: "order/placed" },
  { at: "/send", shows: "Key, subject, id and time" },
  { at: "/functions", shows: "invoice" },
  { at: "/functions/ship", shows: "Executes at most 2 steps at once for each event.data.order." },
  { at: "/consumers", shows: "customers" },
  { at: "/dead-letters", shows: "EVENT_CONTENT_TYPE" },
  { at: "/replays", shows: "Start the dry run" },
  { at: "/partitions", shows: "running" },
  { at: "/audit", shows: "Whatever people did" },
] as const;

describe.each(PAGES)("$at", ({ at, shows }) => {
  test.each(["light", "dark"] as const)("is accessible with something on it, %s", async (theme) => {
    await using tab = await chromium.open({ url: `${workshop.url}${at}`, theme });
    await shown(tab, shows);
    await tab.screenshot(`page${at.replaceAll("/", "-")}-${theme}`);
    await tab.expectAccessible();
    tab.expectNoWrongs();
  });

  test("fits a phone", async () => {
    await using tab = await chromium.open({ url: `${workshop.url}${at}`, isPhone: true });
    await shown(tab, shows);
    await tab.screenshot(`phone${at.replaceAll("/", "-")}`);
    await tab.expectNoSidewaysScroll();
    await tab.expectAccessible();
    tab.expectNoWrongs();
  });

  test("is accessible with nothing on it", async () => {
    await using tab = await chromium.open({ url: `${empty.url}${at}` });
    await tab.page.getByRole("heading", { level: 1 }).waitFor();
    await expect.poll(() => tab.page.getByRole("status", { name: /^Loading/ }).count()).toBe(0);
    await tab.expectAccessible();
    tab.expectNoWrongs();
  });
});

/** Options of a list to choose from hold the same texts, and are not seen. */
async function shown(tab: Tab, text: string): Promise<void> {
  await tab.page.getByText(text).filter({ visible: true }).first().waitFor();
}
