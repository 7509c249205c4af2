// @kafkajs/confluent-schema-registry, which gives ids and looks schemas up by them. Its encoding is not used: see codec.ts.
import type { SchemaRegistry as Client } from "@kafkajs/confluent-schema-registry";
import type { Compatibility } from "../avro/compatibility.ts";
import type { RegistryAddress } from "./confluent-http.ts";

export interface ConfluentClient {
  /** @param mode has to be the one in force where the subject has one of its own; `setsMode` gives it to a subject that has none. */
  register(subject: string, schema: string, mode: Compatibility, setsMode: boolean): Promise<number>;
  /** What the registry answered, whole. Null: the library knew it already, by a registration or an answer that came too late, and did not ask. */
  find(id: number): Promise<unknown>;
}

type Tap = NonNullable<ConstructorParameters<typeof Client>[0]["middlewares"]>[number];

/** The library is loaded when it is used: an app without a registry does not pay for it. */
export async function openConfluentClient(address: RegistryAddress, timeoutMs: number): Promise<ConfluentClient> {
  const library = await import("@kafkajs/confluent-schema-registry");
  // The library keeps schemas parsed, without what it does not know (an event's name): the text is taken on its way.
  const texts = new Map<number, unknown>();
  const tap: Tap = () => ({
    prepareRequest: async (next) => {
      const request = await next();
      return request.enhance({ timeout: timeoutMs, headers: { ...address.headers } });
    },
    response: async (next) => {
      const response = await next();
      const id = /\/schemas\/ids\/(\d+)$/.exec(response.request().path())?.[1];
      if (id !== undefined) texts.set(Number(id), response.data());
      return response;
    },
  });
  const { url: host, auth, agent } = address;
  const client = new library.SchemaRegistry({
    host,
    clientId: "millrace",
    middlewares: [tap],
    ...(auth === undefined ? {} : { auth: { ...auth } }),
    ...(agent === undefined ? {} : { agent }),
  });
  const { COMPATIBILITY, SchemaType } = library;
  const register: ConfluentClient["register"] = async (subject, schema, mode, setsMode) => {
    const told = await client.register(
      { type: SchemaType.AVRO, schema },
      { subject, compatibility: COMPATIBILITY[mode], updateConfig: setsMode },
    );
    return told.id;
  };
  const find: ConfluentClient["find"] = async (id) => {
    try {
      await client.getSchema(id);
    } catch (error) {
      // It came, and only the library's own parser does not take it.
      if (!texts.has(id)) throw error;
    }
    const found = texts.get(id);
    texts.delete(id);
    return found ?? null;
  };
  return { register, find };
}
