// ADAPTER of the port SchemaRegistry on a registry of Confluent's API (Confluent, Apicurio, Karapace, Redpanda). What it says is copied to the
// app's own topic, so that the log stays readable without it.
import type http from "node:http";
import { silentLogger, type Logger } from "../../observability/logger.ts";
import { compatibilityProblems, type Compatibility, type Incompatibility } from "../avro/compatibility.ts";
import { parseEventSchema, type EventSchema } from "../avro/event-schema.ts";
import { SchemaError } from "../schema-error.ts";
import { openConfluentApi, type ConfluentApi } from "./confluent-api.ts";
import { RegistryAnswer } from "./confluent-http.ts";
import { incompatible } from "./incompatible.ts";
import type { SchemaRegistry } from "./registry.ts";
import type { TopicRegistry } from "./topic-registry.ts";

export interface ConfluentRegistryOptions {
  /** With the path of the API where it has one, e.g. `http://registry:8080/apis/ccompat/v7`. Credentials may stand in it. */
  readonly url: string;
  readonly auth?: { readonly username: string; readonly password: string };
  /** Sent with each question, e.g. `authorization` for a token. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly agent?: http.Agent;
  /** Of one question. Default 5 s. */
  readonly timeoutMs?: number;
  /** Given to subjects without a mode of their own when the app registers a schema. Default: the registry's own mode stays in force. */
  readonly compatibility?: Compatibility;
  /** Where copies are kept. Closed together with this. */
  readonly copies: TopicRegistry;
  readonly logger?: Logger;
}

const DEFAULT_TIMEOUT_MS = 5_000;
/** So long the registry is not asked again for an id that it did not know, or could not be asked for. */
const AGAIN_MS = 1_000;
const MAX_REMEMBERED = 1_000;

/**
 * Asks the registry nothing: it may be down when an app starts. The copies are closed where this throws.
 * @throws SchemaError SCHEMA_INVALID where the url is none.
 */
export async function openConfluentRegistry(options: ConfluentRegistryOptions): Promise<SchemaRegistry> {
  try {
    return await opened(options);
  } catch (error) {
    await options.copies.close();
    throw error;
  }
}

async function opened(options: ConfluentRegistryOptions): Promise<SchemaRegistry> {
  const { copies, logger = silentLogger, timeoutMs = DEFAULT_TIMEOUT_MS, compatibility = null, headers, agent } = options;
  const { url, auth } = addressOf(options);
  const api = await openConfluentApi({
    url,
    timeoutMs,
    compatibility,
    ...(auth === undefined ? {} : { auth }),
    ...(headers === undefined ? {} : { headers }),
    ...(agent === undefined ? {} : { agent }),
  });
  return new ConfluentRegistry(api, copies, logger);
}

type Outcome = { readonly text: string | null } | { readonly error: unknown };

class ConfluentRegistry implements SchemaRegistry {
  readonly #api: ConfluentApi;
  readonly #copies: TopicRegistry;
  readonly #logger: Logger;
  /** Ids by subject and text, as answered in this process. */
  readonly #registered = new Map<string, number>();
  readonly #asking = new Map<number, Promise<string | null>>();
  /** What was not found of late, by id. */
  readonly #missed = new Map<number, { readonly until: number; readonly outcome: Outcome }>();

  constructor(api: ConfluentApi, copies: TopicRegistry, logger: Logger) {
    this.#api = api;
    this.#copies = copies;
    this.#logger = logger;
  }

  get description(): string {
    return this.#api.url;
  }

  async register(subject: string, schema: EventSchema): Promise<number> {
    const key = JSON.stringify([subject, schema.text]);
    const known = this.#registered.get(key);
    if (known !== undefined) return known;
    const id = await this.#registerAnew(subject, schema);
    this.#registered.set(key, id);
    return id;
  }

  async schemaOf(id: number): Promise<string | null> {
    const known = this.#copies.book.schemaOf(id);
    if (known !== null) return known;
    const missed = this.#missed.get(id);
    if (missed !== undefined && missed.until > performance.now()) return told(missed.outcome);
    const asked = this.#asking.get(id) ?? this.#askFor(id);
    this.#asking.set(id, asked);
    return asked;
  }

