// Who may only read sees what there is without payloads, and is offered nothing that would be refused.
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Tokens } from "../../../server/tokens/watched-tokens.ts";
import { Chromium } from "../../support/web/browser.ts";
import { order, sendUnreadable, serveWorkshop, type Workshop } from "../../support/web/workshop.ts";

let chromium: Chromium;
let workshop: Workshop;

const TOKEN = "mr_only-to-read";
const tokens: Tokens = {
  verify: (token) =>
    token === TOKEN ? { kind: "known", bearer: { name: "night-watch", scopes: ["read"], perSecond: null } } : { kind: "unknown" },
};

beforeAll(async () => {
  [chromium, workshop] = await Promise.all([Chromium.start(), serveWorkshop({ mode: "start", access: { kind: "tokens", tokens } })]);
  await workshop.app.send({ name: "order/placed", data: order(1), key: "order-1" });
  await sendUnreadable(workshop.log, "for nobody's eyes");
});
afterAll(async () => {
  await chromium?.[Symbol.asyncDispose]();
  await workshop?.[Symbol.asyncDispose]();
});

test("no page offers to do anything, and none shows a payload", async () => {
  await using tab = await chromium.open({ url: `${workshop.url}/functions/ship` });
  const { page } = tab;
  await page.getByLabel(/^Token/).fill(TOKEN);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: "ship" }).waitFor();
  await page.getByRole("heading", { name: "What starts it" }).waitFor();
  for (const name of ["Pause", "Dry run", "Resume"]) expect(await page.getByRole("button", { name }).count()).toBe(0);

  await tab.goTo("/dead-letters");
  await page.getByRole("link", { name: "EVENT_CONTENT_TYPE" }).first().waitFor();
  expect(await page.getByRole("checkbox").count()).toBe(0);
  expect(await page.getByRole("button", { name: /Retry|Discard/ }).count()).toBe(0);
  await page.getByRole("link", { name: "EVENT_CONTENT_TYPE" }).first().click();
  await page.getByText("Your token may not see payloads.").waitFor();
  expect(await page.getByText("for nobody's eyes").count()).toBe(0);
  await tab.expectAccessible();

  await tab.goTo("/events");
  await page.getByRole("row", { name: /order\/placed/ }).waitFor();
  expect(await page.getByRole("link", { name: /^Send/ }).count()).toBe(0);
  await page.getByRole("row", { name: /order\/placed/ }).click();
  await page.getByText("Data: your token may not see payloads").waitFor();
  expect(await page.getByRole("link", { name: "Send one like this" }).count()).toBe(0);

  await tab.goTo("/send");
  await page.getByText('it lacks the scope "send"').waitFor();
  expect(await page.getByRole("button", { name: "Send", exact: true }).isDisabled()).toBe(true);

  // Nor do keys lead where it may do nothing.
  await tab.goTo("/events");
  await page.getByRole("heading", { level: 1, name: "Events" }).waitFor();
  await page.keyboard.press("?");
  await page.getByRole("dialog").getByText("Dead letters").waitFor();
  expect(await page.getByRole("dialog").getByText("Send", { exact: true }).count()).toBe(0);
  await page.keyboard.press("Escape");

  await tab.goTo("/partitions");
  await page.getByText("running", { exact: true }).first().waitFor();
  expect(await page.getByRole("button", { name: "Verify" }).count()).toBe(0);
  await tab.goTo("/replays");
  await page.getByText("No dry run was started here yet").waitFor();
  expect(await page.getByRole("button", { name: /Start/ }).count()).toBe(0);
  tab.expectNoWrongs();
});
