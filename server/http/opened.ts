// Data of subjects leaves the server opened, for those who may see data: here, and nowhere else, so that no resource can forget it.
import type { MiddlewareHandler } from "hono";
import type { Sealing } from "../../engine/core/sealing.ts";
import { hasSealed, shown } from "../../engine/sealing/shown.ts";
import { seesPayloads, type ApiEnv } from "./api.ts";

/** Null: nothing is sealed. */
export function opened(sealing: Sealing | null): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    await next();
    if (sealing === null || c.res.headers.get("content-type")?.includes("json") !== true) return;
    if (c.res.headers.get("content-type")?.includes("ndjson") === true) return;
    const text = await c.res.text();
    const { status, headers } = c.res;
    headers.delete("content-length");
    const isPlain = !hasSealed(text);
    const body = isPlain ? text : JSON.stringify(await shown(seesPayloads(c) ? sealing : NOBODYS, JSON.parse(text) as unknown));
    c.res = undefined;
    c.res = new Response(body, { status, headers });
  };
}

/** Who may not see data sees that there is some. */
const NOBODYS: Sealing = { open: () => ({ kind: "erased" }), isErased: () => true, sealLike: (_, text) => text };
