// Events by HTTP: one, many, a stream of lines. What is answered as sent is in the log, and what is not is said.
import { request } from "node:http";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { StoredRecord } from "../../../engine/log/log.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { RawClient } from "../../support/server/raw-client.ts";
import { serveShop, type ServedShop } from "../../support/server/served-shop.ts";

let shop: ServedShop;
beforeAll(async () => {
  shop = await serveShop({ options: { limits: { linesAtOnce: 50, lineBytes: 100_000 } } });
});
afterAll(() => shop[Symbol.asyncDispose]());

const NDJSON = { "content-type": "application/x-ndjson" };

interface Line {
  readonly id?: string;
  readonly code?: string;
  readonly status?: string;
}

function linesOf(text: string): readonly Line[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Line);
}

/** All events that the log has. */
async function eventsInLog(): Promise<readonly StoredRecord[]> {
  const { log, served } = shop;
  const events: StoredRecord[] = [];
  for (let partition = 0; partition < served.partitions; partition++) {
    const target = { topic: served.topics.events, partition };
    const end = await log.latestOffset(target);
    const reader = log.openReader({ ...target, from: 0 });
    for (let next = 0; next < end;) {
      const batch = await reader.next();
      events.push(...batch.records);
      next = batch.nextOffset;
    }
    reader.close();
  }
  return events;
}

async function idsInLog(): Promise<Set<string>> {
  return new Set((await eventsInLog()).map(({ headers }) => headers["ce_id"]?.toString() ?? ""));
}

test("one event is answered with its id and its place in the log", async () => {
  const { status, body } = await shop.ask("POST", "/events", {
    name: "order/placed",
    data: { a: 1 },
    id: "one",
    key: "k",
    time: "2026-01-01T00:00:00+01:00",
  });
  expect(status).toBe(200);
  expect(body).toMatchObject({ events: [{ id: "one", topic: "shop.events" }] });
  expect(await idsInLog()).toContain("one");
});

/** Header of the event with this id, in the log. */
async function headerOf(id: string, name: string): Promise<string | undefined> {
  const found = (await eventsInLog()).find(({ headers }) => headers["ce_id"]?.toString() === id);
  if (found !== undefined) return found.headers[name]?.toString();
  throw new Error(`no event ${id}`);
}

test("events belong to the trace of the request that sends them, and one that is malformed is passed over", async () => {
  const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  const trace = { traceparent, tracestate: "rojo=1" };
  await shop.ask("POST", "/events", { name: "order/placed", data: {}, id: "traced" }, trace);
  expect([await headerOf("traced", "traceparent"), await headerOf("traced", "tracestate")]).toEqual([traceparent, "rojo=1"]);
  const line = '{"name":"order/placed","data":{},"id":"traced-line"}\n';
  const answer = await fetch(`${shop.url}/api/v1/events`, { method: "POST", headers: { ...NDJSON, ...trace }, body: line });
  expect(linesOf(await answer.text())).toEqual([{ id: "traced-line" }]);
  expect(await headerOf("traced-line", "traceparent")).toBe(traceparent);
  const odd = await shop.ask("POST", "/events", { name: "order/placed", data: {}, id: "untraced" }, { traceparent: "00-nonsense" });
  expect(odd.status).toBe(200);
  expect(await headerOf("untraced", "traceparent")).toBeUndefined();
});

test("an id counts once, however often it is sent", async () => {
  for (let n = 0; n < 3; n++) expect((await shop.ask("POST", "/events", { name: "order/placed", data: {}, id: "again" })).status).toBe(200);
  await shop.ask("POST", "/events", { name: "order/placed", data: {}, id: "after", key: "again" });
  const started = async (id: string): Promise<number> => {
    const { body } = await shop.ask("GET", `/runs?search=${id}`);
    return (body as { items: { event: { id: string } }[] }).items.filter(({ event }) => event.id === id).length;
  };
  await expect.poll(() => started("after")).toBe(1);
  expect(await started("again")).toBe(1);
});

test("many at once keep their order, and one that is wrong keeps all of them out", async () => {
  const events = Array.from({ length: 1_000 }, (_, index) => ({ name: "noted", data: index, id: `many-${index}` }));
  const { status, body } = await shop.ask("POST", "/events", events);
  expect(status).toBe(200);
  expect((body as { events: { id: string }[] }).events.map(({ id }) => id)).toEqual(events.map(({ id }) => id));
  const wrong = await shop.ask("POST", "/events", [
    { name: "noted", data: 1, id: "kept-out" },
    { name: "millrace/own", data: 1 },
  ]);
  expect(wrong).toMatchObject({ status: 400, body: { code: "INVALID_EVENT" } });
  expect(await idsInLog()).not.toContain("kept-out");
  expect((await shop.ask("POST", "/events", [...events, ...events])).body).toMatchObject({ code: "INVALID_REQUEST" });
});

