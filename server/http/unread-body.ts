// What a request still sends when it is answered already: it was refused before its body was read, or only a part of it was.
//
// A connection whose request has not come whole takes no further one, and the answer says so (RFC 9112 §9.6), so that no client keeps it for its
// next request. Nor is it closed at once: bytes that nobody reads would make the kernel reset it, and the answer might be lost on its way. They are
// read, and thrown away, for a moment.
import { setImmediate } from "node:timers/promises";
import type { MiddlewareHandler } from "hono";
import type { Clock } from "../../engine/core/clock.ts";
import type { ApiEnv } from "./api.ts";
import type { ServerLimits } from "./limits.ts";

export interface UnreadBodyOptions {
  readonly limits: Pick<ServerLimits, "lingerMs">;
  readonly clock: Clock;
}

/** As Node has the request, on a port. */
export interface Arriving {
  /** All of it was received. */
  readonly complete: boolean;
  /** All of it was read. */
  readonly readableEnded: boolean;
}

export function unreadBody(options: UnreadBodyOptions): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    // What reads it may put another in its place.
    const { raw } = c.req;
    await next();
    // Of `app.fetch` without a port there is none.
    const arriving = (c.env as ApiEnv["Bindings"] | undefined)?.incoming;
    if (arriving === undefined || arriving.readableEnded || raw.method === "GET" || raw.method === "HEAD") return;
    // What was refused at its headers is answered before the rest of the same packet is looked at: a small body is here after that.
    if (!arriving.complete) await setImmediate();
    if (!arriving.complete) c.header("connection", "close");
    if (c.res.body === null) return;
    const { status, headers } = c.res;
    const content = isStream(headers) ? c.res.body : await measured(c.res, headers);
    c.res = undefined;
    c.res = new Response(
      endsAfter(content, () => passOver(raw.body, options)),
      { status, headers },
    );
  };
}

/** Goes on while its request does. */
function isStream(headers: Headers): boolean {
  return headers.get("content-type")?.includes("ndjson") === true;
}

/** Who reads it knows where it ends, and need not wait for the connection's end. */
async function measured(response: Response, headers: Headers): Promise<ReadableStream<Uint8Array>> {
  const bytes = new Blob([await response.arrayBuffer()]);
  headers.set("content-length", String(bytes.size));
  return bytes.stream();
}

/** `last`: between its last byte and its end. */
function endsAfter(content: ReadableStream<Uint8Array>, last: () => Promise<void>): ReadableStream<Uint8Array> {
  const reader = content.getReader();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await reader.read();
        if (!done) return controller.enqueue(value);
        await last();
        controller.close();
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}

/** Resolves when it is at its end, its client is gone, or it took too long. */
async function passOver(body: ReadableStream<Uint8Array> | null, { limits, clock }: UnreadBodyOptions): Promise<void> {
  if (body === null || body.locked) return;
  const reader = body.getReader();
  // Ends a read that waits.
  const forget = clock.setTimer(limits.lingerMs, () => reader.releaseLock());
  try {
    for (;;) if ((await reader.read()).done) return;
  } catch {
    // Cut off, or given up: there is nobody to tell.
  } finally {
    forget();
  }
}
