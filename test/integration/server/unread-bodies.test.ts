// Requests that are answered before they have come whole: the answer says that its connection ends, and arrives.
import { Agent, request } from "node:http";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { silentLogger } from "../../../engine/observability/logger.ts";
import { hashOfToken, makeToken } from "../../../server/tokens/secret.ts";
import { changeTokens } from "../../../server/tokens/token-file.ts";
import { WatchedTokens } from "../../../server/tokens/watched-tokens.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { RawClient } from "../../support/server/raw-client.ts";
import { serveShop, type ServedShop } from "../../support/server/served-shop.ts";

const KIB = 1024;
const LIMITS = { bodyBytes: 64 * KIB, allBodiesBytes: 256 * KIB, bodiesBytesEach: 128 * KIB, lingerMs: 1_000 };
/** For clients that send all of it: they share this process, which may stand still for longer than a second. */
const PATIENT = { ...LIMITS, lingerMs: 30_000 };
const EVENTS = "POST /api/v1/events";
const EVENT = JSON.stringify({ name: "order/placed", data: 1 });

let shop: ServedShop;
let patient: ServedShop;
let directory: string;
const tokens = new Map<string, string>();

beforeAll(async () => {
  directory = mkdtempSync(path.join(tmpdir(), "millrace-bodies-"));
  const file = path.join(directory, "tokens.json");
  for (const name of ["alice", "bob"]) {
    const token = makeToken();
    tokens.set(name, token);
    const entry = { name, scopes: ["send" as const], sha256: hashOfToken(token), createdAt: new Date(0).toISOString(), perSecond: 1_000 };
    await changeTokens(file, (others) => [...others, entry]);
  }
  const known = new WatchedTokens(file, { clock: new FakeClock(), logger: silentLogger });
  const access = { kind: "tokens", tokens: known } as const;
  shop = await serveShop({ options: { access, limits: LIMITS } });
  patient = await serveShop({ options: { access, limits: PATIENT } });
});
afterAll(async () => {
  await shop[Symbol.asyncDispose]();
  await patient[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true, force: true });
});

function as(name: string, type = "application/json"): Readonly<Record<string, string>> {
  return { authorization: `Bearer ${tokens.get(name) ?? ""}`, "content-type": type };
}

/** Whether an answer, with all that it says it has, is here. */
function isWhole({ text }: RawClient): boolean {
  const [head = "", body = ""] = text.split("\r\n\r\n");
  return Number(/content-length: (\d+)/i.exec(head)?.[1] ?? Infinity) === body.length;
}

const CLOSES = /\r\nconnection: close\r\n/i;
const KEEPS = /\r\nconnection: keep-alive\r\n/i;

test.each([
  ["it says that it is too large", EVENTS, () => as("alice"), String(10 ** 9), 413],
  ["nobody is logged in", EVENTS, () => ({}), "60000", 401],
  ["the token may not", "POST /api/v1/bulk/runs", () => as("alice"), "60000", 403],
  ["there is nothing at its address", "POST /nothing", () => ({}), "60000", 404],
])("a request that is answered before its body came, as %s, is told that its connection ends", async (_, line, headers, length, status) => {
  using client = new RawClient(shop.port);
  await client.request(line, { ...headers(), "content-length": length });
  await client.until(isWhole);
  expect(client.status).toBe(status);
  expect(client.text).toMatch(CLOSES);
  await client.closed();
});

test("a body that grows too large is told that its connection ends", async () => {
  using large = new RawClient(shop.port);
  await large.request(EVENTS, { ...as("bob"), "transfer-encoding": "chunked" });
  await large.write(`${(80 * KIB).toString(16)}\r\n${" ".repeat(80 * KIB)}\r\n`);
  await large.until(isWhole);
  expect(large.status).toBe(413);
  expect(large.text).toMatch(CLOSES);
  await large.closed();
});

