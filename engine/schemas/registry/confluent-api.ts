// A registry of Confluent's API: what is asked of it, and what its answers mean.
import { COMPATIBILITIES, compatibilityProblems, type Compatibility, type Incompatibility } from "../avro/compatibility.ts";
import { parseEventSchema, type EventSchema } from "../avro/event-schema.ts";
import { SchemaError } from "../schema-error.ts";
import { openConfluentClient, type ConfluentClient } from "./confluent-client.ts";
import { askRegistry, RegistryAnswer, registryAddress, type RegistryAddress } from "./confluent-http.ts";
import { incompatible } from "./incompatible.ts";

export interface ConfluentApiOptions extends RegistryAddress {
  /** Of one question. Default 5 s. */
  readonly timeoutMs?: number;
  /** Given to subjects without a mode of their own when a schema is registered. Default: the registry's own mode stays in force. */
  readonly compatibility?: Compatibility;
}

export interface RegisteredVersion {
  readonly version: number;
  readonly id: number;
  /** Normal text. */
  readonly schema: string;
}

const DEFAULT_TIMEOUT_MS = 5_000;
/** Versions of a subject are asked for one by one. */
const AT_ONCE = 8;

/** Asks the registry nothing. @throws SchemaError SCHEMA_INVALID where the url is none. */
export async function openConfluentApi(options: ConfluentApiOptions): Promise<ConfluentApi> {
  const address = registryAddress(options);
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  return new ConfluentApi({
    address,
    timeoutMs,
    compatibility: options.compatibility ?? null,
    client: await openConfluentClient(address, timeoutMs),
  });
}

interface Parts {
  readonly address: RegistryAddress;
  readonly timeoutMs: number;
  readonly compatibility: Compatibility | null;
  readonly client: ConfluentClient;
}

export class ConfluentApi {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Without credentials. */
  get url(): string {
    return this.#parts.address.url;
  }

