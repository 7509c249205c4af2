// Data of subjects leaves the server opened, for those who may see data: here, and nowhere else, so that no resource can forget it.
import type { MiddlewareHandler } from "hono";
import type { Sealing } from "../../engine/core/sealing.ts";
import { hasSealed, shown, withoutKeys } from "../../engine/sealing/shown.ts";
import { seesPayloads, type ApiEnv } from "./api.ts";
import type { Patience } from "./answered-in-time.ts";

/** Null: nothing is sealed. */
export function opened(sealing: Sealing | null): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    await next();
    if (sealing === null || c.res.headers.get("content-type")?.includes("json") !== true) return;
    if (c.res.headers.get("content-type")?.includes("ndjson") === true) return;
    const text = await c.res.text();
    const { status, headers } = c.res;
    headers.delete("content-length");
    const body = hasSealed(text) ? await seen(text, seesPayloads(c) ? sealing : null, c.get("patience")) : text;
    c.res = undefined;
    c.res = new Response(body, { status, headers });
  };
}

/**
 * JSON. Null: who may not see data sees that there is some. So does who may, of what is under keys that are not known while the log says nothing:
 * what was asked for is done by now, and is answered.
 */
async function seen(answer: string, sealing: Sealing | null, { answerMs, clock }: Patience): Promise<string> {
  const value: unknown = JSON.parse(answer);
  if (sealing === null) return JSON.stringify(withoutKeys(value));
  const late = new AbortController();
  const forget = clock.setTimer(answerMs, () => late.abort());
  try {
    return JSON.stringify(await shown(sealing, value, late.signal));
  } finally {
    forget();
  }
}