test("a client that sends all of its body before it reads is told why it was refused", async () => {
  using client = new RawClient(patient.port);
  const length = 8 * KIB * KIB;
  client.stopReading();
  await client.request(EVENTS, { ...as("alice"), "content-length": String(length) });
  await client.write(Buffer.alloc(length, " "));
  client.readOn();
  await client.closed();
  expect(client.status).toBe(413);
  expect(client.text).toContain("BODY_TOO_LARGE");
});

test("a request that came whole and is refused keeps its connection for the next one", async () => {
  using client = new RawClient(shop.port);
  await client.write(`${EVENTS} HTTP/1.1\r\nhost: localhost\r\ncontent-length: ${EVENT.length}\r\n\r\n${EVENT}`);
  await client.until(isWhole);
  expect(client.status).toBe(401);
  expect(client.text).toMatch(KEEPS);
  await client.request(EVENTS, { ...as("alice"), "content-length": String(EVENT.length) });
  await client.write(EVENT);
  await client.until(({ text }) => text.includes("HTTP/1.1 200"));
  expect(client.isClosed).toBe(false);
});

test("the requests of a pool that come after one that was refused are answered", async () => {
  using agent = new Pool();
  for (let n = 0; n < 3; n++) {
    expect(await agent.post(Buffer.alloc(KIB * KIB, " "))).toBe(413);
    expect(await agent.post(EVENT)).toBe(200);
  }
});

test("a stream of lines that ends before its request does says that its connection ends; one that came whole keeps it", async () => {
  using long = new RawClient(shop.port);
  await long.request(EVENTS, { ...as("alice", "application/x-ndjson"), "transfer-encoding": "chunked" });
  await long.until(({ text }) => text.includes("\r\n\r\n"));
  expect(long.text).toMatch(CLOSES);
  await long.write(`${(EVENT.length + 1).toString(16)}\r\n${EVENT}\n\r\n0\r\n\r\n`);
  await long.closed();
  expect(long.text).toContain('{"id":"');
  using short = new RawClient(shop.port);
  const lines = `${EVENT}\n${EVENT}\n`;
  const head = Object.entries(as("alice", "application/x-ndjson")).map(([name, value]) => `${name}: ${value}\r\n`);
  await short.write(`${EVENTS} HTTP/1.1\r\nhost: localhost\r\n${head.join("")}content-length: ${lines.length}\r\n\r\n${lines}`);
  await short.until(({ text }) => text.split('{"id":"').length === 3);
  expect(short.text).toMatch(KEEPS);
});

test("one token's large bodies leave room for another's", async () => {
  const clients = Array.from({ length: 8 }, () => new RawClient(shop.port));
  try {
    await Promise.all(
      clients.map(async (client) => {
        await client.request(EVENTS, { ...as("alice"), "content-length": String(50 * KIB) });
        await client.write(" ".repeat(50 * KIB - 1));
      }),
    );
    const refused = (): readonly RawClient[] => clients.filter(({ status }) => status !== null);
    while (refused().length < 6) await Promise.race(clients.filter(({ status }) => status === null).map((client) => client.until(isWhole)));
    for (const { status, text } of refused()) {
      expect(status).toBe(503);
      expect(text).toContain('\\"alice\\" sends too many large requests at once');
      expect(text).toMatch(CLOSES);
    }
    const event = JSON.stringify({ name: "order/placed", data: "x".repeat(60 * KIB) });
    expect(await shop.ask("POST", "/events", event, as("bob"))).toMatchObject({ status: 200 });
  } finally {
    for (const client of clients) client[Symbol.dispose]();
  }
});

/** One connection, kept for as long as the server says. */
class Pool implements Disposable {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });

  /** Resolves with the status. */
  async post(body: string | Buffer): Promise<number> {
    return new Promise((resolve, reject) => {
      const headers = { ...as("alice"), "transfer-encoding": "chunked" };
      const sent = request(`${patient.url}/api/v1/events`, { method: "POST", agent: this.#agent, headers }, (answer) => {
        answer.resume();
        answer.once("end", () => resolve(answer.statusCode ?? 0));
      });
      sent.once("error", reject);
      sent.end(body);
    });
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }
}
