// Payloads of strangers: whatever they are, they are text.
import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../../support/faults/until.ts";
import { Chromium } from "../../support/web/browser.ts";
import { serveParcels } from "../../support/web/parcels.ts";
import type { ServedShop } from "../../support/server/served-shop.ts";

const NASTY = {
  "<script>alert('key')</script>": "<script>alert('value')</script>",
  image: '<img src="https://evil.example/a.png" onerror="alert(1)">',
  link: "javascript:alert(document.domain)",
  address: "https://evil.example/click",
  markdown: "[click](javascript:alert(1)) ![](https://evil.example/b.png)",
  closing: '</pre></script><svg onload="alert(2)"><style>body{display:none}</style>',
  entity: "&lt;b&gt; &#x3c;script&#x3e;",
  template: "{{constructor.constructor('alert(3)')()}} ${alert(4)}",
  direction: "invoice\u202Egpj.exe",
  unseen: "pay\u200Bpal \u2066\u0000",
  ["__proto__"]: { polluted: true },
  big: "12345678901234567890",
};

let chromium: Chromium;
let shop: ServedShop;

beforeAll(async () => {
  [chromium, shop] = await Promise.all([
    Chromium.start(),
    serveParcels({
      declare: (app) => {
        app.createFunction({ id: "echo", triggers: [{ event: "nasty" }], retries: 0 }, async ({ event, step, logger }) => {
          logger.info(NASTY, NASTY.image);
          return step.run('<img src=x onerror="alert(5)">', () => event.data as object);
        });
        app.createFunction({ id: "throw", triggers: [{ event: "nasty" }], retries: 0 }, () => {
          const error = new Error(`${NASTY.closing}\u202E`);
          error.name = "<u>Error</u>";
          error.stack = `${NASTY.image}\n    at ${NASTY.link}`;
          throw error;
        });
        app.createFunction({ id: "many-steps", triggers: [{ event: "many" }] }, async ({ step }) => {
          await Promise.all(Array.from({ length: STEPS }, (_, at) => step.run(`step ${at}`, () => at)));
          await step.waitForEvent("end", { event: "never", timeout: "1 hour" });
        });
        app.createFunction({ id: "swallow", triggers: [{ event: "huge" }] }, async ({ step, event }) =>
          step.run("copy", () => event.data as object),
        );
      },
    }),
  ]);
});
afterAll(async () => {
  await chromium[Symbol.asyncDispose]();
  await shop[Symbol.asyncDispose]();
});

/** Its last step waits. */
const STEPS = 900;

async function runOf(functionId: string): Promise<string> {
  return until(`a run of ${functionId} is over`, async () => {
    const { items } = (await shop.ask("GET", `/runs?function=${functionId}&status=completed,failed`)).body as { items: { id: string }[] };
    return items[0]?.id ?? null;
  });
}

test("scripts, tags, links and styles in data, keys of data, errors, stacks, logs and steps' names are shown and do nothing", async () => {
  await shop.app.send({ name: "nasty", data: NASTY, key: "<b>key</b>\u202E", id: "<i>id</i>" });
  const [echo, thrown] = [await runOf("echo"), await runOf("throw")];
  await using tab = await chromium.open({ url: `${shop.url}/runs?search=%3Cscript%3Ealert(6)%3C/script%3E` });
  const { page } = tab;
  await page.getByText("No run is like that").waitFor();
  await tab.goTo("/runs");
  await page.getByRole("row", { name: /failed throw/ }).waitFor();
  await tab.goTo(`/runs/${echo}`);
  await page.getByText("<script>alert('key')</script>").first().waitFor();
  await page.getByText("invoice\\u202Egpj.exe").first().waitFor();
  await page.getByRole("button", { name: /onerror/ }).click();
  await page.getByRole("region", { name: "Output" }).getByText("{{constructor").waitFor();
  await tab.screenshot("hostile");
  await page.getByRole("tab", { name: "Causes and effects" }).click();
  await page.getByText("As a list").click();
  await page.getByRole("tab", { name: "Logs" }).click();
  await page
    .getByRole("tabpanel")
    .getByText(/No log lines|onerror/)
    .first()
    .waitFor();
  await tab.goTo(`/runs/${thrown}`);
  await page.getByRole("button", { name: "Stack" }).first().click();
  await page.getByText("<u>Error</u>").first().waitFor();
  // Nothing of it became an element, and no link leads where it says.
  const made = await page.evaluate<readonly string[]>(
    `[...document.querySelectorAll("main img, main script, main style, main u, main b:not(.figures b), main iframe, main a[href*=evil], main a[href^=javascript]")].map((e) => e.outerHTML)`,
  );
  expect(made).toEqual([]);
  expect(await page.evaluate<unknown>("({}).polluted")).toBeUndefined();
  tab.expectNoWrongs();
});

test("a payload of a megabyte is cut, and shown whole when one asks for it; the page stays quick", async () => {
  await shop.app.send({ name: "huge", data: { rows: Array.from({ length: 900 }, (_, at) => ({ at, text: "x".repeat(1_000) })) } });
  const id = await runOf("swallow");
  await using tab = await chromium.open({ url: `${shop.url}/runs/${id}` });
  const { page } = tab;
  const output = page.getByRole("region", { name: "Output" });
  await output.getByRole("button", { name: /Show all/ }).waitFor();
  expect((await output.textContent())?.length).toBeLessThan(12_000);
  const began = Date.now();
  await output.getByRole("button", { name: /Show all/ }).click();
  await until("all of it is in the page", async () => ((await output.textContent())?.length ?? 0) > 900_000);
  await page.getByRole("button", { name: /^Run/ }).first().click();
  expect(Date.now() - began).toBeLessThan(10_000);
  tab.expectNoWrongs();
});

test("of a run of very many steps the latest are drawn, and all of them when one asks for it", async () => {
  await shop.app.send({ name: "many", data: null });
  const id = await until("it waits for the end", async () => {
    const { items } = (await shop.ask("GET", "/runs?function=many-steps")).body as { items: { id: string }[] };
    const [run] = items;
    if (run === undefined) return null;
    const { steps } = (await shop.ask("GET", `/runs/${run.id}`)).body as { steps: unknown[] };
    return steps.length > STEPS ? run.id : null;
  });
  await using tab = await chromium.open({ url: `${shop.url}/runs/${id}` });
  const { page } = tab;
  const lanes = page.getByRole("region", { name: "Timeline" }).getByRole("listitem");
  await expect.poll(() => lanes.count()).toBe(1 + 300);
  await lanes.last().getByRole("button", { name: /^end/ }).waitFor();
  await tab.screenshot("run-many-steps");
  await page.getByRole("button", { name: `Show the ${STEPS + 1 - 300} steps before these, too` }).click();
  await expect.poll(() => lanes.count()).toBe(1 + STEPS + 1);
  await page.getByRole("button", { name: "Re-run", exact: true }).click();
  await page.getByLabel("From").selectOption("end#0");
  await page.getByRole("region", { name: "Taken over" }).getByText("step 0", { exact: true }).waitFor();
  tab.expectNoWrongs();
});
