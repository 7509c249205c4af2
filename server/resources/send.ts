// POST /events: one, many, or a stream of lines.
import { z } from "../contract/words.ts";
import { EventToSend, SentEvents } from "../contract/events.ts";
import type { Clock } from "../../engine/core/clock.ts";
import type { Logger } from "../../engine/observability/logger.ts";
import { actorOf, type Api, type ApiContext } from "../http/api.ts";
import type { ServerLimits } from "../http/limits.ts";
import { json, needs, PROBLEM, withBody } from "../http/route.ts";
import { faultsOf } from "../http/faults.ts";
import { ServerError } from "../http/server-error.ts";
import type { ServedApp } from "../served-app.ts";
import { SendDesk, type RequestTrace } from "../sending/send-desk.ts";
import { sendLines } from "../sending/send-lines.ts";

const MAX_AT_ONCE = 1_000;
const NDJSON = "application/x-ndjson";
const Body = z.union([EventToSend, z.array(EventToSend).min(1).max(MAX_AT_ONCE)]);

export interface SendTools {
  readonly limits: ServerLimits;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Aborted when the server begins to close. */
  readonly ending: AbortSignal;
}

export function sendResource(api: Api, { app }: ServedApp, { limits, clock, logger, ending }: SendTools): void {
  const desk = new SendDesk(app, limits, clock);
  // Two kinds of bodies, one of which is never read whole: so it is described here, and told apart by hand.
  api.openAPIRegistry.registerPath({
    method: "post",
    path: "/events",
    summary: "Send events: one, up to a thousand, or a stream of them",
    description: DESCRIPTION,
    security: [{ token: ["send"] }],
    request: { body: { required: true, content: { ...json(Body), [NDJSON]: { schema: { type: "string" } } } } },
    responses: {
      200: {
        description: "They are in the log. Of NDJSON: a line for each line, in order",
        content: { ...json(SentEvents), [NDJSON]: { schema: { type: "string" } } },
      },
      default: PROBLEM,
    },
  });
  api.post("/events", needs("send"), async (c, next) => {
    if (!isType(c, NDJSON)) return withBody(c, next);
    const { body } = c.req.raw;
    if (body === null) throw new ServerError("MALFORMED_BODY", "there is no body: send an event a line");
    if (ending.aborted) throw new ServerError("NOT_READY", "the server is stopping: send it when it is back", { retryAfterSeconds: 5 });
    const onOver = desk.beginUpload(actorOf(c));
    const isWelcome = (): boolean => c.get("stillMay")("send");
    const answers = sendLines(body, { desk, limits, clock, logger, trace: traceOf(c), isWelcome, ending, onOver });
    return c.body(answers, 200, { "content-type": NDJSON });
  });
  api.post("/events", async (c) => {
    if (!isType(c, "application/json")) {
      throw new ServerError("UNSUPPORTED_MEDIA_TYPE", `events are sent as application/json, or a line each as ${NDJSON}`);
    }
    const text = await c.req.text();
    const events = eventsOf(text);
    desk.checkRoom();
    const { ids, records } = await desk.send(events, Buffer.byteLength(text), traceOf(c));
    return c.json({ events: records.map((record, index) => ({ id: ids[index] ?? "", ...record })) }, 200);
  });
}

const DESCRIPTION = `An event is answered once the log has it. With an \`id\` it counts once within 24 hours, however often it is sent.
All events of one request are checked before the first is sent. Where the log fails half-way, \`deliveries\` of the problem says of each whether it is in the log.
Events belong to the trace of the request, where it has the headers \`traceparent\` and \`tracestate\` of W3C.
A stream of lines (${NDJSON}) is answered line by line while it goes on: with its id, or with a code. Lines without an answer were not sent. A server that stops answers what it has read, and ends the stream.`;

function traceOf(c: ApiContext): RequestTrace {
  const [traceparent, tracestate] = [c.req.header("traceparent"), c.req.header("tracestate")];
  return { ...(traceparent === undefined ? {} : { traceparent }), ...(tracestate === undefined ? {} : { tracestate }) };
}

function isType(c: ApiContext, type: string): boolean {
  const [given = ""] = (c.req.header("content-type") ?? "").split(";");
  return given.trim().toLowerCase() === type;
}

/** @throws ServerError `MALFORMED_BODY`, `INVALID_REQUEST` */
function eventsOf(text: string): readonly EventToSend[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new ServerError("MALFORMED_BODY", "the body is not JSON: it has to be one event, or an array of them", { cause });
  }
  // By what it is meant to be: a union would only say that it is neither.
  const read = Array.isArray(value) ? Body.options[1].safeParse(value) : EventToSend.safeParse(value);
  if (!read.success) throw faultsOf("body", read.error);
  return Array.isArray(read.data) ? read.data : [read.data];
}