test("each line is answered by one, in order: with its id, or with why it was not sent", async () => {
  const lines = [
    '{"name":"noted","data":1,"id":"l-0"}',
    "",
    "{",
    '{"name":"noted"}',
    '{"name":"noted","data":2,"idd":"x"}',
    '{"name":"millrace/own","data":2}',
    `{"name":"noted","data":"${"x".repeat(100_000)}"}`,
    '{"name":"noted","data":2,"id":"l-7"}',
  ];
  const { status, text } = await shop.ask("POST", "/events", lines.join("\n"), NDJSON);
  expect(status).toBe(200);
  const code = (name: string): object => ({ code: name, status: "not-sent" });
  expect(linesOf(text)).toMatchObject([
    { id: "l-0" },
    code("MALFORMED_BODY"),
    code("MALFORMED_BODY"),
    code("INVALID_REQUEST"),
    code("INVALID_REQUEST"),
    code("INVALID_EVENT"),
    code("BODY_TOO_LARGE"),
    { id: "l-7" },
  ]);
});

test("a stream is answered while it goes on", async () => {
  const upload = request(`${shop.url}/api/v1/events`, { method: "POST", headers: NDJSON });
  const answered = Promise.withResolvers<AsyncIterator<Buffer>>();
  upload.on("response", (response) => answered.resolve(response[Symbol.asyncIterator]() as AsyncIterator<Buffer>));
  upload.write('{"name":"noted","data":1,"id":"first"}\n');
  const response = await answered.promise;
  expect(linesOf(String((await response.next()).value))).toEqual([{ id: "first" }]);
  upload.end('{"name":"noted","data":1,"id":"last"}');
  expect(linesOf(String((await response.next()).value))).toEqual([{ id: "last" }]);
  expect((await response.next()).done).toBe(true);
});

test("fifty thousand lines: all are in the log, in order of their key, and each has its answer", async () => {
  const count = 50_000;
  const body = Array.from({ length: count }, (_, index) => `{"name":"noted","data":${index},"key":"one","id":"bulk-${index}"}\n`).join("");
  const { text } = await shop.ask("POST", "/events", body, NDJSON);
  expect(linesOf(text).map(({ id }) => id)).toEqual(Array.from({ length: count }, (_, index) => `bulk-${index}`));
  const ids = [...(await idsInLog())].filter((id) => id.startsWith("bulk-"));
  expect(ids).toEqual(Array.from({ length: count }, (_, index) => `bulk-${index}`));
}, 60_000);

test("a stream that is cut off in the middle of a line: the whole lines are sent, the half is not", async () => {
  const client = new RawClient(shop.port);
  await client.request("POST /api/v1/events", { ...NDJSON, "transfer-encoding": "chunked" });
  const text = '{"name":"noted","data":1,"id":"whole"}\n{"name":"noted","data":1,"id":"half"}';
  await client.write(`${text.length.toString(16)}\r\n${text}\r\n`);
  await client.until((answered) => answered.text.includes("whole"));
  client[Symbol.dispose]();
  // Whoever comes after it is answered as ever.
  await shop.ask("POST", "/events", { name: "noted", data: 1, id: "behind" });
  const ids = await idsInLog();
  expect([ids.has("whole"), ids.has("half"), ids.has("behind")]).toEqual([true, false, true]);
});

test("a stream that stops coming is ended after a while, with what it had answered", async () => {
  // Of its own, whose time passes once the line is answered: this process may stand still for as long as it waits.
  const clock = new FakeClock();
  await using hasty = await serveShop({ options: { clock, limits: { bodyMs: 1_000 } } });
  using client = new RawClient(hasty.port);
  await client.request("POST /api/v1/events", { ...NDJSON, "transfer-encoding": "chunked" });
  const line = '{"name":"noted","data":1,"id":"then-nothing"}\n';
  await client.write(`${line.length.toString(16)}\r\n${line}\r\n`);
  await client.until(({ text }) => text.includes("then-nothing"));
  expect(client.isClosed).toBe(false);
  await expect
    .poll(async () => {
      await clock.advance(1_000);
      return client.isClosed;
    })
    .toBe(true);
  expect(client.text).toContain("then-nothing");
});

test("numbers come through as JavaScript has them, and texts as they are", async () => {
  const data = { text: "\u0000 \u2028 \ud83d\ude00 </script>", number: 0.1, list: [null, true], ["__proto__"]: { polluted: 1 } };
  await shop.ask("POST", "/events", { name: "order/placed", data, id: "as-it-is" });
  const reader = async (): Promise<unknown> => (await shop.ask("GET", "/events/as-it-is")).body;
  await expect.poll(async () => ((await reader()) as { data?: string }).data).toBe(JSON.stringify(data));
  expect(({} as { polluted?: number }).polluted).toBeUndefined();
});
