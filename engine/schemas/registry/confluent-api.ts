// A registry of Confluent's API: what is asked of it, and what its answers mean. @kafkajs/confluent-schema-registry gives ids and looks them up.
import type { SchemaRegistry as Client } from "@kafkajs/confluent-schema-registry";
import { COMPATIBILITIES, type Compatibility } from "../avro/compatibility.ts";
import { SchemaError } from "../schema-error.ts";
import { askRegistry, RegistryAnswer, type RegistryAddress } from "./confluent-http.ts";

export interface ConfluentApiOptions extends RegistryAddress {
  readonly timeoutMs: number;
  /** Given to subjects that have none of their own when a schema is registered. Null: the registry's own stays in force. */
  readonly compatibility: Compatibility | null;
}

export interface RegisteredVersion {
  readonly version: number;
  readonly id: number;
  readonly schema: string;
}

type Tap = NonNullable<ConstructorParameters<typeof Client>[0]["middlewares"]>[number];

/** The library is loaded when it is used: an app without a registry does not pay for it. */
export async function openConfluentApi(options: ConfluentApiOptions): Promise<ConfluentApi> {
  const library = await import("@kafkajs/confluent-schema-registry");
  // The library keeps schemas parsed, without what it does not know (an event's name): the text is taken on its way.
  const texts = new Map<number, unknown>();
  const tap: Tap = () => ({
    prepareRequest: async (next) => {
      const request = await next();
      return request.enhance({ timeout: options.timeoutMs, headers: { ...options.headers } });
    },
    response: async (next) => {
      const response = await next();
      const id = /\/schemas\/ids\/(\d+)$/.exec(response.request().path())?.[1];
      if (id !== undefined) texts.set(Number(id), response.data());
      return response;
    },
  });
  const { url: host, auth, agent } = options;
  const client = new library.SchemaRegistry({
    host,
    clientId: "millrace",
    middlewares: [tap],
    ...(auth === undefined ? {} : { auth: { ...auth } }),
    ...(agent === undefined ? {} : { agent }),
  });
  const { COMPATIBILITY, SchemaType } = library;
  const register: Register = async (subject, schema, mode, setsMode) => {
    const told = await client.register(
      { type: SchemaType.AVRO, schema },
      { subject, compatibility: COMPATIBILITY[mode], updateConfig: setsMode },
    );
    return told.id;
  };
  const find: Find = async (id) => {
    try {
      await client.getSchema(id);
    } catch (error) {
      // It came, and only the library's own parser does not take it.
      if (!texts.has(id)) throw error;
    }
    const found = texts.get(id);
    texts.delete(id);
    return found;
  };
  return new ConfluentApi(options, register, find);
}

type Register = (subject: string, schema: string, mode: Compatibility, setsMode: boolean) => Promise<number>;
type Find = (id: number) => Promise<unknown>;

export class ConfluentApi {
  readonly #options: ConfluentApiOptions;
  readonly #register: Register;
  readonly #find: Find;

  constructor(options: ConfluentApiOptions, register: Register, find: Find) {
    this.#options = options;
    this.#register = register;
    this.#find = find;
  }

  get url(): string {
    return this.#options.url;
  }

  /** @throws RegistryAnswer 409 or 422: not this schema. SchemaError REGISTRY_UNAVAILABLE */
  async register(subject: string, text: string): Promise<number> {
    const own = await this.#ownMode(subject);
    const wanted = this.#options.compatibility;
    return this.#ask(`register a schema of ${subject}`, () =>
      this.#register(subject, text, own ?? wanted ?? "BACKWARD", own === null && wanted !== null),
    );
  }

  /** Null: it does not know the id. @throws SchemaError SCHEMA_INVALID, REGISTRY_UNAVAILABLE */
  async schemaOf(id: number): Promise<string | null> {
    const found = await orNull(this.#ask(`schema ${id}`, () => this.#find(id)));
    if (found === null) return null;
    const {
      schema,
      schemaType = "AVRO",
      references = [],
    } = found as { schema?: unknown; schemaType?: string; references?: readonly unknown[] };
    if (typeof schema !== "string") throw this.#unavailable(`schema ${id}`, new Error("its answer has no schema"));
    if (schemaType === "AVRO" && references.length === 0) return schema;
    const what = schemaType === "AVRO" ? "refers to schemas of other subjects" : `is ${schemaType}`;
    throw new SchemaError("SCHEMA_INVALID", `schema ${id} of ${this.url} ${what}: only Avro schemas that are whole can be read`);
  }

  /** Oldest first. @throws SchemaError REGISTRY_UNAVAILABLE */
  async versionsOf(subject: string): Promise<readonly RegisteredVersion[]> {
    const at = `/subjects/${encodeURIComponent(subject)}/versions`;
    const numbers = (await orNull(this.#get(at))) as readonly number[] | null;
    const found = await Promise.all((numbers ?? []).map((version) => orNull(this.#get(`${at}/${version}`))));
    return found.filter(isRegisteredVersion).toSorted((a, b) => a.version - b.version);
  }

  /** The version of the subject that the schema is. Null: it is none. @throws SchemaError REGISTRY_UNAVAILABLE */
  async versionOf(subject: string, schema: string): Promise<number | null> {
    const path = `/subjects/${encodeURIComponent(subject)}`;
    const found = await orNull(
      this.#ask(`the version of a schema of ${subject}`, (signal) => askRegistry(this.#options, path, { signal, body: { schema } })),
    );
    const { version } = (found ?? {}) as { readonly version?: unknown };
    return typeof version === "number" ? version : null;
  }

  /** @throws SchemaError REGISTRY_UNAVAILABLE */
  async compatibilityOf(subject: string): Promise<Compatibility> {
    return (await this.#ownMode(subject)) ?? modeIn(await orNull(this.#get("/config"))) ?? "BACKWARD";
  }

  async #ownMode(subject: string): Promise<Compatibility | null> {
    return modeIn(await orNull(this.#get(`/config/${encodeURIComponent(subject)}`)));
  }

  async #get(path: string): Promise<unknown> {
    return this.#ask(`GET ${path}`, (signal) => askRegistry(this.#options, path, { signal }));
  }

  /** An answer that says no comes as RegistryAnswer; anything else means that it could not be asked. */
  async #ask<T>(what: string, question: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const signal = AbortSignal.timeout(this.#options.timeoutMs);
    const { promise: lateness, reject } = Promise.withResolvers<never>();
    const expire = (): void => reject(new Error(`no answer within ${this.#options.timeoutMs} ms`));
    signal.addEventListener("abort", expire, { once: true });
    try {
      return await Promise.race([question(signal), lateness]);
    } catch (error) {
      const status = statusOf(error);
      if (status !== null && ANSWERS.has(status)) throw new RegistryAnswer(status, messageOf(error));
      throw this.#unavailable(what, error);
    } finally {
      signal.removeEventListener("abort", expire);
    }
  }

  #unavailable(what: string, cause: unknown): SchemaError {
    const status = statusOf(cause);
    const advice = status === 401 || status === 403 ? ". Check `registry.auth`" : "";
    return new SchemaError(
      "REGISTRY_UNAVAILABLE",
      `the schema registry ${this.url} could not be asked (${what}): ${messageOf(cause)}${advice}`,
      {
        cause,
      },
    );
  }
}

/** Not found, incompatible, unprocessable. The library reports a broken connection as 400. */
const ANSWERS: ReadonlySet<number> = new Set([404, 409, 422]);

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
