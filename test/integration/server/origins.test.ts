// Which pages may ask. Without a login, nothing but this keeps a page of anywhere from doing things on the developer's machine.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RawClient } from "../../support/server/raw-client.ts";
import { serveShop, type ServedShop } from "../../support/server/served-shop.ts";

let shop: ServedShop;
beforeAll(async () => {
  shop = await serveShop({ options: { cors: ["https://ops.example.com"] } });
});
afterAll(() => shop[Symbol.asyncDispose]());

async function statusOf(line: string, headers: Readonly<Record<string, string>>): Promise<number | null> {
  using client = new RawClient(shop.port);
  await client.request(line, headers);
  await client.until(({ status }) => status !== null);
  return client.status;
}

const GET = "GET /api/v1/operations";

describe("without a login", () => {
  test.each(["localhost", "127.0.0.1", "[::1]", "LOCALHOST"])("%s is this machine", async (name) => {
    expect(await statusOf(GET, { host: `${name}:${shop.port}` })).toBe(200);
    expect(await statusOf(GET, { host: name })).toBe(200);
  });

  test.each([
    "evil.example",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "evil.example:8288",
    "10.0.0.1",
    "0.0.0.0",
    "localhost@evil.example",
  ])("a name that leads here, %s, is refused: API, pages, metrics and health alike", async (name) => {
    for (const path of ["/api/v1/operations", "/", "/metrics", "/health/live"]) {
      const status = await statusOf(`GET ${path}`, { host: name });
      // What is no name at all is refused before it gets anywhere.
      expect([400, 403]).toContain(status);
    }
  });

  test("another site's page is refused, whatever it asks", async () => {
    const host = `localhost:${shop.port}`;
    for (const headers of [
      { origin: "https://evil.example" },
      { origin: "null" },
      { origin: `http://localhost:${shop.port + 1}` },
      { origin: `https://${host}` },
      { "sec-fetch-site": "cross-site" },
      { "sec-fetch-site": "same-site" },
    ]) {
      expect([headers, await statusOf(GET, { host, ...headers })]).toEqual([headers, 403]);
      expect(await statusOf("POST /api/v1/operations/x/stop", { host, ...headers, "content-length": "0" })).toBe(403);
    }
  });

  test("its own page may ask, and so may what is no browser", async () => {
    const host = `localhost:${shop.port}`;
    expect(await statusOf(GET, { host, origin: `http://${host}`, "sec-fetch-site": "same-origin" })).toBe(200);
    expect(await statusOf(GET, { host, "sec-fetch-site": "none" })).toBe(200);
    expect(await statusOf(GET, { host })).toBe(200);
  });
});

describe("pages of other origins", () => {
  const asking = { "access-control-request-method": "POST", "access-control-request-headers": "authorization,content-type" };

  test("one that is named may ask, with a token", async () => {
    const origin = "https://ops.example.com";
    const preflight = await shop.ask("OPTIONS", "/events", undefined, { origin, ...asking });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get("access-control-allow-origin")).toBe(origin);
    expect(preflight.headers.get("access-control-allow-headers")).toContain("authorization");
    // A page whose requests are traced sends this along.
    expect(preflight.headers.get("access-control-allow-headers")).toContain("traceparent");
    expect(preflight.headers.get("access-control-allow-credentials")).toBeNull();
    const answer = await shop.ask("GET", "/operations", undefined, { origin });
    expect([answer.status, answer.headers.get("access-control-allow-origin")]).toEqual([200, origin]);
    expect(answer.headers.get("vary")).toContain("origin");
  });

  test("any other is told nothing by which a browser would let it", async () => {
    const origin = "https://ops.example.com.evil.example";
    for (const answer of [
      await shop.ask("OPTIONS", "/events", undefined, { origin, ...asking }),
      await shop.ask("GET", "/operations", undefined, { origin }),
    ]) {
      expect(answer.headers.get("access-control-allow-origin")).toBeNull();
      expect(answer.status).toBe(403);
    }
  });
});

test("every answer forbids the browser what it need not do, problems and pages alike", async () => {
  for (const path of ["/api/v1/operations", "/api/v1/nothing", "/", "/health/live"]) {
    const { headers } = await fetch(`${shop.url}${path}`);
    expect(headers.get("content-security-policy")).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
  }
});
