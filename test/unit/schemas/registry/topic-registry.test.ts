// The registry that an app has without one: its own topic.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { schemaIdOf } from "../../../../engine/schemas/avro/schema-id.ts";
import { SchemaError } from "../../../../engine/schemas/schema-error.ts";
import { encodeSchemaRecord, type SchemaRecord } from "../../../../engine/schemas/registry/schema-records.ts";
import { openTopicRegistry, type TopicRegistry, type TopicRegistryOptions } from "../../../../engine/schemas/registry/topic-registry.ts";
import { openEmbeddedLog, type EmbeddedLog } from "../../../../engine/log/embedded/embedded-log.ts";
import { deferred } from "../../../support/deferred.ts";
import { ORDER_BROKEN, ORDER_V1, ORDER_V2, orderSchema } from "./event-schemas.ts";

const TARGET = { topic: "shop.schemas", partition: 0 };
const SUBJECT = "shop.events-shop.Order";

let log: EmbeddedLog;
let opened: TopicRegistry[];
let said: Record<string, unknown>[];

beforeEach(async () => {
  log = await openEmbeddedLog({ path: ":memory:" });
  await log.createTopics([{ topic: TARGET.topic, partitions: 1, settings: { "cleanup.policy": "compact" } }]);
  opened = [];
  said = [];
});

afterEach(async () => {
  await Promise.all(opened.map((registry) => registry.close()));
  await log.close();
});

async function registry(options: Partial<TopicRegistryOptions> = {}): Promise<TopicRegistry> {
  const note = (fields: object): void => void said.push({ ...fields });
  const made = await openTopicRegistry({
    log,
    topic: TARGET.topic,
    logger: { debug: note, info: note, warn: note, error: note },
    ...options,
  });
  opened.push(made);
  return made;
}

/** What stands in the topic by key, as a process that starts after compaction reads it. */
async function afterCompaction(): Promise<TopicRegistry> {
  await log.compact(TARGET.topic);
  return registry();
}

async function put(...records: readonly SchemaRecord[]): Promise<void> {
  await log.append(TARGET, records.map(encodeSchemaRecord));
}

describe("registering", () => {
  test("an id follows from the schema, and everyone finds it by the id", async () => {
    const [one, other] = [await registry(), await registry()];
    const id = await one.register(SUBJECT, ORDER_V1);
    expect(id).toBe(schemaIdOf(ORDER_V1.text));
    expect(await other.schemaOf(id)).toBe(ORDER_V1.text);
    expect(await other.register(SUBJECT, ORDER_V1)).toBe(id);
    expect(await other.versionsOf(SUBJECT)).toEqual([ORDER_V1.text]);
  });

  test("the same again appends nothing", async () => {
    const one = await registry();
    await one.register(SUBJECT, ORDER_V1);
    const end = await log.latestOffset(TARGET);
    await one.register(SUBJECT, ORDER_V1);
    expect(await log.latestOffset(TARGET)).toBe(end);
  });

  test("versions stand in the order in which they were registered, also after a restart", async () => {
    const one = await registry();
    await one.register(SUBJECT, ORDER_V1);
    await one.register(SUBJECT, ORDER_V2);
    expect(await one.versionsOf(SUBJECT)).toEqual([ORDER_V1.text, ORDER_V2.text]);
    const later = await afterCompaction();
    expect(await later.versionsOf(SUBJECT)).toEqual([ORDER_V1.text, ORDER_V2.text]);
  });

  test("one schema in two subjects has one id", async () => {
    const one = await registry();
    expect(await one.register("a.events-shop.Order", ORDER_V1)).toBe(await one.register("b.events-shop.Order", ORDER_V1));
  });

  test("a schema whose number is taken gets the next one", async () => {
    const id = schemaIdOf(ORDER_V1.text);
    await put({ kind: "schema", id, schema: ORDER_V2.text, copied: null });
    expect(await (await registry()).register(SUBJECT, ORDER_V1)).toBe(id + 1);
  });

  test("a schema that breaks the last version is refused, with the field and its readers", async () => {
    const one = await registry();
    await one.register(SUBJECT, ORDER_V1);
    const refused = one.register(SUBJECT, ORDER_BROKEN);
    await expect(refused).rejects.toThrow(SchemaError);
    await expect(refused).rejects.toMatchObject({
      code: "SCHEMA_INCOMPATIBLE",
      retriable: false,
      path: "customer",
    });
    await expect(refused).rejects.toThrow(/order\/placed.*BACKWARD.*customer.*version 2.*version 1/);
    expect(await one.versionsOf(SUBJECT)).toEqual([ORDER_V1.text]);
  });

  test("the mode is what the app says", async () => {
    const one = await registry({ compatibility: "NONE" });
    await one.register(SUBJECT, ORDER_V1);
    await one.register(SUBJECT, ORDER_BROKEN);
    expect(await one.compatibilityOf(SUBJECT)).toBe("NONE");
    expect(await one.versionsOf(SUBJECT)).toHaveLength(2);
  });
});

