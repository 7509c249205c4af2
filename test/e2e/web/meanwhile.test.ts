// What goes on between two looks: tabs behind others, answers that get lost, questions that take long, and things that change while they are shown.
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../../support/faults/until.ts";
import { Chromium } from "../../support/web/browser.ts";
import { declareParcels, serveParcels } from "../../support/web/parcels.ts";
import type { ServedShop } from "../../support/server/served-shop.ts";

/** As many as a browser has connections to one server. */
const CONNECTIONS = 6;
const PROBLEM = {
  status: 400,
  contentType: "application/problem+json",
  body: JSON.stringify({ code: "BROKEN", detail: "it is broken today" }),
};

let chromium: Chromium;
let shop: ServedShop;
const scale = Promise.withResolvers<number>();

beforeAll(async () => {
  [chromium, shop] = await Promise.all([
    Chromium.start(),
    serveParcels({
      declare: (app) => {
        declareParcels(app);
        app.createFunction({ id: "weigh-for-long", triggers: [{ event: "parcel/heavy" }] }, async ({ step }) =>
          step.run("wait for the scale", () => scale.promise),
        );
      },
    }),
  ]);
});
afterAll(async () => {
  scale.resolve(1);
  await chromium[Symbol.asyncDispose]();
  await shop[Symbol.asyncDispose]();
});

interface Listed {
  readonly id: string;
  readonly event: { readonly id: string } | null;
}

async function runOf(event: string, functionId: string, status: string): Promise<string> {
  return until(`the run of ${functionId} is ${status}`, async () => {
    const { items } = (await shop.ask("GET", `/runs?function=${functionId}&status=${status}`)).body as { items: readonly Listed[] };
    return items.find((one) => one.event?.id === event)?.id ?? null;
  });
}

async function send(name: string, data: object): Promise<string> {
  const { ids } = await shop.app.send({ name, data });
  return ids[0] ?? "";
}

/** A browser without windows has all its tabs in front: this one says that it is not. */
async function turn(page: Page, to: "hidden" | "visible"): Promise<void> {
  await page.evaluate(`
    Object.defineProperty(document, "visibilityState", { configurable: true, get: () => "${to}" });
    document.dispatchEvent(new Event("visibilitychange"));
  `);
}

function live(page: Page): Promise<void> {
  return page.getByText("Live", { exact: true }).filter({ visible: true }).waitFor();
}

test("tabs behind others take no connection from the one that is looked at, and show what they missed when one comes back", async () => {
  await using tab = await chromium.open({ url: `${shop.url}/runs?function=print-label` });
  const first = tab.page;
  await live(first);
  await turn(first, "hidden");
  for (let more = 1; more < CONNECTIONS; more += 1) {
    const page = await first.context().newPage();
    await page.goto(`${shop.url}/runs`);
    await live(page);
    await turn(page, "hidden");
  }
  const last = await first.context().newPage();
  await last.goto(`${shop.url}/runs`);
  await live(last);
  await runOf(await send("parcel/packed", { to: "Ash" }), "print-label", "completed");
  await turn(first, "visible");
  await live(first);
  await first
    .getByRole("row", { name: /completed print-label/ })
    .first()
    .waitFor();
  tab.expectNoWrongs();
});

