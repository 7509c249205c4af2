// Data of subjects leaves the server opened, for those who may see data: here, and nowhere else, so that no resource can forget it.
import type { MiddlewareHandler } from "hono";
import type { Sealing } from "../../engine/core/sealing.ts";
import { hasSealed, shown, withoutKeys } from "../../engine/sealing/shown.ts";
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
    const body = hasSealed(text) ? JSON.stringify(await seen(JSON.parse(text), seesPayloads(c) ? sealing : null)) : text;
    c.res = undefined;
    c.res = new Response(body, { status, headers });
  };
}

/** Null: who may not see data sees that there is some. */
async function seen(answer: unknown, sealing: Sealing | null): Promise<unknown> {
  return sealing === null ? withoutKeys(answer) : shown(sealing, answer);
}