describe("several processes at once", () => {
  test("the same schema gets one id and one version", async () => {
    const all = [await registry(), await registry(), await registry()];
    const ids = await Promise.all(all.map((one) => one.register(SUBJECT, ORDER_V1)));
    expect(new Set(ids)).toEqual(new Set([schemaIdOf(ORDER_V1.text)]));
    expect(await all[0]?.versionsOf(SUBJECT)).toEqual([ORDER_V1.text]);
  });

  test("different schemas get different versions, the same for all, and compaction keeps them", async () => {
    const schemas = Array.from({ length: 12 }, (_, index) => orderSchema(["id", "string"], [`extra${index}`, "int", index]));
    const all = await Promise.all(schemas.map(() => registry()));
    await Promise.all(all.map(async (one, index) => one.register(SUBJECT, schemas[index] ?? ORDER_V1)));
    const versions = await all[0]?.versionsOf(SUBJECT);
    expect(new Set(versions)).toEqual(new Set(schemas.map(({ text }) => text)));
    for (const one of [...all, await registry(), await afterCompaction()]) expect(await one.versionsOf(SUBJECT)).toEqual(versions);
  });

  test("two schemas with one number: the first in the topic has it, for everyone and for good", async () => {
    const id = schemaIdOf(ORDER_V2.text);
    const one = await registry();
    await put({ kind: "schema", id, schema: ORDER_V1.text, copied: null });
    expect(await one.register(SUBJECT, ORDER_V2)).toBe(id + 1);
    // A latecomer that had not read so far.
    await put({ kind: "schema", id, schema: ORDER_BROKEN.text, copied: null });
    await one.register(SUBJECT, ORDER_V2);
    const later = await afterCompaction();
    expect(await later.schemaOf(id)).toBe(ORDER_V1.text);
    expect(await later.schemaOf(id + 1)).toBe(ORDER_V2.text);
  });
});

