// The page of a run, in a real browser against a real engine and server.
import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../../support/faults/until.ts";
import { Chromium, type Tab } from "../../support/web/browser.ts";
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

interface Run {
  readonly id: string;
  readonly event: { readonly id: string } | null;
  readonly status: string;
  readonly output: string | null;
  readonly rerunOf: string | null;
}

/** Sends the event and waits until its run of that function has that status. */
async function runOf(functionId: string, name: string, data: object, status: string): Promise<string> {
  const { ids } = await shop.app.send({ name, data });
  const look = async (): Promise<string | null> => {
    const { items } = (await shop.ask("GET", `/runs?function=${functionId}&status=${status}`)).body as { items: Run[] };
    return items.find(({ event }) => event?.id === ids[0])?.id ?? null;
  };
  return until(`the run of ${functionId} is ${status}`, look, { timeoutMs: 20_000 });
}

async function shown(id: string): Promise<Run> {
  return (await shop.ask("GET", `/runs/${id}`)).body as Run;
}

async function openRun(id: string, search = ""): Promise<Tab> {
  const tab = await chromium.open({ url: `${shop.url}/runs/${id}${search}` });
  await tab.page.getByRole("heading", { level: 1 }).waitFor();
  return tab;
}

test("a run that failed says why, with the stack, what it was given, and at which step", async () => {
  const id = await runOf("deliver", "parcel/ordered", { to: "nowhere", weight: 7 }, "failed");
  await using tab = await openRun(id);
  const { page } = tab;
  await page.getByText("there is no address for nowhere").first().waitFor();
  await page.getByRole("button", { name: "Stack" }).first().click();
  await page
    .getByText(/\bat .+:\d+:\d+/)
    .first()
    .waitFor();
  await page.getByRole("region", { name: "Input: parcel/ordered" }).getByText("weight").waitFor();
  await page.getByRole("button", { name: /find the address/ }).click();
  await page.getByRole("region", { name: "Details" }).getByText("1 failed attempt").waitFor();
  await expect.poll(() => new URL(page.url()).searchParams.get("step")).toBe("find the address#0");
  await tab.screenshot("run-failed");
  tab.expectNoWrongs();
});

test("attempts that failed before one was good are on the timeline, with when each was tried again", async () => {
  const id = await runOf("deliver", "parcel/ordered", { to: "far away", weight: 1 }, "completed");
  await using tab = await openRun(id, "?step=find+the+address%230");
  await tab.page.getByText(/Attempt 1 failed .*tried again/).waitFor();
  const lanes = tab.page.getByRole("region", { name: "Timeline" }).getByRole("button");
  expect((await lanes.allTextContents()).map((text) => text.replace(/(attempt|completed|slept).*/, ""))).toEqual([
    "Run",
    "find the address",
    "weigh it",
    "let the ink dry",
    "tell",
  ]);
  // By arrows, too.
  await lanes.first().focus();
  await tab.page.keyboard.press("ArrowDown");
  await tab.page.keyboard.press("ArrowDown");
  await tab.page.keyboard.press("Enter");
  await tab.page.getByRole("region", { name: "Details" }).getByRole("heading", { name: "weigh it" }).waitFor();
  await tab.screenshot("run-completed");
  tab.expectNoWrongs();
});

test("a run that waits says for what, and goes on before one's eyes when it comes", async () => {
  const id = await runOf("await-signature", "parcel/to.sign", { to: "Oak" }, "running");
  await using tab = await openRun(id);
  await tab.page
    .getByRole("region", { name: "Why it is not moving" })
    .getByText(/parcel\/signed/)
    .first()
    .waitFor();
  await tab.screenshot("run-waiting");
  await shop.app.send({ name: "parcel/signed", data: { to: "Oak" } });
  await tab.page.getByRole("main").getByText("completed", { exact: true }).first().waitFor();
  await tab.page.getByRole("region", { name: "Output" }).getByText("isSigned").waitFor();
  tab.expectNoWrongs();
});

test("what a run came of and what it caused is a drawing of links, which a keyboard can follow, and a list", async () => {
  const id = await runOf("deliver", "parcel/ordered", { to: "Fir", weight: 1 }, "completed");
  await until("its label is printed", async () => {
    const { nodes } = (await shop.ask("GET", `/runs/${id}/lineage`)).body as { nodes: { label: string; status: string }[] };
    return nodes.some(({ label, status }) => label === "print-label" && status === "completed");
  });
  await using tab = await openRun(id, "?view=graph");
  const { page } = tab;
  const drawing = page.getByRole("group", { name: /Drawing/ });
  await expect.poll(() => drawing.getByRole("link").count()).toBe(5);
  await page.getByText("As a list").click();
  await page.getByRole("listitem").filter({ hasText: "sent parcel/packed" }).waitFor();
  await tab.screenshot("run-graph");
  await drawing.getByRole("link", { name: /print-label/ }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "print-label", level: 1 }).waitFor();
  tab.expectNoWrongs();
});

