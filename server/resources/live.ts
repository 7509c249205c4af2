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

export function liveResource(api: Api, streams: LiveStreams): void {
  api.openapi(follow, (c) =>
    c.body(
      streams.open(actorOf(c), () => c.get("stillMay")("read")),
      200,
      { "content-type": "text/event-stream; charset=utf-8", "x-accel-buffering": "no" },
    ),
  );
}
