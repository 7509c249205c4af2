// The app's schemas over HTTP: Confluent's answers, and clients of Confluent's API that live on them.
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { serve } from "@hono/node-server";
import { SchemaRegistry as OtherClient } from "@kafkajs/confluent-schema-registry";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openEmbeddedLog, type EmbeddedLog } from "../../../../engine/log/embedded/embedded-log.ts";
import { codecOf } from "../../../../engine/schemas/avro/codec.ts";
import { openConfluentRegistry } from "../../../../engine/schemas/registry/confluent-registry.ts";
import { schemaEndpoint } from "../../../../engine/schemas/registry/endpoint.ts";
import { openTopicRegistry, type TopicRegistry } from "../../../../engine/schemas/registry/topic-registry.ts";
import { framed } from "../../../../engine/schemas/wire.ts";
import { ORDER_V1, ORDER_V2 } from "./event-schemas.ts";

const SUBJECT = "shop.events-shop.Order";
const JSON_TYPE = "application/vnd.schemaregistry.v1+json";

let log: EmbeddedLog;
let registry: TopicRegistry;
let endpoint: ReturnType<typeof schemaEndpoint>;
let first: number;
let second: number;

beforeEach(async () => {
  log = await openEmbeddedLog({ path: ":memory:" });
  const settings = { "cleanup.policy": "compact" };
  await log.createTopics([
    { topic: "shop.schemas", partitions: 1, settings },
    { topic: "crm.schemas", partitions: 1, settings },
  ]);
  registry = await openTopicRegistry({ log, topic: "shop.schemas" });
  endpoint = schemaEndpoint(registry);
  first = await registry.register(SUBJECT, ORDER_V1);
  second = await registry.register(SUBJECT, ORDER_V2);
});

afterEach(async () => {
  await registry.close();
  await log.close();
});

async function ask(path: string, options: RequestInit = {}): Promise<{ status: number; type: string | null; answer: unknown }> {
  const response = await endpoint.request(path, options);
  return { status: response.status, type: response.headers.get("content-type"), answer: await response.json() };
}

describe("it answers as Confluent's registry does", () => {
  test.each([
    ["/", {}],
    ["/subjects", [SUBJECT]],
    ["/subjects?subjectPrefix=other", []],
    [`/subjects/${SUBJECT}/versions`, [1, 2]],
    ["/schemas/types", ["AVRO"]],
    ["/config", { compatibilityLevel: "BACKWARD" }],
    [`/config/${SUBJECT}?defaultToGlobal=true`, { compatibilityLevel: "BACKWARD" }],
    ["/mode", { mode: "READONLY" }],
  ])("GET %s", async (path, answer) => {
    expect(await ask(path)).toEqual({ status: 200, type: JSON_TYPE, answer });
  });

  test("a version, by number and as the latest, with its id and schema", async () => {
    const one = { subject: SUBJECT, version: 1, id: first, schema: ORDER_V1.text };
    const two = { subject: SUBJECT, version: 2, id: second, schema: ORDER_V2.text };
    expect((await ask(`/subjects/${SUBJECT}/versions/1`)).answer).toEqual(one);
    expect((await ask(`/subjects/${SUBJECT}/versions/latest`)).answer).toEqual(two);
    expect((await ask(`/subjects/${SUBJECT}/versions/-1`)).answer).toEqual(two);
    expect((await ask(`/subjects/${SUBJECT}/versions/1/schema`)).answer).toEqual(JSON.parse(ORDER_V1.text));
  });

  test("a schema by its id, and where it is used", async () => {
    expect((await ask(`/schemas/ids/${first}`)).answer).toEqual({ schema: ORDER_V1.text });
    expect((await ask(`/schemas/ids/${first}/schema`)).answer).toEqual(JSON.parse(ORDER_V1.text));
    expect((await ask(`/schemas/ids/${second}/versions`)).answer).toEqual([{ subject: SUBJECT, version: 2 }]);
    expect((await ask(`/schemas/ids/${second}/subjects`)).answer).toEqual([SUBJECT]);
  });

  test("the id of a schema that one has, however it is written down", async () => {
    const written = JSON.stringify({ ...ORDER_V1.json, doc: "As somebody else keeps it." }, null, 2);
    const { answer } = await ask(`/subjects/${SUBJECT}`, { method: "POST", body: JSON.stringify({ schema: written }) });
    expect(answer).toMatchObject({ subject: SUBJECT, version: 1, id: first });
  });

  test("a schema that another process registered a moment ago", async () => {
    const other = await openTopicRegistry({ log, topic: "shop.schemas" });
    await other.register("shop.other-shop.Order", ORDER_V1);
    expect((await ask("/subjects")).answer).toEqual([SUBJECT, "shop.other-shop.Order"]);
    await other.close();
  });
});

