// The dashboard's files, as the build leaves them: served from memory, so that no path leads anywhere else.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { RawClient } from "../../support/server/raw-client.ts";
import { serveShop, type ServedShop } from "../../support/server/served-shop.ts";

let directory: string;
let shop: ServedShop;
beforeAll(async () => {
  directory = mkdtempSync(path.join(tmpdir(), "millrace-dashboard-"));
  const built = path.join(directory, "dist-web");
  mkdirSync(path.join(built, "assets"), { recursive: true });
  writeFileSync(path.join(directory, "secret.txt"), "secret");
  writeFileSync(path.join(built, "index.html"), "<!doctype html><title>the page</title>");
  writeFileSync(path.join(built, "assets/app-1a2b3c.js"), `console.log("${"x".repeat(5_000)}");`);
  writeFileSync(path.join(built, "icon.svg"), "<svg/>");
  shop = await serveShop({ options: { dashboard: built } });
});
afterAll(async () => {
  await shop[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true, force: true });
});

async function get(at: string, headers: Readonly<Record<string, string>> = {}) {
  const response = await fetch(`${shop.url}${at}`, { headers });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

test("the page is every address that is no file: it knows its own; and it is never kept", async () => {
  for (const at of ["/", "/runs", "/runs/01K9ZC6Y1N8XQ2B7V4T5M3RDEF?tab=steps", "/functions/a%2Fb", "/index.html"]) {
    const { status, headers, text } = await get(at);
    expect([at, status, headers.get("content-type"), headers.get("cache-control")]).toEqual([
      at,
      200,
      "text/html; charset=utf-8",
      "no-store",
    ]);
    expect(text).toContain("the page");
  }
});

test("files whose names have a hash are kept for good, and one that is gone is not the page", async () => {
  const { status, headers } = await get("/assets/app-1a2b3c.js");
  expect([status, headers.get("content-type"), headers.get("cache-control")]).toEqual([
    200,
    "text/javascript; charset=utf-8",
    "public, max-age=31536000, immutable",
  ]);
  expect((await get("/assets/app-before.js")).status).toBe(404);
  expect((await get("/icon.svg")).headers.get("content-type")).toBe("image/svg+xml");
});

test("who takes gzip gets it, and the same", async () => {
  const plain = await get("/assets/app-1a2b3c.js", { "accept-encoding": "identity" });
  const packed = await get("/assets/app-1a2b3c.js", { "accept-encoding": "gzip" });
  expect([plain.headers.get("content-encoding"), packed.headers.get("content-encoding")]).toEqual([null, "gzip"]);
  expect(packed.text).toBe(plain.text);
  expect(packed.headers.get("vary")).toContain("accept-encoding");
});

test("no path leads out of it", async () => {
  for (const at of [
    "/../secret.txt",
    "/assets/../../secret.txt",
    "/%2e%2e/secret.txt",
    "/..%2fsecret.txt",
    "/assets/%2e%2e%2f%2e%2e%2fsecret.txt",
    "//etc/passwd",
  ]) {
    using client = new RawClient(shop.port);
    await client.request(`GET ${at}`, { connection: "close" });
    await client.closed();
    expect([at, client.text.includes("secret\r\n"), client.text.endsWith("secret")]).toEqual([at, false, false]);
    expect(client.status).toBeLessThan(500);
  }
});

test("the API's addresses are never the page, and nothing but reading is answered by it", async () => {
  for (const at of ["/api", "/api/v1/nothing", "/api/v2/runs", "/health/other", "/metrics/x"]) {
    const { status, headers } = await get(at);
    expect([at, status, headers.get("content-type")]).toEqual([at, 404, "application/problem+json"]);
  }
  expect((await fetch(`${shop.url}/runs`, { method: "POST" })).status).toBe(404);
  const head = await fetch(`${shop.url}/runs`, { method: "HEAD" });
  expect([head.status, await head.text()]).toEqual([200, ""]);
});

test("where it was not built, its page says how to", async () => {
  await using other = await serveShop({ options: { dashboard: path.join(directory, "nowhere") } });
  const response = await fetch(`${other.url}/runs`);
  expect([response.status, await response.text()]).toEqual([503, expect.stringContaining("npm run build:web")]);
});