describe("reading", () => {
  test("an id that came to the topic a moment ago is found at the first question", async () => {
    const one = await registry();
    await put({ kind: "schema", id: 7, schema: ORDER_V1.text, copied: null });
    expect(await one.schemaOf(7)).toBe(ORDER_V1.text);
    expect(await one.schemaOf(8)).toBeNull();
  });

  test("an answer that was under way before a record came is not given to who asks after it", async () => {
    const [asked, answered, readOn] = [deferred<void>(), deferred<void>(), deferred<void>()];
    const open = log.openReader.bind(log);
    log.openReader = (options) => {
      const reader = open(options);
      const next = reader.next.bind(reader);
      reader.next = async () => {
        const batch = await next();
        await readOn.promise;
        return batch;
      };
      return reader;
    };
    const one = await registry();
    const ask = log.latestOffset.bind(log);
    log.latestOffset = async (target) => {
      const end = await ask(target);
      asked.resolve();
      await answered.promise;
      return end;
    };
    const early = one.schemaOf(8);
    await asked.promise;
    await put({ kind: "schema", id: 7, schema: ORDER_V1.text, copied: null });
    const late = one.schemaOf(7);
    answered.resolve();
    expect(await early).toBeNull();
    readOn.resolve();
    expect(await late).toBe(ORDER_V1.text);
  });

  test("records that nobody can read stop nothing and are told, once each", async () => {
    const bad: readonly (readonly [string, string])[] = [
      ["id/1", "no JSON"],
      ["id/2", `{"id":3,"schema":"\\"string\\""}`],
      ["id/4", `{"id":4,"schema":"no schema"}`],
      ["id/5", `[]`],
      ["subject/a/1", `{"id":1}`],
    ];
    await log.append(
      TARGET,
      bad.map(([key, value]) => ({ key: Buffer.from(key), value: Buffer.from(value) })),
    );
    await log.append(TARGET, [{ key: Buffer.from("id/9"), value: null }]);
    await log.append(TARGET, [{ key: Buffer.from("of/another/release"), value: Buffer.from("?") }]);
    const one = await registry();
    const id = await one.register(SUBJECT, ORDER_V1);
    expect(await one.schemaOf(id)).toBe(ORDER_V1.text);
    expect(said.map(({ code, key }) => [code, key])).toEqual(bad.map(([key]) => ["SCHEMA_RECORD_DAMAGED", key]));
  });

  test("a log that does not answer is a registry that cannot be asked, for now", async () => {
    const one = await registry({ timeoutMs: 50 });
    log.latestOffset = () => new Promise(() => {});
    await expect(one.schemaOf(5)).rejects.toMatchObject({ code: "REGISTRY_UNAVAILABLE", retriable: true });
  });

  test("who is closed says so", async () => {
    const one = await registry();
    await one.close();
    await expect(one.schemaOf(5)).rejects.toThrow(/it is closed/);
  });
});

describe("copies of what a registry said", () => {
  test("are found by id, and by subject and schema; the registry's versions are told where the app has none", async () => {
    const one = await registry();
    expect(await one.keep(3, ORDER_V1.text, { subject: SUBJECT, version: 1 })).toBe(ORDER_V1.text);
    const other = await registry();
    expect(await other.schemaOf(3)).toBe(ORDER_V1.text);
    expect(other.book.copiedIdOf(SUBJECT, ORDER_V1.text)).toBe(3);
    expect(other.book.versionsOf(SUBJECT)).toEqual([{ subject: SUBJECT, version: 1, id: 3, schema: ORDER_V1.text }]);
  });

  test("an app that leaves its registry goes on behind its versions, and still knows them", async () => {
    const one = await registry();
    await one.keep(3, ORDER_V1.text, { subject: SUBJECT, version: 1 });
    const id = await one.register(SUBJECT, ORDER_V2);
    expect(await one.versionsOf(SUBJECT)).toEqual([ORDER_V1.text, ORDER_V2.text]);
    // As a deployment that is rolled back.
    expect(await one.register(SUBJECT, ORDER_V1)).toBe(3);
    expect(await one.register(SUBJECT, ORDER_V2)).toBe(id);
    expect(await one.versionsOf(SUBJECT)).toHaveLength(2);
  });

  test("an id that means something else already goes on meaning that", async () => {
    const one = await registry();
    await one.keep(3, ORDER_V1.text, null);
    expect(await one.keep(3, ORDER_V2.text, null)).toBe(ORDER_V1.text);
  });

  test("a copy learns its subject later", async () => {
    const one = await registry();
    await one.keep(3, ORDER_V1.text, null);
    await one.keep(3, ORDER_V1.text, { subject: SUBJECT, version: 4 });
    expect((await afterCompaction()).book.copiedIdOf(SUBJECT, ORDER_V1.text)).toBe(3);
  });
});
