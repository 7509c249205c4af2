// A history of many runs in a browser: how long it takes from a press to the rows. Tells figures and asserts none: machines differ.
// TEST_RUNS=1000000 for as many; TEST_HISTORY=<file> takes a history that is there.
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { projectManyRuns } from "../../../bench/many-runs.ts";
import { RunHistory } from "../../../consumers/run-history/run-history-sink.ts";
import { Chromium, type Tab } from "../../support/web/browser.ts";
import { serveParcels } from "../../support/web/parcels.ts";
import type { ServedShop } from "../../support/server/served-shop.ts";

const RUNS = Number(process.env["TEST_RUNS"] ?? 10_000);
const directory = mkdtempSync(path.join(tmpdir(), "millrace-many-"));
let chromium: Chromium;
let shop: ServedShop;

beforeAll(async () => {
  const file = path.join(directory, "history.db");
  const given = process.env["TEST_HISTORY"];
  if (given !== undefined) copyFileSync(given, file);
  else {
    using history = new RunHistory(file, { app: "shop", topic: "shop.journal" });
    projectManyRuns(history, RUNS, () => undefined);
  }
  [chromium, shop] = await Promise.all([Chromium.start(), serveParcels({ directory })]);
}, 1_200_000);
afterAll(async () => {
  await chromium[Symbol.asyncDispose]();
  await shop[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true, force: true });
});

/** Milliseconds in the browser from what is done until what is looked for is painted. Both are expressions. */
async function took({ page }: Tab, act: string, isThere: string): Promise<number> {
  return page.evaluate<number>(`(async () => {
    const began = performance.now();
    ${act};
    while (!(${isThere})) {
      if (performance.now() - began > 14000) throw new Error("never: " + ${JSON.stringify(isThere)});
      await new Promise((resolve) => requestAnimationFrame(resolve));
    }
    return Math.round(performance.now() - began);
  })()`);
}

const ROWS = `[...document.querySelectorAll("[role=grid][aria-busy=false] [role=row][data-index]")]`;
const rowsAreAll = (words: string): string =>
  `${ROWS}.length > 5 && ${ROWS}.every((row) => row.textContent.includes(${JSON.stringify(words)}))`;
const button = (name: string): string =>
  `[...document.querySelectorAll("button, a")].find((e) => e.textContent.startsWith(${JSON.stringify(name)}))`;
const choose = (label: string, value: string): string =>
  `const field = [...document.querySelectorAll("label.field")].find((e) => e.textContent.startsWith(${JSON.stringify(label)})).querySelector("select");
   field.value = ${JSON.stringify(value)}; field.dispatchEvent(new Event("change", { bubbles: true }))`;

test(`lists of ${RUNS.toLocaleString("en")} runs come at once`, async () => {
  await using tab = await chromium.open({ url: `${shop.url}/` });
  const { page } = tab;
  await page.getByRole("list", { name: "Runs by status" }).waitFor();
  const figures: Record<string, number> = {};
  figures["the list"] = await took(tab, `${button("Runs")}.click()`, `${ROWS}.length > 20`);
  figures["status failed"] = await took(tab, `${button("failed")}.click()`, rowsAreAll("failed"));
  figures["function, too"] = await took(tab, choose("Function", "function-7"), `${rowsAreAll("failed")} && ${rowsAreAll("function-7")}`);
  figures["function alone"] = await took(tab, `${button("failed")}.click()`, `${rowsAreAll("function-7")} && !(${rowsAreAll("failed")})`);
  figures["a run"] = await took(tab, `${ROWS}[3].click()`, `document.querySelector(".waterfall .lane") !== null`);
  figures["back"] = await took(tab, `history.back()`, rowsAreAll("function-7"));
  figures["all again"] = await took(tab, choose("Function", ""), `${ROWS}.length > 20 && !(${rowsAreAll("function-7")})`);
  figures["500 more"] = await took(
    tab,
    `scrollTo(0, document.documentElement.scrollHeight)`,
    `Number(document.querySelector("[role=grid]").getAttribute("aria-rowcount")) > 500`,
  );
  console.log(`from a press to the rows, of ${RUNS.toLocaleString("en")} runs, in ms: ${JSON.stringify(figures)}`);
  await page.evaluate("scrollTo(0, 0)");
  await page.getByLabel("Search").fill("host-12");
  await page.waitForURL(/search=host-12/);
  await expect.poll(() => page.evaluate<boolean>(rowsAreAll("host-12"))).toBe(true);
  await tab.screenshot("many-runs");
});
