// Where versions of schemas are kept: a registry by its address, or the topic of an app.
import type { Command } from "commander";
import { checkOptions } from "../engine/config/options.ts";
import { COMPATIBILITIES, compatibilityProblems, type Compatibility } from "../engine/schemas/avro/compatibility.ts";
import { openConfluentApi } from "../engine/schemas/registry/confluent-api.ts";
import { RegistryAnswer } from "../engine/schemas/registry/confluent-http.ts";
import { incompatible } from "../engine/schemas/registry/incompatible.ts";
import type { SchemaRegistry } from "../engine/schemas/registry/registry.ts";
import { openTopicRegistry } from "../engine/schemas/registry/topic-registry.ts";
import { appTopics } from "../engine/task/app-topics.ts";
import { toStandardError, withAppLog, withLogFlags, type LogFlags } from "./app-log.ts";
import { CliError } from "./cli-error.ts";

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
    id: flags.app,
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

async function registryAt(address: string, mode: Compatibility | null): Promise<SchemaPlace> {
  const { url, auth } = parts(address);
  const api = await openConfluentApi({ url, timeoutMs: ANSWER_MS, compatibility: mode, ...(auth === null ? {} : { auth }) });
  const versionsOf = async (subject: string): Promise<readonly string[]> => (await api.versionsOf(subject)).map(({ schema }) => schema);
  const compatibilityOf = async (subject: string): Promise<Compatibility> => mode ?? (await api.compatibilityOf(subject));
  return {
    description: url,
    versionsOf,
    compatibilityOf,
    register: async (subject, schema) => {
      try {
        return await api.register(subject, schema.text);
      } catch (cause) {
        if (!(cause instanceof RegistryAnswer)) throw cause;
        const inForce = await api.compatibilityOf(subject);
        const problems = compatibilityProblems(inForce, schema.text, await versionsOf(subject));
        throw incompatible({ subject, schema, mode: inForce, problems, place: url, cause });
      }
    },
  };
}

const ANSWER_MS = 10_000;

/** Credentials may stand in the address. */
function parts(address: string): { readonly url: string; readonly auth: { readonly username: string; readonly password: string } | null } {
  const url = URL.parse(address);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new CliError("CLI_BAD_CHOICE", `--registry is the address of a registry such as http://localhost:8081, not "${address}"`);
  }
  const { username, password } = url;
  url.username = "";
  url.password = "";
  const auth = username === "" ? null : { username: decodeURIComponent(username), password: decodeURIComponent(password) };
  return { url: url.href.replace(/\/$/, ""), auth };
}
