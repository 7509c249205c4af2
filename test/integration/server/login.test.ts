// Who may do what, with real tokens in a real file.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { silentLogger } from "../../../engine/observability/logger.ts";
import { SCOPES, type Scope } from "../../../server/contract/words.ts";
import { hashOfToken, makeToken } from "../../../server/tokens/secret.ts";
import { changeTokens } from "../../../server/tokens/token-file.ts";
import { WatchedTokens } from "../../../server/tokens/watched-tokens.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { RawClient } from "../../support/server/raw-client.ts";
import { serveShop, type Answer, type ServedShop } from "../../support/server/served-shop.ts";

let shop: ServedShop;
let directory: string;
const clock = new FakeClock();
const tokens = new Map<string, string>();

beforeAll(async () => {
  directory = mkdtempSync(path.join(tmpdir(), "millrace-login-"));
  await give("all", SCOPES);
  for (const scope of SCOPES) await give(scope, [scope]);
  shop = await serveShop({
    options: {
      access: { kind: "tokens", tokens: new WatchedTokens(file(), { clock, logger: silentLogger }) },
      metrics: () => Promise.resolve("up 1\n"),
      limits: { heartbeatMs: 20, uploads: 4, uploadsEach: 2 },
    },
  });
});
afterAll(async () => {
  await shop[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true, force: true });
});

const file = (): string => path.join(directory, "tokens.json");

async function give(name: string, scopes: readonly Scope[]): Promise<void> {
  const token = makeToken();
  tokens.set(name, token);
  const entry = { name, scopes: [...scopes], sha256: hashOfToken(token), createdAt: new Date(0).toISOString(), perSecond: 1_000 };
  await changeTokens(file(), (others) => [...others, entry]);
}

function as(name: string): Readonly<Record<string, string>> {
  return { authorization: `Bearer ${tokens.get(name) ?? ""}` };
}

interface Described {
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, { readonly security?: readonly Readonly<Record<string, readonly string[]>>[] }>>>
  >;
}

/** Every operation of the API, with the scope that its description names. */
async function operations(): Promise<readonly { readonly method: string; readonly at: string; readonly scope: string | undefined }[]> {
  const described = (await (await fetch(`${shop.url}/api/v1/openapi.json`)).json()) as Described;
  return Object.entries(described.paths).flatMap(([at, methods]) =>
    Object.entries(methods).map(([method, { security }]) => ({
      method: method.toUpperCase(),
      at: at.replace("/api/v1", "").replaceAll(/\{\w+\}/g, "01K9ZC6Y1N8XQ2B7V4T5M3RDEF"),
      scope: security?.[0]?.["token"]?.[0],
    })),
  );
}

test("every operation asks for a token, and for the scope that its description names", async () => {
  const all = await operations();
  expect(all.length).toBeGreaterThan(30);
  for (const { method, at, scope } of all) {
    expect([method, at, SCOPES.some((one) => one === scope)]).toEqual([method, at, true]);
    const body = method === "GET" ? undefined : {};
    expect([at, (await shop.ask(method, at, body)).status]).toEqual([at, 401]);
    for (const other of SCOPES.filter((one) => one !== scope)) {
      const answer = await shop.ask(method, at, body, as(other));
      expect([method, at, other, answer.status, codeOf(answer)]).toEqual([method, at, other, 403, "NOT_ALLOWED"]);
    }
  }
});

test("runs are chosen by a condition on their data by who may see it, and the audit does not keep the condition", async () => {
  const asked = { function: "order", where: 'event.data.name == "Zebulon"' };
  const refused = await shop.ask("POST", "/replays", asked, as("operate"));
  expect([refused.status, codeOf(refused)]).toEqual([403, "NOT_ALLOWED"]);
  expect((refused.body as { detail: string }).detail).toContain('lacks the scope "payloads"');
  expect((await shop.ask("POST", "/replays", asked, as("all"))).status).toBe(202);
  const audit = await shop.ask("GET", "/audit?limit=50", undefined, as("read"));
  expect(audit.text).toContain("replay.dry-run");
  expect(audit.text).toContain("hasWhere");
  expect(audit.text).not.toContain("Zebulon");
});

test("null is allowed by the places of the description that have it, and by no component, so that it says what is", async () => {
  const described = (await (await fetch(`${shop.url}/api/v1/openapi.json`)).json()) as {
    components: { schemas: Record<string, { type?: unknown }> };
  };
  const schemas = Object.entries(described.components.schemas);
  expect(schemas.length).toBeGreaterThan(30);
  expect(schemas.filter(([, { type }]) => Array.isArray(type)).map(([name]) => name)).toEqual([]);
});

function codeOf({ body }: Answer): string {
  return (body as { readonly code: string }).code;
}