describe("it refuses as Confluent's registry does", () => {
  test.each([
    ["GET", "/subjects/nobody/versions", 404, 40401],
    ["GET", "/subjects/nobody/versions/1", 404, 40401],
    ["GET", `/subjects/${SUBJECT}/versions/3`, 404, 40402],
    ["GET", `/subjects/${SUBJECT}/versions/first`, 422, 42202],
    ["GET", "/schemas/ids/5", 404, 40403],
    ["GET", "/schemas/ids/five", 404, 40403],
    ["GET", `/config/${SUBJECT}`, 404, 40408],
    ["GET", "/what", 404, 404],
    ["POST", `/subjects/${SUBJECT}/versions`, 405, 405],
    ["PUT", "/config", 405, 405],
    ["DELETE", `/subjects/${SUBJECT}`, 405, 405],
    ["POST", `/subjects/${SUBJECT}`, 422, 42201],
  ])("%s %s is %i, %i", async (method, path, status, code) => {
    const refused = await ask(path, { method, ...(method === "POST" ? { body: "{}" } : {}) });
    expect(refused).toMatchObject({ status, type: JSON_TYPE, answer: { error_code: code } });
    expect((refused.answer as { readonly message: string }).message).toMatch(/\w/);
  });

  test("an id that nobody can be asked for now is no id that nobody knows", async () => {
    await registry.close();
    expect(await ask("/schemas/ids/5")).toMatchObject({ status: 503, answer: { error_code: 50301 } });
  });
});

describe("over HTTP", () => {
  let server: ReturnType<typeof serve>;
  let url: string;

  beforeEach(async () => {
    server = serve({ fetch: endpoint.fetch, port: 0, hostname: "127.0.0.1" });
    await once(server, "listening");
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterEach(() => {
    server.close();
  });

  test("a service with a client of Confluent's API reads the app's events, and finds ids to write some", async () => {
    const client = new OtherClient({ host: url });
    const placed = { id: "o-1", total: 1250 };
    expect(await client.decode(framed(first, codecOf(ORDER_V1.text).encode(placed)))).toMatchObject(placed);
    expect(await client.getLatestSchemaId(SUBJECT)).toBe(second);
    expect(await client.getRegistryId(SUBJECT, 1)).toBe(first);
    expect(await client.encode(first, placed)).toEqual(framed(first, codecOf(ORDER_V1.text).encode(placed)));
  });

  test("another app reads from this one's, and keeps what it read", async () => {
    const copies = await openTopicRegistry({ log, topic: "crm.schemas" });
    const reader = await openConfluentRegistry({ url, copies });
    expect(await reader.schemaOf(second)).toBe(ORDER_V2.text);
    expect(await reader.versionsOf(SUBJECT)).toEqual([ORDER_V1.text, ORDER_V2.text]);
    expect(await reader.compatibilityOf(SUBJECT)).toBe("BACKWARD");
    expect(await reader.schemaOf(5)).toBeNull();
    expect(copies.book.schemaOf(second)).toBe(ORDER_V2.text);
    await reader.close();
  });
});
