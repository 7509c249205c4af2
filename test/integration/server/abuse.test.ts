// Clients that mean no good, or know no better: the server answers each with a reason, or ends it, and goes on for the others.
import { afterAll, beforeAll, expect, test } from "vitest";
import { RawClient } from "../../support/server/raw-client.ts";
import { serveShop, type ServedShop } from "../../support/server/served-shop.ts";

const LIMITS = {
  bodyBytes: 64 * 1024,
  allBodiesBytes: 128 * 1024,
  bodyMs: 600,
  headersMs: 500,
  streams: 20,
  streamsEach: 20,
  unreadBytes: 64 * 1024,
  heartbeatMs: 100,
  idleMs: 2_000,
};

let shop: ServedShop;
beforeAll(async () => {
  shop = await serveShop({ options: { limits: LIMITS } });
});
afterAll(() => shop[Symbol.asyncDispose]());

const JSON_TYPE = { "content-type": "application/json" };

/** Whatever was done to it, it is alive and answers others. */
async function isWell(): Promise<void> {
  expect((await shop.ask("GET", "/operations")).status).toBe(200);
  const sent = await shop.ask("POST", "/events", { name: "order/placed", data: 1 });
  expect(sent.status).toBe(200);
}

test("a body that says it is too large is refused before it is sent", async () => {
  using client = new RawClient(shop.port);
  await client.request("POST /api/v1/events", { ...JSON_TYPE, "content-length": String(10 ** 12) });
  await client.until(({ status }) => status !== null);
  expect(client.text).toContain("BODY_TOO_LARGE");
  expect(client.status).toBe(413);
  await client.closed();
  await isWell();
});

test("a body that does not say how large it is is cut where it is too large", async () => {
  using client = new RawClient(shop.port);
  await client.request("POST /api/v1/events", { ...JSON_TYPE, "transfer-encoding": "chunked" });
  const chunk = `4000\r\n${"x".repeat(0x4000)}\r\n`;
  while (client.status === null && !client.isClosed) await client.write(chunk);
  expect(client.status).toBe(413);
  await isWell();
});

test("a body that comes too slowly is given up, and its connection ends", async () => {
  using client = new RawClient(shop.port);
  await client.request("POST /api/v1/events", { ...JSON_TYPE, "content-length": "1000" });
  await client.write("{");
  await client.until(({ status }) => status !== null);
  expect(client.status).toBe(408);
  expect(client.text).toContain("BODY_TOO_SLOW");
  await client.closed();
  await isWell();
});

test("headers that never end cost the connection", async () => {
  using client = new RawClient(shop.port);
  await client.write("GET /api/v1/runs HTTP/1.1\r\nhost: localhost\r\n");
  await client.closed();
  expect(client.status).toBe(408);
  await isWell();
});

test("headers that are too many, or no HTTP at all, are refused", async () => {
  using many = new RawClient(shop.port);
  await many.request("GET /api/v1/runs", { "x-much": "x".repeat(100_000) });
  await many.closed();
  expect(many.status).toBe(431);
  using noHttp = new RawClient(shop.port);
  await noHttp.write("\u0016\u0003\u0001 hello\r\n\r\n");
  await noHttp.closed();
  expect(noHttp.status).toBe(400);
  await isWell();
});

test.each([
  ["it ends in the middle", '{"name":"a"', "MALFORMED_BODY"],
  ["it is none", "name=a", "MALFORMED_BODY"],
  ["it is empty", "", "MALFORMED_BODY"],
  ["it is another shape", '"text"', "INVALID_REQUEST"],
  ["it is an empty list", "[]", "INVALID_REQUEST"],
  ["it has a field that there is not", '{"name":"a","data":1,"idd":"x"}', "INVALID_REQUEST"],
  ["it is nested beyond reason", `{"name":"a","data":${"[".repeat(20_000)}${"]".repeat(20_000)}}`, null],
])("JSON is refused, or taken, with a reason where %s", async (_, body, code) => {
  const answer = await shop.ask("POST", "/events", body, JSON_TYPE);
  expect(answer.status).toBeLessThan(500);
  if (code !== null) expect(answer).toMatchObject({ status: 400, body: { code } });
  await isWell();
});