  async versionsOf(subject: string): Promise<readonly string[]> {
    return (await this.#api.versionsOf(subject)).map(({ schema }) => normalOf(schema));
  }

  async compatibilityOf(subject: string): Promise<Compatibility> {
    return this.#api.compatibilityOf(subject);
  }

  async close(): Promise<void> {
    await this.#copies.close();
  }

  async #registerAnew(subject: string, schema: EventSchema): Promise<number> {
    let id: number;
    try {
      id = await this.#api.register(subject, schema.text);
    } catch (error) {
      if (error instanceof RegistryAnswer) throw await this.#refusal(subject, schema, error);
      const copied = this.#copies.book.copiedIdOf(subject, schema.text);
      if (copied === null) throw error;
      this.#logger.warn(
        { err: error, code: "REGISTRY_UNAVAILABLE", subject, id: copied },
        `the schema registry cannot be asked; the schema of ${schema.event} is known by its copy in ${this.#copies.description}`,
      );
      return copied;
    }
    const version = await this.#api.versionOf(subject, schema.text).catch(() => null);
    const kept = await this.#keep(id, schema.text, version === null ? null : { subject, version });
    if (kept === schema.text) return id;
    throw new SchemaError(
      "SCHEMA_ID_CONFLICT",
      `the schema registry ${this.#api.url} gave the schema of ${schema.event} the id ${id}, by which this app's events already know another one ` +
        `(${this.#copies.description}): the registry was emptied, or is not the one it was. Restore it, so that ids mean what they meant, or have it begin above the ids that are in use`,
    );
  }

  async #refusal(subject: string, schema: EventSchema, answer: RegistryAnswer): Promise<SchemaError> {
    if (answer.status !== 409) {
      return new SchemaError(
        "SCHEMA_INVALID",
        `the schema registry ${this.#api.url} does not take the schema of ${schema.event}: ${answer.message}`,
        {
          cause: answer,
        },
      );
    }
    // It says that something is wrong; which field it is, our own rules tell better.
    const mode = await this.compatibilityOf(subject);
    const problems = problemsOf(mode, schema.text, await this.versionsOf(subject));
    return incompatible({ subject, schema, mode, problems, place: this.#api.url, cause: answer });
  }

  async #askFor(id: number): Promise<string | null> {
    try {
      const text = await this.#find(id);
      if (text === null) this.#miss(id, { text });
      return text;
    } catch (error) {
      this.#miss(id, { error });
      throw error;
    } finally {
      this.#asking.delete(id);
    }
  }

  /** The registry first, and then the topic once more: another process of the app may have copied it a moment ago. */
  async #find(id: number): Promise<string | null> {
    let found: string | null;
    try {
      found = await this.#api.schemaOf(id);
    } catch (error) {
      const copied = await this.#copies.schemaOf(id).catch(() => null);
      if (copied !== null) return copied;
      throw error;
    }
    return found === null ? this.#copies.schemaOf(id) : this.#keep(id, normalOf(found), null);
  }

  /** What cannot be copied now is used all the same. */
  async #keep(id: number, text: string, copied: { readonly subject: string; readonly version: number } | null): Promise<string> {
    try {
      return await this.#copies.keep(id, text, copied);
    } catch (error) {
      this.#logger.warn(
        { err: error, code: "SCHEMA_NOT_COPIED", id },
        `schema ${id} is in use, but could not be copied to ${this.#copies.description}: without the registry, events with it could not be read`,
      );
      return text;
    }
  }

  #miss(id: number, outcome: Outcome): void {
    if (this.#missed.size >= MAX_REMEMBERED) this.#missed.clear();
    this.#missed.set(id, { until: performance.now() + AGAIN_MS, outcome });
  }
}

function told(outcome: Outcome): string | null {
  if ("error" in outcome) throw outcome.error;
  return outcome.text;
}

/** None where a version is of a kind that we cannot judge: then the registry's own words are told. */
function problemsOf(mode: Compatibility, next: string, versions: readonly string[]): readonly Incompatibility[] {
  try {
    return compatibilityProblems(mode, next, versions);
  } catch {
    return [];
  }
}

/** Others' schemas may be of kinds that are no events of ours: who reads with one says so then. */
function normalOf(text: string): string {
  try {
    return parseEventSchema(JSON.parse(text), "a schema of the registry").text;
  } catch {
    return text;
  }
}

function addressOf({ url, auth }: ConfluentRegistryOptions): Pick<ConfluentRegistryOptions, "url" | "auth"> {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new SchemaError("SCHEMA_INVALID", `the registry's url "${url}" is none: it begins with http:// or https://`);
  }
  const parsed = new URL(url);
  const { username, password } = parsed;
  parsed.username = "";
  parsed.password = "";
  const given = auth ?? (username === "" ? undefined : { username: decodeURIComponent(username), password: decodeURIComponent(password) });
  return { url: parsed.href.replace(/\/+$/, ""), ...(given === undefined ? {} : { auth: given }) };
}
