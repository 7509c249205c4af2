// Sending an event by the form that is made of its schema, and what is shown of events.
import { afterAll, beforeAll, expect, test } from "vitest";
import { Chromium } from "../../support/web/browser.ts";
import { serveParcels } from "../../support/web/parcels.ts";
import { order, serveWorkshop, type Workshop } from "../../support/web/workshop.ts";

let chromium: Chromium;
let workshop: Workshop;

beforeAll(async () => {
  [chromium, workshop] = await Promise.all([Chromium.start(), serveWorkshop()]);
});
afterAll(async () => {
  await chromium?.[Symbol.asyncDispose]();
  await workshop?.[Symbol.asyncDispose]();
});

test("a form of its schema has a field for each place of the data, shows what is wrong there, and sends what fits", async () => {
  await using tab = await chromium.open({ url: `${workshop.url}/send?name=order%2Fplaced` });
  const { page } = tab;
  await page.getByText("Number on the receipt").waitFor();
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await page.getByText(/places do not fit/).waitFor();
  // The first of them has the focus, and says what is wrong.
  expect(await page.evaluate("document.activeElement.labels[0].textContent")).toBe("net");
  await tab.expectAccessible();
  await tab.screenshot("send-problems");

  await page.getByLabel("order", { exact: true }).fill("order-77");
  await page.getByLabel("net", { exact: true }).fill("12000");
  await page.getByLabel("placedAt", { exact: true }).fill("2026-11-22T09:30:00.000Z");
  await page.getByLabel("total", { exact: true }).fill("142.805");
  await page.getByText("a decimal of 9 digits with 2 places was expected").waitFor();
  await page.getByLabel("total", { exact: true }).fill("142.80");
  await page.getByLabel("country", { exact: true }).selectOption("AT");
  await page.getByRole("button", { name: "Set: coupon" }).click();
  await page.getByLabel(/^coupon, text/).fill("WINTER");
  await page.getByRole("button", { name: "Set: lines" }).click();
  await page.getByRole("button", { name: "Add to lines" }).click();
  await page.getByLabel("sku").fill("A-1");
  await page.getByRole("button", { name: "Set: labels" }).click();
  await page.getByRole("button", { name: "Add to labels" }).click();
  await page.getByLabel("Name 1").fill("shelf");
  await page.getByLabel("Value 1", { exact: true }).fill("top");
  await page.getByRole("button", { name: "Set: paidBy" }).click();
  await page.getByLabel("last4").fill("4242");
  await page.getByText("Key, subject, id and time").click();
  await page.getByRole("textbox", { name: /^Key/ }).fill("order-77");
  await page.getByRole("button", { name: "Send", exact: true }).click();

  const came = page.getByRole("region", { name: "What came of it" });
  await came.getByRole("link", { name: "invoice" }).waitFor();
  await expect.poll(() => came.getByText("completed").count()).toBe(2);
  await tab.expectAccessible();
  await tab.screenshot("send-sent");

  await came.getByRole("article").getByRole("link").first().click();
  await page.getByRole("heading", { level: 1, name: "order/placed" }).waitFor();
  const data = page.getByRole("region", { name: "Data" });
  for (const text of ["order-77", "12000", "142.80", "WINTER", "A-1", "shelf", "shop.Card", "4242"]) {
    await data.getByText(text).first().waitFor();
  }
  await page.getByText("somebody outside of the app").waitFor();
  await page.getByText(/^order\/placed \((version \d+, )?id \d+\)/).waitFor();
  await page
    .getByRole("group", { name: /^Drawing/ })
    .getByRole("link", { name: /invoice/ })
    .waitFor();
  await tab.screenshot("event");
  await tab.expectAccessible();
  tab.expectNoWrongs();
});

test("the form begins with the latest event, and the same can be written as JSON", async () => {
  await workshop.app.send({ name: "order/placed", data: order(5), key: "order-5" });
  await using tab = await chromium.open({ url: `${workshop.url}/events?key=order-5` });
  const { page } = tab;
  await page.getByRole("row", { name: /order\/placed/ }).click();
  await page.getByRole("link", { name: "Send one like this" }).click();
  await expect.poll(() => page.getByLabel("order", { exact: true }).inputValue()).toBe("order-5");
  await page.getByRole("button", { name: "JSON" }).click();
  const json = page.getByLabel("Data, as JSON");
  const text = await json.inputValue();
  expect(JSON.parse(text)).toMatchObject({ ...order(5), coupon: null });
  await json.fill(text.replace("order-5", "order-6").slice(0, -1));
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await page.getByText(/place does not fit/).waitFor();
  await json.fill(text.replace('"order-5"', '"order-6", "unknown": 1'));
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await page.getByText(/data.unknown: is no field of the schema/).waitFor();
  await page.getByRole("button", { name: "Form" }).click();
  await page.getByText("The form cannot show what stands at data.unknown").waitFor();
  expect(await page.getByLabel("order", { exact: true }).inputValue()).toBe("order-6");
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await page.getByRole("region", { name: "What came of it" }).getByRole("link", { name: "invoice" }).waitFor();
  tab.expectNoWrongs();
});

