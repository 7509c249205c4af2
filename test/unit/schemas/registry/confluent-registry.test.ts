// What the registry's client does beside what a real registry shows (test/integration/kafka/registry.kafka.test.ts): credentials, and answers
// that a healthy one does not give.
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openEmbeddedLog, type EmbeddedLog } from "../../../../engine/log/embedded/embedded-log.ts";
import { openConfluentRegistry, type ConfluentRegistryOptions } from "../../../../engine/schemas/registry/confluent-registry.ts";
import { SchemaError } from "../../../../engine/schemas/schema-error.ts";
import type { SchemaRegistry } from "../../../../engine/schemas/registry/registry.ts";
import { openTopicRegistry, type TopicRegistry } from "../../../../engine/schemas/registry/topic-registry.ts";
import { ORDER_V1 } from "./event-schemas.ts";

let log: EmbeddedLog;
let copies: TopicRegistry;
let server: Server;
let url: string;
let asked: IncomingMessage[];
let answer: (request: IncomingMessage, response: ServerResponse) => void;

beforeEach(async () => {
  log = await openEmbeddedLog({ path: ":memory:" });
  await log.createTopics([{ topic: "shop.schemas", partitions: 1, settings: { "cleanup.policy": "compact" } }]);
  copies = await openTopicRegistry({ log, topic: "shop.schemas" });
  asked = [];
  server = createServer((request, response) => {
    asked.push(request);
    answer(request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await copies.close();
  await log.close();
});

async function registry(options: Partial<ConfluentRegistryOptions> = {}): Promise<SchemaRegistry> {
  return openConfluentRegistry({ url, copies, timeoutMs: 2_000, ...options });
}

function says(status: number, body: object): typeof answer {
  return (_, response) => void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

test("credentials and headers go with every question, whoever asks it", async () => {
  answer = says(200, { schema: ORDER_V1.text, compatibilityLevel: "FULL" });
  const address = url.replace("//", "//shop:s%20cret@");
  const one = await registry({ url: address, headers: { "x-tenant": "eu" } });
  expect(one.description).toBe(url);
  await one.schemaOf(7);
  await one.compatibilityOf("a");
  expect(asked.map(({ headers }) => [headers.authorization, headers["x-tenant"]])).toEqual([
    [`Basic ${Buffer.from("shop:s cret").toString("base64")}`, "eu"],
    [`Basic ${Buffer.from("shop:s cret").toString("base64")}`, "eu"],
  ]);
});

test("wrong credentials are told as such, and waited for", async () => {
  answer = says(401, { error_code: 40101, message: "Unauthorized" });
  const refused = (await registry()).schemaOf(7);
  await expect(refused).rejects.toMatchObject({ code: "REGISTRY_UNAVAILABLE", retriable: true });
  await expect(refused).rejects.toThrow(/Unauthorized.*registry\.auth/);
});

test("many who ask for one schema at once cause one question, and a later one none", async () => {
  answer = says(200, { schema: ORDER_V1.text });
  const one = await registry();
  const texts = await Promise.all(Array.from({ length: 20 }, () => one.schemaOf(7)));
  expect(new Set([...texts, await one.schemaOf(7)])).toEqual(new Set([ORDER_V1.text]));
  expect(asked).toHaveLength(1);
});

test("a schema whose answer came too late for who asked is there for who asks again", async () => {
  answer = says(503, { error_code: 50301, message: "starting" });
  const one = await registry({ timeoutMs: 300 });
  await expect(one.schemaOf(7)).rejects.toMatchObject({ code: "REGISTRY_UNAVAILABLE" });
  // The client goes on trying by itself for a while, and is answered.
  const tried = asked.length;
  answer = says(200, { schema: ORDER_V1.text });
  await expect.poll(() => asked.length).toBeGreaterThan(tried);
  await expect.poll(() => one.schemaOf(7).catch(String)).toBe(ORDER_V1.text);
}, 30_000);

test("a schema that was registered, and could not be copied, can be read", async () => {
  answer = ({ url: path }, response) => {
    const body =
      path === "/schemas/ids/7" ? { schema: ORDER_V1.text } : path?.startsWith("/config") === true ? null : { id: 7, version: 1 };
    says(body === null ? 404 : 200, body ?? { error_code: 40408, message: "none" })(asked.at(-1) as IncomingMessage, response);
  };
  const one = await registry();
  copies.keep = () => Promise.reject(new SchemaError("REGISTRY_UNAVAILABLE", "the log is away"));
  expect(await one.register("shop.events-Order", ORDER_V1)).toBe(7);
  expect(await one.schemaOf(7)).toBe(ORDER_V1.text);
});

test("who asks again at once for what nobody knows is answered without a question", async () => {
  answer = says(404, { error_code: 40403, message: "Schema not found" });
  const one = await registry();
  expect(await one.schemaOf(7)).toBeNull();
  const { length } = asked;
  expect(await one.schemaOf(7)).toBeNull();
  expect(asked).toHaveLength(length);
  expect(await one.schemaOf(8)).toBeNull();
  expect(asked.length).toBeGreaterThan(length);
});

test("a server without that path, such as a registry's own under another one, is no registry that does not know the schema", async () => {
  answer = says(404, { status: "nothing here" });
  const one = await registry();
  for (const ask of [() => one.schemaOf(7), () => one.versionsOf("a"), () => one.register("a", ORDER_V1)]) {
    const refused = ask();
    await expect(refused).rejects.toMatchObject({ code: "REGISTRY_UNAVAILABLE", retriable: true });
    await expect(refused).rejects.toThrow(/where its API begins/);
  }
});

test("a schema that is no Avro, or not whole, is said to be unreadable for good", async () => {
  const one = await registry();
  answer = says(200, { schema: "syntax = 'proto3';", schemaType: "PROTOBUF" });
  await expect(one.schemaOf(7)).rejects.toMatchObject({ code: "SCHEMA_INVALID", retriable: false });
  answer = says(200, { schema: ORDER_V1.text, references: [{ name: "shop.Address", subject: "a", version: 1 }] });
  await expect(one.schemaOf(8)).rejects.toMatchObject({ code: "SCHEMA_INVALID" });
});

test("a proxy's page is no answer of a registry", async () => {
  answer = (_, response) => void response.writeHead(200, { "content-type": "text/html" }).end("<h1>Sign in</h1>");
  const one = await registry();
  await expect(one.schemaOf(7)).rejects.toMatchObject({ code: "REGISTRY_UNAVAILABLE" });
  await expect(one.versionsOf("a")).rejects.toMatchObject({ code: "REGISTRY_UNAVAILABLE" });
  expect(copies.book.schemaOf(7)).toBeNull();
});

test("an answer that breaks off counts as none", async () => {
  answer = (request, response) => {
    response.writeHead(200, { "content-type": "application/json", "content-length": "1000" }).write("{");
    setImmediate(() => request.socket.destroy());
  };
  const one = await registry({ timeoutMs: 300 });
  await expect(one.versionsOf("a")).rejects.toMatchObject({ code: "REGISTRY_UNAVAILABLE" });
  await expect(one.schemaOf(7)).rejects.toMatchObject({ code: "REGISTRY_UNAVAILABLE" });
});

test("an address that is none is refused at once", async () => {
  await expect(registry({ url: "registry:8081" })).rejects.toThrow(/registry:8081/);
});