test("an answer to who has no token says how to send one, and one that is wrong says nothing of others", async () => {
  const none = await shop.ask("GET", "/app");
  expect([none.status, codeOf(none), none.headers.get("www-authenticate")]).toEqual([401, "NOT_AUTHENTICATED", 'Bearer realm="millrace"']);
  for (const authorization of [
    "Bearer",
    "Bearer x",
    `Bearer ${makeToken()}`,
    `Basic ${tokens.get("all") ?? ""}`,
    tokens.get("all") ?? "",
    `Bearer ${hashOfToken(tokens.get("all") ?? "")}`,
  ]) {
    const answer = await shop.ask("GET", "/app", undefined, { authorization });
    expect([authorization, answer.status]).toEqual([authorization, 401]);
  }
});

test("the app says who asks and what they may", async () => {
  expect((await shop.ask("GET", "/app", undefined, as("all"))).body).toMatchObject({
    id: "shop",
    actor: "all",
    scopes: [...SCOPES],
    hasCode: true,
  });
  expect((await shop.ask("GET", "/app", undefined, as("read"))).body).toMatchObject({ actor: "read", scopes: ["read"] });
});

test("metrics need a token that may read; health and the description need none", async () => {
  const status = async (at: string, headers = {}): Promise<number> => (await fetch(`${shop.url}${at}`, { headers })).status;
  expect([await status("/metrics"), await status("/metrics", as("send")), await status("/metrics", as("read"))]).toEqual([401, 403, 200]);
  expect([await status("/health/live"), await status("/health/ready"), await status("/api/v1/openapi.json")]).toEqual([200, 200, 200]);
});

test("lines that a run logged are for who may read and see data", async () => {
  await give("both", ["read", "payloads"]);
  await clock.advance(250);
  const statusFor = async (name: string): Promise<number> =>
    (await shop.ask("GET", "/runs/01K9ZC6Y1N8XQ2B7V4T5M3RDEF/logs", undefined, as(name))).status;
  expect([await statusFor("read"), await statusFor("payloads"), await statusFor("both")]).toEqual([403, 403, 200]);
});

test("a token that is revoked is refused at once, and a new one counts, while the server runs", async () => {
  await give("guest", ["read"]);
  await clock.advance(250);
  expect((await shop.ask("GET", "/app", undefined, as("guest"))).status).toBe(200);
  await changeTokens(file(), (all) => all.filter(({ name }) => name !== "guest"));
  await clock.advance(250);
  expect((await shop.ask("GET", "/app", undefined, as("guest"))).status).toBe(401);
});

test("a token that is revoked ends what it has begun: live streams, and events that are sent line by line", async () => {
  await give("leaving", ["read", "send"]);
  await clock.advance(250);
  using stream = new RawClient(shop.port);
  await stream.request("GET /api/v1/live", as("leaving"));
  await stream.until(({ text }) => text.includes("retry: 2000"));
  using upload = new RawClient(shop.port);
  await upload.request("POST /api/v1/events", { ...as("leaving"), "content-type": "application/x-ndjson", "transfer-encoding": "chunked" });
  const send = async (id: string): Promise<void> => {
    const line = `{"name":"noted","data":1,"id":"${id}"}\n`;
    await upload.write(`${line.length.toString(16)}\r\n${line}\r\n`);
  };
  await send("while-known");
  await upload.until(({ text }) => text.includes("while-known"));
  await changeTokens(file(), (all) => all.filter(({ name }) => name !== "leaving"));
  await clock.advance(250);
  await stream.until(({ tail }) => tail.endsWith("0\r\n\r\n"));
  await send("when-revoked");
  await upload.until(({ tail }) => tail.endsWith("0\r\n\r\n"));
  expect(upload.text).toContain('"code":"NOT_AUTHENTICATED"');
  expect(upload.text).not.toContain("when-revoked");
});

test("what people do is in the audit under their token's name, before it is done, and a failure after it", async () => {
  const before = await entries();
  const missing = await shop.ask("POST", "/operations/none/stop", undefined, as("operate"));
  expect(missing.status).toBe(404);
  // What there is not is not asked for.
  expect(await entries()).toEqual(before);
  const work = begunOperation();
  await shop.ask("POST", `/operations/${work}/stop`, undefined, as("operate"));
  expect((await entries())[0]).toMatchObject({ actor: "operate", operation: "operation.stop", target: work, outcome: "asked", of: null });
});

/** One that goes on until it is stopped. */
function begunOperation(): string {
  return shop.server.operations.start({ kind: "verify", title: "a test's", actor: "test" }, ({ signal }) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    signal.addEventListener("abort", () => resolve());
    return promise;
  }).id;
}

async function entries(): Promise<readonly object[]> {
  const { body } = await shop.ask("GET", "/audit", undefined, as("read"));
  return (body as { readonly items: readonly object[] }).items;
}

test("one token leaves room for the streams of events of others", async () => {
  const begin = async (name: string): Promise<RawClient> => {
    const client = new RawClient(shop.port);
    await client.request("POST /api/v1/events", { ...as(name), "content-type": "application/x-ndjson", "transfer-encoding": "chunked" });
    await client.until(({ status }) => status !== null);
    return client;
  };
  using first = await begin("send");
  using second = await begin("send");
  using third = await begin("send");
  using others = await begin("all");
  expect([first, second, third, others].map(({ status }) => status)).toEqual([200, 200, 503, 200]);
  expect(third.text).toContain("TOO_MANY_STREAMS");
});