test("a run is cancelled only when that was confirmed, and the reason is in the audit", async () => {
  const id = await runOf("await-signature", "parcel/to.sign", { to: "Pine" }, "running");
  await using tab = await openRun(id);
  const { page } = tab;
  await page.getByRole("button", { name: "Cancel", exact: true }).click();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  // The focus is where it was.
  await expect.poll(() => page.evaluate<string>("document.activeElement.textContent")).toBe("Cancel");
  await page.keyboard.press("Enter");
  await page.getByLabel("Reason, for the audit").fill("nobody is at home");
  await page.getByRole("button", { name: "Cancel the run" }).click();
  await page.getByRole("main").getByText("cancelled", { exact: true }).first().waitFor();
  expect((await shown(id)).status).toBe("cancelled");
  const { items } = (await shop.ask("GET", "/audit")).body as { items: { operation: string; target: string; parameters: string }[] };
  expect(items.find(({ target }) => target === id)).toMatchObject({ operation: "run.cancel" });
  tab.expectNoWrongs();
});

test("a run that failed is run again with other data, and is good then", async () => {
  const id = await runOf("deliver", "parcel/ordered", { to: "nowhere", weight: 3 }, "failed");
  await using tab = await openRun(id);
  const { page } = tab;
  await page.getByRole("button", { name: "Re-run", exact: true }).click();
  await page.getByRole("button", { name: "Edit Data of parcel/ordered" }).click();
  const data = page.getByLabel("Data of parcel/ordered, as JSON");
  await data.fill('{ "to": "Yew", ');
  await page.getByText(/This is not JSON/).waitFor();
  expect(await page.getByRole("button", { name: "Start the re-run" }).isDisabled()).toBe(true);
  await data.fill('{ "to": "Yew", "weight": 3 }');
  await tab.screenshot("run-again");
  await page.getByRole("button", { name: "Start the re-run" }).click();
  await page.waitForURL((url) => !url.pathname.includes(id));
  const again = new URL(page.url()).pathname.split("/").at(-1) ?? "";
  await page.getByRole("main").getByText("completed", { exact: true }).first().waitFor();
  expect(await shown(again)).toMatchObject({ status: "completed", rerunOf: id });
  await page.getByRole("region", { name: "Output" }).getByText("1 Yew Road").waitFor();
  tab.expectNoWrongs();
});

test("a run that is not over is cancelled by its re-run, after the dialog said so; many at once are not", async () => {
  const id = await runOf("await-signature", "parcel/to.sign", { to: "Oak" }, "running");
  await using tab = await openRun(id);
  const { page } = tab;
  await page.getByRole("button", { name: "Re-run", exact: true }).click();
  await page.getByText("This run is not over: it is cancelled by what begins its re-run.").waitFor();
  await tab.expectAccessible();
  await page.getByRole("button", { name: "Cancel this run and start the re-run" }).click();
  await page.waitForURL((url) => !url.pathname.includes(id));
  const again = new URL(page.url()).pathname.split("/").at(-1) ?? "";
  // The page before may stand there a moment longer.
  await expect.poll(async () => await shown(again)).toMatchObject({ rerunOf: id });
  await page.getByRole("main").getByText("running", { exact: true }).first().waitFor();
  await expect.poll(async () => (await shown(id)).status).toBe("cancelled");

  await tab.goTo("/runs?function=await-signature&status=running");
  await page.getByRole("button", { name: "Do something with all that match…" }).click();
  await page.getByRole("dialog").getByLabel("What").selectOption("rerun");
  await page.getByText("Those that are not over are left out: cancel them first.").waitFor();
  await page.getByText("There is no such run.").waitFor();
  expect((await shown(again)).status).toBe("running");
  tab.expectNoWrongs();
});

test("a run is run again from a step on, with another output for a step before it", async () => {
  const id = await runOf("deliver", "parcel/ordered", { to: "Bay", weight: 3 }, "completed");
  await using tab = await openRun(id, "?step=tell%230");
  const { page } = tab;
  await page.getByRole("button", { name: "Re-run from here" }).click();
  expect(await page.getByLabel("From").inputValue()).toBe("tell#0");
  await page.getByRole("button", { name: "Edit find the address" }).click();
  await page.getByLabel("Output of find the address, as JSON").fill('{ "street": "9 Other Road", "to": "Bay" }');
  await page.getByRole("button", { name: "Start the re-run" }).click();
  await page.waitForURL((url) => !url.pathname.includes(id));
  await page.getByRole("region", { name: "Output" }).getByText("9 Other Road").waitFor();
  await page.getByRole("button", { name: /find the address/ }).click();
  await page.getByText(/another output/).waitFor();
  tab.expectNoWrongs();
});

test("a number that would lose digits on its way is not sent", async () => {
  const data = '{"to":"nowhere","weight":1,"order":9007199254740993}';
  const id = await runOf("deliver", "parcel/ordered", { to: "nowhere", weight: 9 }, "failed");
  await using tab = await openRun(id);
  const { page } = tab;
  await page.getByRole("button", { name: "Re-run", exact: true }).click();
  await page.getByRole("button", { name: "Edit Data of parcel/ordered" }).click();
  await page.getByLabel("Data of parcel/ordered, as JSON").fill(data);
  await page.getByText("9007199254740993 has more digits than a number of JSON keeps").waitFor();
  expect(await page.getByRole("button", { name: "Start the re-run" }).isDisabled()).toBe(true);
  tab.expectNoWrongs();
});
