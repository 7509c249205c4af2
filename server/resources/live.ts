// GET /live: what changed, as it changes. Read by `fetch`, so that the token goes along.
import { LiveMessage } from "../contract/live.ts";
import { actorOf, type Api } from "../http/api.ts";
import { route } from "../http/route.ts";
import type { LiveStreams } from "../live-streams.ts";

const follow = route("read", {
  method: "get",
  path: "/live",
  summary: "What changed, as Server-Sent Events",
  description: "`event:` is the message's type, `data:` the message as JSON. Who shows what has changed asks for it.",
  responses: { 200: { description: "A stream without end", content: { "text/event-stream": { schema: LiveMessage } } } },
});

const HEADERS = { "content-type": "text/event-stream; charset=utf-8", "x-accel-buffering": "no" };

export function liveResource(api: Api, streams: LiveStreams): void {
  api.openapi(follow, (c) => {
    // A stream that nobody reads is ended by nobody: it would have its place for good.
    if (c.req.method === "HEAD") return c.body(null, 200, HEADERS);
    return c.body(
      streams.open(actorOf(c), () => c.get("stillMay")("read")),
      200,
      HEADERS,
    );
  });
}
