// A server that wants a token: the page asks for it, and shows what it allows.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock } from "../../../engine/core/clock.ts";
import { silentLogger } from "../../../engine/observability/logger.ts";
import type { Scope } from "../../../server/contract/words.ts";
import { hashOfToken, makeToken } from "../../../server/tokens/secret.ts";
import { changeTokens } from "../../../server/tokens/token-file.ts";
import { WatchedTokens } from "../../../server/tokens/watched-tokens.ts";
import { Chromium } from "../../support/web/browser.ts";
import { serveParcels } from "../../support/web/parcels.ts";
import type { ServedShop } from "../../support/server/served-shop.ts";

let chromium: Chromium;
let shop: ServedShop;
let directory = "";
const tokens = { operator: makeToken(), reader: makeToken() };

beforeAll(async () => {
  directory = mkdtempSync(path.join(tmpdir(), "millrace-log-in-"));
  await give("operator", ["read", "payloads", "operate"]);
  await give("reader", ["read"]);
  const access = { kind: "tokens", tokens: new WatchedTokens(file(), { clock: systemClock, logger: silentLogger }) } as const;
  [chromium, shop] = await Promise.all([Chromium.start(), serveParcels({ options: { mode: "start", access } })]);
  await shop.app.send({ name: "parcel/ordered", data: { to: "nowhere", weight: 1 } });
});
afterAll(async () => {
  await chromium[Symbol.asyncDispose]();
  await shop[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true, force: true });
});

const file = (): string => path.join(directory, "tokens.json");

async function give(name: keyof typeof tokens, scopes: readonly Scope[]): Promise<void> {
  const entry = { name, scopes: [...scopes], sha256: hashOfToken(tokens[name]), createdAt: new Date(0).toISOString() };
  await changeTokens(file(), (others) => [...others, entry]);
}

test("whoever has no token is asked for one, told when it is wrong, and comes to the page that was asked for", async () => {
  await using tab = await chromium.open({ url: `${shop.url}/runs?status=failed` });
  const { page } = tab;
  await page.getByText("This server wants a token").waitFor();
  await tab.screenshot("log-in");
  await tab.expectAccessible();
  await page.getByLabel("Token").fill("mr_wrong");
  await page.keyboard.press("Enter");
  await page.getByRole("alert").getByText(/token/i).waitFor();
  await page.getByLabel("Token").fill(tokens.operator);
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByRole("row", { name: /failed deliver/ }).click();
  await page.getByRole("button", { name: "Re-run", exact: true }).waitFor();
  await page.getByText("there is no address for nowhere").first().waitFor();
  // Live, too, which EventSource could not be with a token.
  await page.getByText("Live", { exact: true }).filter({ visible: true }).waitFor();
  await page.reload();
  await page.getByRole("button", { name: "Re-run", exact: true }).waitFor();
  await page.getByRole("button", { name: "Log out operator" }).click();
  await page.getByText("This server wants a token").waitFor();
  expect(await page.evaluate<string | null>("sessionStorage.getItem('millrace.token')")).toBeNull();
  tab.expectNoWrongs();
});

test("a token that may only read sees neither payloads nor buttons that it may not press", async () => {
  await using tab = await chromium.open({ url: `${shop.url}/runs?status=failed` });
  const { page } = tab;
  await page.getByLabel("Token").fill(tokens.reader);
  await page.keyboard.press("Enter");
  await page.getByRole("row", { name: /failed deliver/ }).click();
  await page.getByText("hidden from this token").first().waitFor();
  expect(await page.getByRole("button", { name: /Re-run|Cancel|Release/ }).count()).toBe(0);
  expect(await page.getByText("nowhere").count()).toBe(0);
  tab.expectNoWrongs();
});

test("who logs out is logged out in all tabs of the browser, and nothing of what was seen stays", async () => {
  await using tab = await chromium.open({ url: `${shop.url}/runs?status=failed` });
  const { page } = tab;
  await page.getByLabel("Token").fill(tokens.operator);
  await page.keyboard.press("Enter");
  await page.getByRole("row", { name: /failed deliver/ }).waitFor();
  // A tab that was opened from this one begins with its token.
  const [other] = await Promise.all([page.context().waitForEvent("page"), page.evaluate("void open(location.href)")]);
  await other.getByRole("row", { name: /failed deliver/ }).waitFor();
  await page.getByRole("button", { name: "Log out operator" }).click();
  await other.getByText("You logged out in another tab.").waitFor();
  for (const each of [page, other]) {
    await each.getByLabel("Token").waitFor();
    expect(await each.getByText("deliver").count()).toBe(0);
    expect(await each.evaluate<number>("sessionStorage.length + localStorage.length")).toBe(0);
    expect(each.url()).not.toContain("mr_");
  }
});