test("bytes that are not UTF-8 are refused, and not mended into something else", async () => {
  const bad = Buffer.concat([Buffer.from('{"name":"a","data":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]);
  const response = await fetch(`${shop.url}/api/v1/events`, { method: "POST", headers: JSON_TYPE, body: bad });
  expect([response.status, ((await response.json()) as { detail: string }).detail]).toEqual([400, "the body is not UTF-8"]);
});

test("a type that is not understood is refused, and so is a body without one", async () => {
  for (const type of ["text/plain", "application/xml", "multipart/form-data; boundary=x"]) {
    expect(await shop.ask("POST", "/events", "{}", { "content-type": type })).toMatchObject({ status: 415 });
  }
  using client = new RawClient(shop.port);
  await client.request("POST /api/v1/events", { "content-length": "2" });
  await client.write("{}");
  await client.until(({ status }) => status !== null);
  expect(client.status).toBe(415);
});

test("large bodies share the room that there is: who finds none is told to come again", async () => {
  const clients = Array.from({ length: 4 }, () => new RawClient(shop.port));
  try {
    const length = 60 * 1024;
    await Promise.all(
      clients.map(async (client) => {
        await client.request("POST /api/v1/events", { ...JSON_TYPE, "content-length": String(length) });
        await client.write(" ".repeat(length - 1));
      }),
    );
    await Promise.all(clients.map((client) => client.until(({ status }) => status !== null)));
    const refused = clients.filter(({ status }) => status === 503);
    expect(refused.length).toBeGreaterThanOrEqual(1);
    for (const { text } of refused) expect(text.toLowerCase()).toContain("retry-after: 2");
  } finally {
    for (const client of clients) client[Symbol.dispose]();
  }
  await isWell();
});

test("live streams are refused beyond their bound, and those that are closed make room", async () => {
  const clients = Array.from({ length: 2_000 }, () => new RawClient(shop.port));
  try {
    await Promise.all(clients.map((client) => client.request("GET /api/v1/live")));
    await Promise.all(clients.map((client) => client.until(({ status }) => status !== null)));
    const open = clients.filter(({ status }) => status === 200).length;
    expect(open).toBe(LIMITS.streams);
    expect(clients.filter(({ status }) => status === 503)).toHaveLength(2_000 - open);
    await isWell();
  } finally {
    for (const client of clients) client[Symbol.dispose]();
  }
  // Each of them is noticed at its next heartbeat at the latest.
  for (;;) {
    using client = new RawClient(shop.port);
    await client.request("GET /api/v1/live");
    await client.until(({ status }) => status !== null);
    if (client.status === 200) break;
  }
}, 30_000);

test("a reader of a live stream that takes nothing is ended, and nobody else is held up", async () => {
  using sleeper = new RawClient(shop.port);
  await sleeper.request("GET /api/v1/live");
  await sleeper.until(({ status }) => status !== null);
  sleeper.stopReading();
  using reader = new RawClient(shop.port);
  await reader.request("GET /api/v1/live");
  await reader.until(({ status }) => status !== null);
  const ids = Array.from({ length: 200 }, (_, index) => `01K9ZC6Y1N8XQ2B7V4T5M3${String(index).padStart(4, "0")}`);
  // What the kernel holds for a reader is megabytes: more than that is told.
  for (let told = 0; told < 20_000_000; told = reader.text.length) {
    for (let n = 0; n < 5; n++) shop.server.live.tell({ type: "runs", ids });
    await reader.until(({ text }) => text.length > told);
    expect(hasEnded(reader)).toBe(false);
  }
  sleeper.readOn();
  await sleeper.until(hasEnded);
  // What the kernel and the stream kept for it, and not what was told.
  expect(sleeper.text.length).toBeLessThan(reader.text.length);
  await isWell();
}, 60_000);

/** The last chunk of a stream. */
function hasEnded({ tail }: RawClient): boolean {
  return tail.endsWith("\r\n0\r\n\r\n");
}

test("a request whose path is no path, or whose id is none, is answered with a reason", async () => {
  for (const [path, status] of [
    ["/api/v1/runs/%ff%fe", 400],
    ["/api/v1/operations/%00", 404],
    ["/api/v1/../../etc/passwd", 404],
    ["/api/v1/nothing", 404],
    ["//", 404],
  ] as const) {
    using client = new RawClient(shop.port);
    await client.request(`GET ${path}`);
    await client.until((answered) => answered.status !== null);
    expect([path, client.status]).toEqual([path, status]);
  }
  await isWell();
});

test("a method that an address has not is refused, and those that it has are named", async () => {
  const answer = await shop.ask("DELETE", "/events");
  expect(answer).toMatchObject({ status: 405, body: { code: "METHOD_NOT_ALLOWED" } });
  expect(answer.headers.get("allow")).toContain("POST");
});

test("a parameter that there is not is refused, so that a filter that is misspelt never means everything", async () => {
  const id = "01K9ZC6Y1N8XQ2B7V4T5M3RDEF";
  for (const at of ["/runs", "/events", "/dead-letters", "/audit", `/runs/${id}/wait`, "/replays/none/differences"]) {
    const { status, body } = await shop.ask("GET", `${at}?staus=failed`);
    expect([at, status, body]).toMatchObject([at, 400, { code: "INVALID_REQUEST", detail: expect.stringContaining("staus") as unknown }]);
  }
});