test("an event stays on its page when it cannot be asked for again, and that is said", async () => {
  const id = await send("parcel/to.weigh", { to: "Birch", weight: 3 });
  await runOf(id, "weigh", "completed");
  await using tab = await chromium.open({ url: `${shop.url}/events/${id}` });
  const { page } = tab;
  await page.getByRole("region", { name: "Data" }).getByText("Birch").waitFor();
  await live(page);
  await page.route(/\/api\/v1\/events\//, (route) => route.fulfill(PROBLEM));
  await send("parcel/to.weigh", { to: "Cedar", weight: 3 });
  await page.getByText(/may not be the present: .*it is broken today/).waitFor();
  await page.getByRole("region", { name: "Data" }).getByText("Birch").waitFor();
  tab.expectNoWrongs();
});

test("that one filter found nothing is not said of the next while its answer is awaited", async () => {
  await send("parcel/packed", { to: "Dogwood" });
  await using tab = await chromium.open({ url: `${shop.url}/runs?search=zzz` });
  const { page } = tab;
  await page.getByText("No run is like that").waitFor();
  const late = Promise.withResolvers<void>();
  await page.route(/\/api\/v1\/runs\?/, async (route) => {
    await late.promise;
    await route.continue().catch(() => undefined);
  });
  await page.getByRole("button", { name: "Show all runs" }).click();
  await page.getByRole("status").getByText("Loading runs").waitFor({ state: "attached" });
  expect(await page.getByText(/No runs yet|No run is like that/).count()).toBe(0);
  late.resolve();
  await page.getByRole("grid", { name: "Runs" }).waitFor();
  tab.expectNoWrongs();
});

test("how many runs there are of a status is not said to be none before it is known", async () => {
  await using tab = await chromium.open({ url: `${shop.url}/` });
  const { page } = tab;
  await page.route(/\/api\/v1\/runs\/counts/, (route) => route.fulfill(PROBLEM));
  await tab.goTo("/runs");
  await page.getByRole("grid", { name: "Runs" }).waitFor();
  expect(await page.getByRole("button", { name: /^completed/ }).innerText()).toBe("completed");
  await page.unroute(/\/api\/v1\/runs\/counts/);
  await page.reload();
  await expect.poll(() => page.getByRole("button", { name: /^completed/ }).innerText()).toMatch(/^completed\s*[1-9]/);
  tab.expectNoWrongs();
});

test("a filter that is told by being left for another counts as well as that one", async () => {
  await using tab = await chromium.open({ url: `${shop.url}/dead-letters`, isPhone: true });
  const { page } = tab;
  await page.getByLabel("Code").fill("POISON_PILL");
  // A finger leaves one and presses the other in the same moment.
  await page.evaluate(`
    document.activeElement.blur();
    [...document.querySelectorAll(".chip")].find((chip) => chip.textContent === "all").click();
  `);
  await expect.poll(() => Object.fromEntries(new URL(page.url()).searchParams)).toEqual({ code: "POISON_PILL", state: "all" });
  tab.expectNoWrongs();
});

test("what came of an event is shown as it is now, though the event itself has long been done with", async () => {
  const id = await send("parcel/to.sign", { to: "Elder" });
  const run = await runOf(id, "await-signature", "running");
  await using tab = await chromium.open({ url: `${shop.url}/events/${id}` });
  const { page } = tab;
  const drawing = page.getByRole("group", { name: /^Drawing/ });
  await drawing.getByText("run · running").waitFor();
  await live(page);
  await shop.ask("POST", `/runs/${run}/cancel`, {});
  await drawing.getByText("run · cancelled").waitFor();
  tab.expectNoWrongs();
});

test("an event whose answer gets lost is sent again, and counts once", async () => {
  await using tab = await chromium.open({ url: `${shop.url}/send?name=parcel%2Fpacked` });
  const { page } = tab;
  await page.getByLabel("Data, as JSON").fill('{"to": "Fir"}');
  let isLost = true;
  await page.route(/\/api\/v1\/events$/, async (route) => {
    const response = await route.fetch();
    if (isLost) await route.abort("connectionreset");
    else await route.fulfill({ response });
  });
  const button = page.getByRole("button", { name: "Send", exact: true });
  await button.click();
  await page.getByRole("alert").getByText("sent again as it is, it counts once").waitFor();
  isLost = false;
  await button.click();
  const came = page.getByRole("region", { name: "What came of it" });
  await came.getByText("completed").waitFor();
  expect(await came.getByRole("article").count()).toBe(1);
  const { items } = (await shop.ask("GET", "/runs?function=print-label&limit=500")).body as { items: readonly Listed[] };
  const id = await came.getByRole("article").getByRole("link").first().innerText();
  expect(items.filter(({ event }) => event?.id === id)).toHaveLength(1);
});

test("an event in doubt keeps its id for who looks elsewhere whether it came, and sends it again; one that was refused is a new one", async () => {
  await using tab = await chromium.open({ url: `${shop.url}/send` });
  const { page } = tab;
  const ids: string[] = [];
  await page.route(/\/api\/v1\/events$/, async (route) => {
    ids.push((JSON.parse(route.request().postData() ?? "") as { id: string }).id);
    const response = await route.fetch();
    if (ids.length === 1) await route.abort("connectionreset");
    else if (ids.length === 3)
      await route.fulfill({ status: 429, json: { code: "LOG_IS_SLOW", detail: "Nothing of this request was sent", status: 429 } });
    else await route.fulfill({ response });
  });
  const send = async (): Promise<void> => {
    await page.getByLabel("Name of the event").fill("parcel/unheard.of");
    await page.getByLabel("Data, as JSON").fill('{"to": "Yew"}');
    await page.getByRole("button", { name: "Send", exact: true }).click();
  };
  await send();
  await page.getByRole("alert").getByText("sent again as it is, it counts once").waitFor();
  // As people do: a page that is loaded anew has forgotten.
  await page.getByRole("link", { name: "Events", exact: true }).click();
  await page.getByRole("heading", { level: 1, name: "Events" }).waitFor();
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Send", exact: true }).click();
  await send();
  await expect.poll(() => ids.length).toBe(2);
  expect(ids[1]).toBe(ids[0]);
  // It is answered: what is sent now is another, and stays that one where it is refused.
  await page.getByRole("region", { name: "What came of it" }).getByRole("article").waitFor();
  await send();
  await page.getByRole("alert").getByText("Nothing of this request was sent").waitFor();
  await send();
  await expect.poll(() => ids.length).toBe(4);
  expect(new Set(ids).size).toBe(3);
});

test("a step that executes can be pressed like any other; for how long it does, and what it logs, is told while it does", async () => {
  const run = await runOf(await send("parcel/heavy", {}), "weigh-for-long", "running");
  await using tab = await chromium.open({ url: `${shop.url}/runs/${run}` });
  const { page } = tab;
  const lane = page.getByRole("button", { name: /^wait for the scale/ });
  await lane.click();
  await page
    .getByRole("region", { name: "Details" })
    .getByText(/^Attempt 1 began/)
    .waitFor();
  expect(await lane.getAttribute("aria-pressed")).toBe("true");
  const holdups = page.getByRole("region", { name: "Why it is not moving" });
  await holdups.getByText(/executes in this process, for \d+ s now/).waitFor();
  const before = await holdups.innerText();
  await expect.poll(() => holdups.innerText()).not.toBe(before);
  await page.getByRole("tab", { name: "Logs" }).click();
  await page.getByText("No log lines").waitFor();
  // This app's process keeps no lines: one that does would answer like this.
  const line = { at: Date.now(), level: "info", message: "still nothing", step: null, fields: null };
  await page.route(/\/logs$/, (route) => route.fulfill({ json: { items: [line], isCut: false } }));
  await page.getByRole("region", { name: "Logs" }).getByText("still nothing").waitFor();
  await page.getByRole("tab", { name: "Timeline" }).click();
  scale.resolve(12);
  await page.getByRole("region", { name: "Output" }).getByText("12").waitFor();
  tab.expectNoWrongs();
});

test("views of a run change where they are: neither the step that was chosen nor the place on the page is lost", async () => {
  const run = await runOf(await send("parcel/to.weigh", { to: "Gum", weight: 3 }), "weigh", "completed");
  await using tab = await chromium.open({ url: `${shop.url}/runs/${run}?step=put+on+the+scale%230` });
  const { page } = tab;
  await page.setViewportSize({ width: 1_280, height: 320 });
  const logs = page.getByRole("tab", { name: "Logs" });
  await logs.waitFor();
  await page.evaluate("scrollTo(0, 60)");
  expect(await page.evaluate("scrollY")).toBe(60);
  await logs.click();
  await page.getByRole("region", { name: "Logs" }).waitFor();
  expect(await page.evaluate<number>("scrollY")).toBeGreaterThan(0);
  await page.getByRole("tab", { name: "Timeline" }).click();
  await page.getByRole("region", { name: "Details" }).getByText("step.run").waitFor();
  tab.expectNoWrongs();
});

test("the menu of a phone closes on the page that is there already, and leaves the focus where a link leads", async () => {
  await using tab = await chromium.open({ url: `${shop.url}/runs?status=failed`, isPhone: true });
  const { page } = tab;
  const choose = async (name: string): Promise<void> => {
    await page.getByRole("button", { name: "Menu" }).click();
    await page.getByRole("dialog", { name: "Menu" }).getByRole("link", { name, exact: true }).click();
    await expect.poll(() => page.getByRole("dialog").count()).toBe(0);
  };
  await choose("Runs");
  await expect.poll(() => new URL(page.url()).search).toBe("");
  await choose("Events");
  await page.getByRole("heading", { level: 1, name: "Events" }).waitFor();
  await expect.poll(() => page.evaluate<string>("document.activeElement.id")).toBe("main");
  tab.expectNoWrongs();
});
