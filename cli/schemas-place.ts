// Where versions of schemas are kept: a registry by its address, or the topic of an app.
import type { Command } from "commander";
import { checkOptions } from "../engine/config/options.ts";
import { COMPATIBILITIES, type Compatibility } from "../engine/schemas/avro/compatibility.ts";
import { openConfluentApi } from "../engine/schemas/registry/confluent-api.ts";
import type { SchemaRegistry } from "../engine/schemas/registry/registry.ts";
import { openTopicRegistry } from "../engine/schemas/registry/topic-registry.ts";
import { appTopics } from "../engine/task/app-topics.ts";
import { toStandardError, withAppLog, withLogFlags, type LogFlags } from "./app-log.ts";
import { CliError } from "./cli-error.ts";
import { namedApp } from "./named-app.ts";

export interface PlaceFlags extends LogFlags {
  readonly registry?: string;
  readonly mode?: string;
}

/** What a command needs of one. */
export type SchemaPlace = Pick<SchemaRegistry, "description" | "register" | "versionsOf" | "compatibilityOf">;

export interface OpenPlace {
  readonly place: SchemaPlace;
  /** Of a record, by its full name. */
  readonly subjectOf: (record: string) => string;
}

export function withPlaceFlags(command: Command): Command {
  return withLogFlags(command)
    .option("--registry <url>", "of a registry with Confluent's API (default: the app's own topic of schemas)")
    .option("--mode <mode>", `who has to be able to read what: ${COMPATIBILITIES.join(", ")} (default: what is in force there)`);
}

/** A registry is asked alone: it needs no log, and a job that checks has none. */
export async function withPlace<T>(flags: PlaceFlags, work: (open: OpenPlace) => Promise<T>): Promise<T> {
  const mode = flags.mode === undefined ? null : modeNamed(flags.mode);
  if (flags.registry === undefined) {
    return withAppLog(flags, async ({ log, topics }) => {
      const options = { log, topic: topics.schemas, logger: toStandardError, ...(mode === null ? {} : { compatibility: mode }) };
      const place = await openTopicRegistry(options);
      try {
        return await work({ place, subjectOf: (record) => `${topics.events}-${record}` });
      } finally {
        await place.close();
      }
    });
  }
  const { id, topicPrefix } = checkOptions({
    id: namedApp(flags),
    ...(flags.topicPrefix === undefined ? {} : { topicPrefix: flags.topicPrefix }),
  });
  const { events } = appTopics(topicPrefix + id);
  const place = await registryAt(flags.registry, mode);
  return work({ place, subjectOf: (record) => `${events}-${record}` });
}

export function modeNamed(text: string): Compatibility {
  const mode = COMPATIBILITIES.find((candidate) => candidate === text.toUpperCase());
  if (mode !== undefined) return mode;
  throw new CliError("CLI_BAD_CHOICE", `--mode is ${COMPATIBILITIES.join(", ")}, not "${text}"`);
}

async function registryAt(url: string, mode: Compatibility | null): Promise<SchemaPlace> {
  const api = await openConfluentApi({ url, timeoutMs: ANSWER_MS, ...(mode === null ? {} : { compatibility: mode }) });
  return {
    description: api.url,
    versionsOf: async (subject) => (await api.versionsOf(subject)).map(({ schema }) => schema),
    compatibilityOf: async (subject) => mode ?? (await api.compatibilityOf(subject)),
    register: async (subject, schema) => api.register(subject, schema),
  };
}

const ANSWER_MS = 10_000;