  /** @throws SchemaError SCHEMA_INCOMPATIBLE, SCHEMA_INVALID, REGISTRY_UNAVAILABLE */
  async register(subject: string, schema: EventSchema): Promise<number> {
    const own = await this.#ownMode(subject);
    const { client, compatibility: wanted } = this.#parts;
    try {
      return await this.#ask(`register a schema of ${subject}`, () =>
        client.register(subject, schema.text, own ?? wanted ?? "BACKWARD", own === null && wanted !== null),
      );
    } catch (error) {
      throw error instanceof RegistryAnswer ? await this.#refusal(subject, schema, error) : error;
    }
  }

  /** Normal text. Null: it does not know the id. @throws SchemaError SCHEMA_INVALID, REGISTRY_UNAVAILABLE */
  async schemaOf(id: number): Promise<string | null> {
    const found = await orNull(this.#ask(`schema ${id}`, (signal) => this.#found(id, signal)));
    if (found === null) return null;
    const {
      schema,
      schemaType = "AVRO",
      references = [],
    } = found as { schema?: unknown; schemaType?: string; references?: readonly unknown[] };
    if (typeof schema !== "string") throw this.#unavailable(`schema ${id}`, new Error("its answer has no schema"));
    if (schemaType === "AVRO" && references.length === 0) return normalOf(schema);
    const what = schemaType === "AVRO" ? "refers to schemas of other subjects" : `is ${schemaType}`;
    throw new SchemaError("SCHEMA_INVALID", `schema ${id} of ${this.url} ${what}: only Avro schemas that are whole can be read`);
  }

  /** Oldest first. @throws SchemaError REGISTRY_UNAVAILABLE */
  async versionsOf(subject: string): Promise<readonly RegisteredVersion[]> {
    const at = `/subjects/${encodeURIComponent(subject)}/versions`;
    const numbers = ((await orNull(this.#get(at))) ?? []) as readonly number[];
    const found: unknown[] = [];
    for (let from = 0; from < numbers.length; from += AT_ONCE) {
      const some = numbers.slice(from, from + AT_ONCE);
      found.push(...(await Promise.all(some.map((version) => orNull(this.#get(`${at}/${version}`))))));
    }
    const versions = found.filter(isRegisteredVersion).toSorted((a, b) => a.version - b.version);
    return versions.map(({ version, id, schema }) => ({ version, id, schema: normalOf(schema) }));
  }

  /** The version of the subject that the schema is. Null: it is none. @throws SchemaError REGISTRY_UNAVAILABLE */
  async versionOf(subject: string, schema: string): Promise<number | null> {
    const path = `/subjects/${encodeURIComponent(subject)}`;
    const found = await orNull(
      this.#ask(`the version of a schema of ${subject}`, (signal) => askRegistry(this.#parts.address, path, { signal, body: { schema } })),
    );
    const { version } = (found ?? {}) as { readonly version?: unknown };
    return typeof version === "number" ? version : null;
  }

  /** @throws SchemaError REGISTRY_UNAVAILABLE */
  async compatibilityOf(subject: string): Promise<Compatibility> {
    return (await this.#ownMode(subject)) ?? modeIn(await orNull(this.#get("/config"))) ?? "BACKWARD";
  }

  /** The library does not tell who says that there is no such schema: a registry, or any server that has not this path. */
  async #found(id: number, signal: AbortSignal): Promise<unknown> {
    try {
      const found = await this.#parts.client.find(id);
      if (found !== null) return found;
    } catch (error) {
      if (statusOf(error) !== 404) throw error;
    }
    return askRegistry(this.#parts.address, `/schemas/ids/${id}`, { signal });
  }

  async #refusal(subject: string, schema: EventSchema, answer: RegistryAnswer): Promise<SchemaError> {
    if (answer.status !== 409) {
      const message = `the schema registry ${this.url} does not take the schema of ${schema.event}: ${answer.message}`;
      return new SchemaError("SCHEMA_INVALID", message, { cause: answer });
    }
    // It says that something is wrong; which field it is, our own rules tell better.
    const mode = await this.compatibilityOf(subject);
    const texts = (await this.versionsOf(subject)).map((version) => version.schema);
    return incompatible({ subject, schema, mode, problems: problemsOf(mode, schema.text, texts), place: this.url, cause: answer });
  }

  async #ownMode(subject: string): Promise<Compatibility | null> {
    return modeIn(await orNull(this.#get(`/config/${encodeURIComponent(subject)}`)));
  }

  async #get(path: string): Promise<unknown> {
    return this.#ask(`GET ${path}`, (signal) => askRegistry(this.#parts.address, path, { signal }));
  }

  /** An answer that says no comes as RegistryAnswer; anything else means that it could not be asked. */
  async #ask<T>(what: string, question: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const signal = AbortSignal.timeout(this.#parts.timeoutMs);
    const { promise: lateness, reject } = Promise.withResolvers<never>();
    const expire = (): void => reject(new Error(`no answer within ${this.#parts.timeoutMs} ms`));
    signal.addEventListener("abort", expire, { once: true });
    try {
      return await Promise.race([question(signal), lateness]);
    } catch (error) {
      throw answerIn(error) ?? this.#unavailable(what, error);
    } finally {
      signal.removeEventListener("abort", expire);
    }
  }

  #unavailable(what: string, cause: unknown): SchemaError {
    const status = statusOf(cause);
    const advice = status === 401 || status === 403 ? ". Check `registry.auth`" : status === 404 ? ". Is it where its API begins?" : "";
    return new SchemaError(
      "REGISTRY_UNAVAILABLE",
      `the schema registry ${this.url} could not be asked (${what}): ${messageOf(cause)}${advice}`,
      {
        cause,
      },
    );
  }
}

/**
 * What a registry said by its own rules: not found, incompatible, unprocessable. Null: nobody answered (which the library reports as 400), or
 * somebody who is none, or is in trouble.
 */
function answerIn(error: unknown): RegistryAnswer | null {
  const status = statusOf(error);
  if (error instanceof RegistryAnswer && status === 404) return error.code === null ? null : error;
  return status === 409 || status === 422 ? new RegistryAnswer(status, null, messageOf(error)) : null;
}

async function orNull<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof RegistryAnswer && error.status === 404) return null;
    throw error;
  }
}

function statusOf(error: unknown): number | null {
  return error instanceof Error && "status" in error && typeof error.status === "number" ? error.status : null;
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Several addresses of one name were tried: Node's error for that has no message of its own.
  if (error instanceof AggregateError) return error.errors.map(messageOf).join(", ");
  return error.message;
}

function modeIn(answer: unknown): Compatibility | null {
  const { compatibilityLevel: level } = (answer ?? {}) as { readonly compatibilityLevel?: unknown };
  return COMPATIBILITIES.find((mode) => typeof level === "string" && mode === level.toUpperCase()) ?? null;
}

function isRegisteredVersion(found: unknown): found is RegisteredVersion {
  const { version, id, schema } = (found ?? {}) as Partial<RegisteredVersion>;
  return typeof version === "number" && typeof id === "number" && typeof schema === "string";
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
