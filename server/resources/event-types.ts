// Names of events: those that trigger functions, those that have a schema, and those that the history has; for a form to send one.
import { namesOfEvents, newestData } from "../../consumers/run-history/list-events.ts";
import { EventTypes } from "../contract/events.ts";
import { matches } from "../../engine/workflow/trigger/match.ts";
import type { TriggerSpec } from "../../engine/workflow/trigger/trigger-spec.ts";
import { manifestOf } from "../functions/manifest-of.ts";
import type { Api } from "../http/api.ts";
import { json, route } from "../http/route.ts";
import { sightOf } from "../queries/runs-wanted.ts";
import type { ServedApp, ServerTools } from "../served-app.ts";

/** The engine's own events are not for people to send. */
const OURS = "millrace/";
/** What people fill a form with is no book. */
const MAX_EXAMPLE = 64 * 1024;
/** Of all names together: those that come first have theirs. */
const MAX_EXAMPLES = 2 * 1024 * 1024;

const list = route("read", {
  method: "get",
  path: "/event-types",
  summary: "Names of events that functions are triggered by, that have a schema, or that the history has",
  responses: { 200: { description: "Names, in their order", content: json(EventTypes) } },
});

export function eventTypesResource(api: Api, served: ServedApp, _tools: ServerTools): void {
  const { history, code } = served;
  const manifest = manifestOf(served);

  api.openapi(list, async (c) => {
    const sight = sightOf(c);
    const triggers = ((await manifest.read())?.functions ?? []).flatMap(({ id, triggers: of }) =>
      of.flatMap((trigger) => {
        const name = nameOf(trigger);
        return name === null ? [] : [{ id, name }];
      }),
    );
    const seen = namesOfEvents(history).map(({ name }) => name);
    const exact = triggers.map(({ name }) => name).filter((name) => !name.endsWith("*"));
    const names = new Set([...exact, ...(code?.parts.declaredEvents ?? []), ...seen]);
    const items = [...names].filter((name) => !name.startsWith(OURS)).toSorted();
    let room = sight === "all" ? MAX_EXAMPLES : 0;
    const example = (name: string): string | null => {
      if (room <= 0) return null;
      const data = newestData(history, name);
      if (data === null || data.length > MAX_EXAMPLE) return null;
      room -= data.length;
      return data;
    };
    return c.json(
      {
        items: items.map((name) => ({
          name,
          avro: code?.parts.writtenAvroOf(name) ?? null,
          functions: [...new Set(triggers.filter((trigger) => matches(trigger.name, name)).map(({ id }) => id))],
          example: example(name),
        })),
      },
      200,
    );
  });
}

/** Null for what is no event. */
function nameOf(trigger: TriggerSpec): string | null {
  if (typeof trigger === "string") return trigger;
  return "event" in trigger ? trigger.event : null;
}
