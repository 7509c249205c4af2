// A run that is decided a moment after somebody looks for it: the page waits for it, and does not say that there is none.
import { afterAll, beforeAll, expect, test } from "vitest";
import { deriveRunId } from "../../../engine/core/ids.ts";
import { until } from "../../support/faults/until.ts";
import { Chromium } from "../../support/web/browser.ts";
import { Deserted } from "../../support/web/deserted.ts";

let chromium: Chromium;
let deserted: Deserted;

beforeAll(async () => {
  [chromium, deserted] = await Promise.all([Chromium.start(), Deserted.start()]);
});
afterAll(async () => {
  await chromium?.[Symbol.asyncDispose]();
  await deserted?.[Symbol.asyncDispose]();
});

test("a re-run of an old run is shown as soon as it is there, though no worker has decided it when its page opens", async () => {
  const { shop, sender } = deserted;
  await sender.send({ name: "parcel/packed", data: { to: "Elm" }, time: new Date(Date.now() - 86_400_000) });
  const runs = async (): Promise<readonly { readonly id: string }[]> =>
    ((await shop.ask("GET", "/runs?status=completed")).body as { items: { id: string }[] }).items;
  await until("it is over", async () => (await runs()).length === 1);
  const [{ id } = { id: "" }] = await runs();
  await deserted.stopWorker();
  await using tab = await chromium.open({ url: `${shop.url}/runs/${id}`, isPhone: true });
  const { page } = tab;
  await page.getByRole("button", { name: "Re-run", exact: true }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Start the re-run" }).click();
  await page.getByText("It is not there yet").waitFor();
  expect(page.url()).not.toContain(id);
  await tab.expectAccessible();
  await tab.expectNoSidewaysScroll();
  await deserted.startWorker();
  await page.getByRole("heading", { name: "print-label", level: 1 }).waitFor();
  expect(await page.getByText("Not found").count()).toBe(0);
  tab.expectNoWrongs();
});

test("R10: the address of a run that has not begun leads to it once it has", async () => {
  await deserted.stopWorker();
  const time = new Date();
  const [sent] = (await deserted.sender.send({ name: "parcel/packed", data: { to: "Ash" }, time })).records;
  if (sent === undefined) throw new Error("nothing was sent");
  const id = deriveRunId(time.getTime(), sent.partition, "print-label", `${sent.topic}-${sent.partition}-${sent.offset}`);
  await using tab = await chromium.open({ url: `${deserted.shop.url}/runs/${id}` });
  await tab.page.getByText("It is not there yet").waitFor();
  await deserted.startWorker();
  await tab.page.getByRole("heading", { name: "print-label", level: 1 }).waitFor();
  tab.expectNoWrongs();
});

test("a run that is not there and cannot be young is not waited for", async () => {
  const id = deriveRunId(Date.now() - 86_400_000, 0, "print-label", "nowhere");
  await using tab = await chromium.open({ url: `${deserted.shop.url}/runs/${id}` });
  await tab.page.getByRole("heading", { name: "Not found" }).waitFor();
  expect(await tab.page.getByText("It is not there yet").count()).toBe(0);
  tab.expectNoWrongs();
});
