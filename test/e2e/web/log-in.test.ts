// A server that wants a token: the page asks for it, and shows what it allows.
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock } from "../../../engine/core/clock.ts";
import { silentLogger } from "../../../engine/observability/logger.ts";
import type { Scope } from "../../../server/contract/words.ts";
import { hashOfToken, makeToken } from "../../../server/tokens/secret.ts";
import { changeTokens } from "../../../server/tokens/token-file.ts";
import { WatchedTokens } from "../../../server/tokens/watched-tokens.ts";
import { until } from "../../support/faults/until.ts";
import { Chromium } from "../../support/web/browser.ts";
import { serveParcels } from "../../support/web/parcels.ts";
import type { ServedShop } from "../../support/server/served-shop.ts";

const run = promisify(execFile);
let chromium: Chromium;
let shop: ServedShop;
let directory = "";
const tokens = { operator: makeToken(), reader: makeToken(), producer: makeToken() };

beforeAll(async () => {
  directory = mkdtempSync(path.join(tmpdir(), "millrace-log-in-"));
  await give("operator", ["read", "payloads", "operate"]);
  await give("reader", ["read"]);
  await give("producer", ["send"]);
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
  // As some chats hand it on: no browser could send that.
  await page.getByLabel("Token").fill(`${tokens.operator}\u200B`);
  await page.keyboard.press("Enter");
  await page.getByRole("alert").getByText("This is no token").waitFor();
  await page.getByLabel("Token").fill("mr_wrong");
  await page.keyboard.press("Enter");
  await expect.poll(() => page.getByRole("alert").getByText("This is no token").count()).toBe(0);
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

test("the command that the page names makes a token, and with that one is in", async () => {
  await using tab = await chromium.open({ url: `${shop.url}/` });
  const { page } = tab;
  const [program, ...words] = (await page.locator("pre").innerText()).split(" ");
  expect(program).toBe("millrace");
  // In the folder of the server's file of tokens.
  const { stdout } = await run(process.execPath, [path.resolve(import.meta.dirname, "../../../cli/main.ts"), ...words], { cwd: directory });
  await page.getByLabel("Token").fill(stdout.trim());
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Overview" }).waitFor();
  await page.goto(`${shop.url}/send`);
  await page.getByRole("button", { name: "Send", exact: true }).waitFor();
  expect(await page.getByText("may not").count()).toBe(0);
  tab.expectNoWrongs();
});

test("with a token that may not look one is not stuck: the page says why, and asks for another", async () => {
  await using tab = await chromium.open({ url: `${shop.url}/runs?status=failed`, isPhone: true });
  const { page } = tab;
  await page.getByLabel("Token").fill(tokens.producer);
  await page.keyboard.press("Enter");
  await page.getByRole("alert").getByText('it lacks the scope "read"').waitFor();
  await tab.expectAccessible();
  await tab.expectNoSidewaysScroll();
  // A reload does not go on with it.
  await page.reload();
  await page.getByLabel("Token").fill(tokens.reader);
  await page.keyboard.press("Enter");
  await page.getByRole("row", { name: /failed deliver/ }).waitFor();
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

test("what was typed when the token ended is there again for who logs in with it again, and gone once they log out", async () => {
  await using tab = await chromium.open({ url: `${shop.url}/runs?status=failed` });
  const { page } = tab;
  const logInAs = async (name: keyof typeof tokens): Promise<void> => {
    await page.getByLabel("Token").fill(tokens[name]);
    await page.keyboard.press("Enter");
  };
  const edited = page.getByLabel("Data of parcel/ordered, as JSON");
  await logInAs("operator");
  await page.getByRole("row", { name: /failed deliver/ }).click();
  await page.getByRole("button", { name: "Re-run", exact: true }).click();
  await page.getByRole("button", { name: "Edit Data of parcel/ordered" }).click();
  await edited.fill('{"to": "somewhere", "weight": 2}');
  await changeTokens(file(), (all) => all.filter(({ name }) => name !== "operator"));
  await page.getByText("This server wants a token").waitFor();
  await give("operator", ["read", "payloads", "operate"]);
  // It looks at the file a few times a second.
  const headers = { authorization: `Bearer ${tokens.operator}` };
  await until("the server knows the token again", async () => (await fetch(`${shop.url}/api/v1/app`, { headers })).ok);
  await logInAs("operator");
  await page.getByRole("button", { name: "Re-run", exact: true }).click();
  expect(await edited.inputValue()).toBe('{"to": "somewhere", "weight": 2}');
  // Who logs out takes it along.
  await page.getByRole("button", { name: "Back" }).click();
  await page.getByRole("button", { name: "Log out operator" }).click();
  await logInAs("operator");
  await page.getByRole("button", { name: "Re-run", exact: true }).click();
  expect(await edited.count()).toBe(0);
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
