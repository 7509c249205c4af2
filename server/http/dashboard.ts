// The dashboard: files that were built into the package, read into memory once, so that no path leads anywhere else.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import type { Context } from "hono";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".woff2": "font/woff2",
  ".json": "application/json",
  ".txt": "text/plain; charset=utf-8",
  ".webmanifest": "application/manifest+json",
};
const PACKED = new Set([".html", ".js", ".css", ".svg", ".json", ".txt", ".webmanifest"]);
/** Its files have a hash of their content in their names. */
const HASHED = "/assets/";
const INDEX = "/index.html";

interface Asset {
  readonly type: string;
  readonly plain: Uint8Array<ArrayBuffer>;
  readonly packed: Uint8Array<ArrayBuffer> | null;
  readonly cache: string;
}

export class Dashboard {
  readonly #assets = new Map<string, Asset>();

  /** `directory`: as the build left it. Where it is not there, pages say how to build it. */
  constructor(directory: string) {
    if (!existsSync(path.join(directory, "index.html"))) return;
    for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const file = path.join(entry.parentPath, entry.name);
      const name = `/${path.relative(directory, file).replaceAll(path.sep, "/")}`;
      this.#assets.set(name, assetOf(name, readFileSync(file)));
    }
  }

  /** A file; for what looks like none, the page, which knows its own addresses. Null: there is no such file. */
  answer(c: Context): Response | null {
    const { path: wanted } = c.req;
    const asset = this.#assets.get(wanted) ?? (wanted.startsWith(HASHED) ? undefined : this.#assets.get(INDEX));
    if (asset !== undefined) return send(c, asset);
    return this.#assets.size === 0 ? send(c, NOT_BUILT, 503) : null;
  }
}

function send(c: Context, { type, plain, packed, cache }: Asset, status: 200 | 503 = 200): Response {
  const isPacked = packed !== null && /\bgzip\b/.test(c.req.header("accept-encoding") ?? "");
  return c.body(isPacked ? packed : plain, status, {
    "content-type": type,
    "cache-control": cache,
    ...(packed === null ? {} : { vary: "accept-encoding" }),
    ...(isPacked ? { "content-encoding": "gzip" } : {}),
  });
}

function assetOf(name: string, plain: Buffer): Asset {
  const extension = path.extname(name);
  return {
    type: TYPES[extension] ?? "application/octet-stream",
    plain: new Uint8Array(plain),
    packed: PACKED.has(extension) ? new Uint8Array(gzipSync(plain)) : null,
    cache: name.startsWith(HASHED) ? "public, max-age=31536000, immutable" : "no-store",
  };
}

const NOT_BUILT = assetOf(
  INDEX,
  Buffer.from(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Millrace</title>
<h1>The dashboard was not built</h1>
<p>This server runs from a working copy of Millrace, where the dashboard is built by hand: <code>npm run build:web</code>, then start it again.</p>
<p>The API is at <a href="/api/v1/openapi.json">/api/v1/openapi.json</a>, health at <a href="/health/ready">/health/ready</a>.</p>
</html>
`),
);