test("an event without a schema is sent as JSON, and what nobody waits for says so", async () => {
  await using tab = await chromium.open({ url: `${workshop.url}/send?name=glass%2Fdropped` });
  const { page } = tab;
  await page.getByText("Triggers fragile.").waitFor();
  await page.getByLabel("Data, as JSON").fill('{"from": "the table"}');
  await page.getByRole("button", { name: "Send", exact: true }).click();
  const came = page.getByRole("region", { name: "What came of it" });
  await came.getByText("failed").waitFor();
  await page.getByLabel(/Name of the event/).fill("nobody/cares");
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await came
    .getByText(/^It is in the log, and about to be decided|^It started no run/)
    .first()
    .waitFor();
  tab.expectNoWrongs();
});

test("an event about somebody is sealed for them, and goes with them when they are erased; an app that seals nothing says so", async () => {
  await using shop = await serveParcels({ erasable: true });
  await using tab = await chromium.open({ url: `${shop.url}/send?name=parcel%2Fto.sign`, isPhone: true });
  const { page } = tab;
  const send = async (): Promise<void> => {
    await page.getByLabel("Data, as JSON").fill('{"to": "Ada Lovelace"}');
    await page.getByText("Key, subject, id and time").click();
    await page.getByRole("textbox", { name: /^Subject/ }).fill("ada");
    await page.getByRole("button", { name: "Send", exact: true }).click();
  };
  await send();
  await tab.expectAccessible();
  await tab.expectNoSidewaysScroll();
  const came = page.getByRole("region", { name: "What came of it" });
  await came.getByRole("link", { name: "await-signature" }).waitFor();
  await came.getByRole("article").getByRole("link").first().click();
  await page.getByRole("region", { name: "Data" }).getByText("Ada Lovelace").waitFor();
  expect((await shop.ask("POST", "/subjects/erase", { subject: "ada" })).body).toMatchObject({ keys: 1 });
  await page.reload();
  await page.getByText("with all data of its subject").waitFor();
  expect(await page.getByText("Lovelace").count()).toBe(0);
  tab.expectNoWrongs();

  await using other = await chromium.open({ url: `${workshop.url}/send?name=glass%2Fdropped` });
  await other.page.getByLabel("Data, as JSON").fill('{"from": "the table"}');
  await other.page.getByText("Key, subject, id and time").click();
  await other.page.getByRole("textbox", { name: /^Subject/ }).fill("ada");
  await other.page.getByRole("button", { name: "Send", exact: true }).click();
  await other.page.getByRole("alert").getByText("the app seals nothing").waitFor();
});

test("filters of the list stand in the address, and survive a reload", async () => {
  await workshop.app.send({ name: "glass/dropped", data: {}, key: "vase" });
  await using tab = await chromium.open({ url: `${workshop.url}/events` });
  const { page } = tab;
  await page.getByRole("row", { name: /vase/ }).waitFor();
  await page.keyboard.press("/");
  await page.keyboard.type("glass");
  await expect.poll(() => new URL(page.url()).search).toBe("?search=glass");
  await page.getByLabel("Key", { exact: true }).fill("vase");
  await page.keyboard.press("Enter");
  await expect.poll(() => new URL(page.url()).searchParams.get("key")).toBe("vase");
  await page.reload();
  await page.getByRole("row", { name: /vase/ }).waitFor();
  expect(await page.getByRole("row").count()).toBe(2);
  expect(await page.getByLabel("Key", { exact: true }).inputValue()).toBe("vase");
  tab.expectNoWrongs();
});

test("an event whose data and names are hostile is text, and does nothing", async () => {
  const hostile = '<img src=x onerror="alert(1)"><script>alert(2)</script>';
  const data = { [hostile]: hostile, link: "javascript:alert(3)", bidi: "user\u202egpj.exe", nothing: "\u0000" };
  await workshop.app.send({ name: "glass/dropped", data, key: hostile, id: "javascript:alert(4)" });
  await using tab = await chromium.open({ url: `${workshop.url}/events` });
  const { page } = tab;
  await page.getByRole("row", { name: /onerror/ }).click();
  const shown = page.getByRole("region", { name: "Data" });
  await shown.getByText("javascript:alert(3)").waitFor();
  await shown.getByText("user\\u202Egpj.exe").waitFor();
  expect(await page.locator("img, script:not([src])").count()).toBe(0);
  expect(await page.locator('a[href^="javascript"]').count()).toBe(0);
  await page.getByRole("link", { name: "Send one like this" }).click();
  await page.getByLabel("Data, as JSON").waitFor();
  await tab.expectAccessible();
  tab.expectNoWrongs();
});
