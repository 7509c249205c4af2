// Questions about events, and sending one.
import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";

import type { EventToSend, EventTypes, ListedEvent, SentEvents, ShownEvent } from "../../../server/contract/events.ts";
import type { Lineage } from "../../../server/contract/runs.ts";
import { get, post, segment } from "./client.ts";
import { KEYS } from "./keys.ts";
import { pagesOf } from "./paging.ts";

export interface EventFilter {
  readonly name?: string | undefined;
  readonly key?: string | undefined;
  readonly search?: string | undefined;
  readonly since?: number | undefined;
  readonly until?: number | undefined;
}

export function eventsQuery(filter: EventFilter) {
  return infiniteQueryOptions({
    queryKey: [...KEYS.events, "list", filter],
    ...pagesOf<ListedEvent>("/events", { ...filter }),
    placeholderData: keepPreviousData,
  });
}

/** @param id of the event, or its origin */
export function eventQuery(id: string) {
  return queryOptions({
    queryKey: [...KEYS.events, "one", id],
    queryFn: ({ signal }) => get<ShownEvent>(`/events/${segment(id)}`, { signal }),
  });
}

/** Of many runs: whichever of them changes. */
export function eventLineageQuery(id: string) {
  return queryOptions({
    queryKey: [...KEYS.runs, "lineage of event", id],
    queryFn: ({ signal }) => get<Lineage>(`/events/${segment(id)}/lineage`, { signal }),
  });
}

export const eventTypesQuery = queryOptions({
  queryKey: KEYS.eventTypes,
  queryFn: async ({ signal }) => (await get<EventTypes>("/event-types", { signal })).items,
});

export function sendEvent(event: EventToSend): Promise<SentEvents> {
  return post<SentEvents>("/events", { body: event });
}
