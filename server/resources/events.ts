// Events: listed, and shown with where they came from and what came of them.
import { graphOfEvent } from "../../consumers/run-history/graph.ts";
import { findEvent, pageOfEvents } from "../../consumers/run-history/list-events.ts";
import { linksOfEvent } from "../../consumers/run-history/show-event.ts";
import { EventPage, EventQuery, ShownEvent, type ListedEvent } from "../contract/events.ts";
import { Lineage } from "../contract/runs.ts";
import { z } from "../contract/words.ts";
import type { Api } from "../http/api.ts";
import { json, route } from "../http/route.ts";
import { notFound, type ServerError } from "../http/server-error.ts";
import { eventIn, parseOrigin, recordAt, schemaOf, type EventInLog } from "../queries/record-at.ts";
import { sightOf } from "../queries/runs-wanted.ts";
import { SchemaVersions } from "../queries/schema-versions.ts";
import { payload } from "../queries/shown-run.ts";
import type { ServedApp, ServerTools } from "../served-app.ts";

/** Its id, or its origin `topic/partition/offset`, encoded as one part of a path. */
const Id = z.object({ id: z.string().min(1).max(1_000) });

const list = route("read", {
  method: "get",
  path: "/events",
  summary:
    "Events that started runs, were held for some, or were waited for; the newest first, by when the log took them. A search that finds few of very many may answer fewer than were asked for, even none, and a next page",
  request: { query: EventQuery },
  responses: { 200: { description: "A page of events", content: json(EventPage) } },
});
const show = route("read", {
  method: "get",
  path: "/events/{id}",
  summary: "An event by its id, or by its origin, with what it led to; of several with the id, the newest",
  request: { params: Id },
  responses: { 200: { description: "The event", content: json(ShownEvent) } },
});
const lineage = route("read", {
  method: "get",
  path: "/events/{id}/lineage",
  summary: "What an event came of, and what came of it: events and runs",
  request: { params: Id },
  responses: { 200: { description: "A graph", content: json(Lineage) } },
});

export function eventsResource(api: Api, served: ServedApp, { ending }: ServerTools): void {
  const { history, log } = served;
  const versions = new SchemaVersions(served, ending);

  const schemaIn = async (event: ListedEvent): Promise<ShownEvent["schema"]> => {
    const schema = event.topic === "" ? null : schemaOf(await recordAt(log, event), event.name);
    return schema === null ? null : { ...schema, version: await versions.versionOf(schema.id, event.topic) };
  };

  api.openapi(list, (c) => {
    const { limit, ...given } = c.req.valid("query");
    const wanted = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined && value !== ""));
    const { rows, next } = pageOfEvents(history, { ...wanted, limit });
    return c.json({ items: [...rows], next }, 200);
  });

  api.openapi(show, async (c) => {
    const { id } = c.req.valid("param");
    const sight = sightOf(c);
    const event = findEvent(history, id);
    if (event === null) {
      const alone = await unheard(served, id);
      if (alone === null) throw missing(id);
      const nobody = { runs: 0, startedRuns: [], awaitedBy: [], schema: null };
      return c.json({ ...alone, ...nobody, data: payload(alone.data, sight), sentBy: linksOfEvent(history, alone).sentBy }, 200);
    }
    const { startedRuns, awaitedBy, sentBy } = linksOfEvent(history, event);
    const schema = await schemaIn(event);
    const shown = { ...event, data: payload(event.data, sight), schema, sentBy };
    return c.json({ ...shown, startedRuns: [...startedRuns], awaitedBy: [...awaitedBy] }, 200);
  });

  api.openapi(lineage, (c) => {
    const { id } = c.req.valid("param");
    const event = findEvent(history, id);
    if (event === null) throw missing(id);
    const graph = graphOfEvent(history, event.origin);
    return c.json({ nodes: [...(graph?.nodes ?? [])], edges: [...(graph?.edges ?? [])], isCut: graph?.isCut ?? false }, 200);
  });
}

/** An event that concerns nobody is in no journal, and is found by its place alone. */
async function unheard({ log, topics }: ServedApp, id: string): Promise<EventInLog | null> {
  const origin = parseOrigin(id);
  // Of other topics nobody but who may read them is to see anything.
  if (origin?.topic !== topics.events) return null;
  const record = await recordAt(log, origin);
  return record === null ? null : eventIn(record, origin);
}

function missing(id: string): ServerError {
  return notFound(
    `event ${id} in the history`,
    "It has events that started runs, or were waited for. Any other is found by its origin, topic/partition/offset",
  );
}
