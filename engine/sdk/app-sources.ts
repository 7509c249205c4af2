// The topics that an app reads: its own events, and those of others that it was told of, each with what makes events of its records.
import type { AppOptions, CheckedOptions } from "../config/options.ts";
import { ConfigurationError } from "../core/configuration-error.ts";
import { shown } from "../core/shown.ts";
import { functionMapping, type EventOf, type SourceMapping } from "../sources/mapping.ts";
import type { SourceRecord } from "../sources/source-record.ts";
import type { Log } from "../log/log.ts";
import type { AppTopics } from "../task/app-topics.ts";
import type { SourceSpec } from "../workflow/trigger/manifest.ts";

export interface ForeignTopic {
  readonly topic: string;
  /** Where it begins when the app reads it for the first time. Default `now`. */
  readonly from?: "beginning" | "now";
  /** An event's id counts once in 24 hours. Default: a record counts once, by its offset, whatever its id. */
  readonly deduplicate?: boolean;
  /** Which event a record is: a function, `cloudEvents()` (default), or `debezium()`. */
  readonly event?: EventOf | SourceMapping;
  /** With a function: the event's key. Default: the record's. */
  readonly key?: (record: SourceRecord) => string | null;
  /** With a function: the event's id. Default: `<topic>/<partition>/<offset>`. */
  readonly id?: (record: SourceRecord) => string;
}

/** What is configuration apart from what is code. @throws ConfigurationError `INVALID_OPTIONS` */
export function withoutMappings(sources: readonly ForeignTopic[]): {
  readonly sources: NonNullable<AppOptions["sources"]>;
  readonly mappings: Map<string, SourceMapping>;
} {
  const mappings = new Map<string, SourceMapping>();
  const plain = sources.map(({ event, key, id, ...rest }) => {
    const mapping = mappingOf({ topic: rest.topic, event, key, id });
    if (mapping !== null) mappings.set(rest.topic, mapping);
    return rest;
  });
  return { sources: plain, mappings };
}

type Code = Record<"event" | "key" | "id", unknown> & Pick<ForeignTopic, "topic">;

function mappingOf({ topic, event, key, id }: Code): SourceMapping | null {
  for (const [name, given] of Object.entries({ key, id })) {
    if (given !== undefined && typeof given !== "function")
      throw invalid(topic, `${name} is a function of the record, not ${shown(given)}`);
    if (given !== undefined && typeof event !== "function")
      throw invalid(topic, `${name} goes with an event that is a function of the record`);
  }
  if (event === undefined) return null;
  if (isMapping(event)) return event;
  if (typeof event !== "function")
    throw invalid(topic, `event is a function of the record, cloudEvents() or debezium(), not ${shown(event)}`);
  // What they return is checked, record by record.
  return functionMapping({ event: event as EventOf, key: key as ForeignTopic["key"], id: id as ForeignTopic["id"] });
}

function isMapping(event: unknown): event is SourceMapping {
  return typeof event === "object" && event !== null && "read" in event && typeof event.read === "function";
}

function invalid(topic: string, problem: string): ConfigurationError {
  return new ConfigurationError("INVALID_OPTIONS", `sources: ${topic}: ${problem}`);
}

export interface SourcesOfApp {
  readonly log: Log;
  readonly topics: AppTopics;
  readonly partitions: number;
}

/** @throws ConfigurationError `INVALID_OPTIONS`; LogError */
export async function sourcesOf(
  others: CheckedOptions["sources"],
  { log, topics, partitions }: SourcesOfApp,
): Promise<readonly SourceSpec[]> {
  const foreign = await Promise.all(
    others.map(async ({ topic, from, deduplicate }) => {
      if (Object.values(topics).includes(topic)) {
        throw new ConfigurationError(
          "INVALID_OPTIONS",
          `sources: ${topic} is a topic of this app itself; what is decided from it would go round for ever`,
        );
      }
      const found = await log.describeTopic(topic);
      if (found === null)
        throw new ConfigurationError("INVALID_OPTIONS", `sources: there is no topic ${topic}. Create it, or correct its name`);
      return { topic, partitions: found.partitions, from, ...(deduplicate ? {} : { ignoreIds: true as const }) };
    }),
  );
  return [{ topic: topics.events, partitions, from: "beginning" }, ...foreign];
}
