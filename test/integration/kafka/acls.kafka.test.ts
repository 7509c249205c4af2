// With TLS, SCRAM, ACLs and a codec all at once: what `millrace topics --acls` prints is enough, and little of it can be spared.
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import pino from "pino";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { serveApp } from "../../../cli/serve-app.ts";
import type { LogOptions } from "../../../engine/config/options.ts";
import { readSettings } from "../../../engine/config/settings.ts";
import { aesGcmCodec, Millrace } from "../../../engine/sdk/index.ts";
import { openKafkaLog } from "../../../engine/log/kafka/kafka-log.ts";
import type { Log } from "../../../engine/log/log.ts";
import { everything } from "../../support/secrets/everything.ts";
import { BrokerAcls, rightsOf, type Right } from "./broker-acls.ts";
import { startSecureBroker, type SecureBroker } from "./secure-broker.ts";

const ROOT = path.resolve(import.meta.dirname, "../../..");
const run = promisify(execFile);
const silent = pino({ level: "silent" });
const codec = aesGcmCodec({ keys: { first: randomBytes(32) }, current: "first" });
const GO = [{ event: "go" }] as const;

let broker: SecureBroker;
let acls: BrokerAcls;
beforeAll(async () => {
  broker = await startSecureBroker({ name: "nobody", password: "nobody-secret" }, { withAcls: true });
  acls = new BrokerAcls(broker.openAddress);
});
afterAll(() => broker[Symbol.asyncDispose]());

/** A user with what the command prints for a role, and nothing else. */
async function userFor(app: string, role: string, ...flags: readonly string[]): Promise<{ log: LogOptions; rights: readonly Right[] }> {
  const name = `${app}-${role}`;
  await broker.addUser({ name, password: `${name}-secret` });
  const args = ["topics", "--app", app, "--acls", "--principal", `User:${name}`, "--role", role, ...flags];
  const { stdout } = await run(process.execPath, ["--conditions=@millrace/source", path.join(ROOT, "cli/main.ts"), ...args]);
  const rights = rightsOf(stdout.trim().split("\n"));
  await acls.give(rights);
  return { log: logOf(name), rights };
}

function connectionOf(username: string) {
  const sasl = { mechanism: "scram-sha-512" as const, username, password: `${username}-secret` };
  return { brokers: [broker.address], ssl: { ca: [broker.ca] }, sasl };
}

function logOf(username: string): LogOptions {
  return { kind: "kafka", ...connectionOf(username) };
}

test("a worker that makes its topics does all that an app can do, with its consumer and its sinks", async () => {
  const { log } = await userFor("whole", "worker", "--consumer", "ledger", "--sink", "one", "--sink", "several");
  const { app, work } = everything("whole", log, codec);
  const copied = { one: 0, several: 0 };
  const sinkOf = (id: keyof typeof copied) => ({
    positions: () => new Map<number, number>(),
    write: ({ events }: { readonly events: readonly unknown[] }) => {
      copied[id] += events.length;
      return "stored" as const;
    },
  });
  app.createSink({ id: "one", topics: ["whole.events"], sink: sinkOf("one") });
  app.createSink({ id: "several", topics: ["whole.events", "whole.functions"], sink: sinkOf("several") });
  await app.start();
  await work();
  await vi.waitFor(() => expect(Math.min(copied.one, copied.several)).toBeGreaterThan(0), { timeout: 20_000 });
  await app.stop();
}, 120_000);

test("without rights an app says which it misses, and how they are given", async () => {
  const app = new Millrace({ id: "whole", log: logOf("nobody"), logger: silent });
  const message = expect.stringMatching(/whole\.\w+.*TOPIC_AUTHORIZATION_FAILED.*millrace topics --acls/) as unknown;
  await expect(app.send({ name: "go", data: 1 })).rejects.toMatchObject({ family: "log", code: "LOG_NOT_AUTHORIZED", message });
  await app.stop();
});

test("a producer sends, and may neither read nor decide anything", async () => {
  await made("sending");
  const { log } = await userFor("sending", "producer", "--no-create-topics");
  const app = new Millrace({ id: "sending", log, logger: silent, codec });
  expect((await app.send({ name: "go", data: 1 })).ids).toHaveLength(1);
  const { log: its } = await app.parts.connect();
  const refused = { code: "LOG_NOT_AUTHORIZED" };
  for (const topic of ["events", "journal", "inbox", "state", "functions", "dead-letter"]) {
    await expect(its.openReader({ topic: `sending.${topic}`, partition: 0, from: 0 }).next()).rejects.toMatchObject(refused);
    if (topic !== "events") {
      const record = { key: Buffer.from("k"), value: Buffer.from("v") };
      await expect(its.append({ topic: `sending.${topic}`, partition: 0 }, [record])).rejects.toMatchObject(refused);
    }
  }
  await app.stop();
});

test("who runs consumers alone reads the app's events and writes none", async () => {
  await made("telling");
  const { log } = await userFor("telling", "consumers", "--consumer", "ledger");
  const seen: unknown[] = [];
  const app = new Millrace({ id: "telling", log, logger: silent, codec });
  app.createConsumer({ id: "ledger", from: "beginning", events: ["go"], handle: ({ event }) => void seen.push(event.data) });
  await app.start();
  const sender = new Millrace({ id: "telling", log: open(), logger: silent, codec });
  await sender.send({ name: "go", data: "heard" });
  await vi.waitFor(() => expect(seen).toEqual(["heard"]), { timeout: 20_000 });
  await expect(app.send({ name: "go", data: 1 })).rejects.toMatchObject({ code: "LOG_NOT_AUTHORIZED" });
  await Promise.all([app.stop(), sender.stop()]);
});

test("a server reads all, sends, commands, and writes down what people did; it decides nothing", async () => {
  await made("serving");
  const { log } = await userFor("serving", "server", "--consumer", "ledger");
  const app = new Millrace({ id: "serving", log, logger: silent, codec });
  await app.send({ name: "go", data: 1 });
  await app.pause("f");
  const { log: its } = await app.parts.connect();
  for (const topic of ["events", "journal", "state", "functions", "dead-letter", "schemas"]) {
    await its.openReader({ topic: `serving.${topic}`, partition: 0, from: 0 }).next();
  }
  await its.members("serving");
  await its.createTopics([{ topic: "serving.audit", partitions: 1, settings: {} }]);
  await its.append({ topic: "serving.audit", partition: 0 }, [{ key: null, value: Buffer.from("{}") }]);
  const refused = { code: "LOG_NOT_AUTHORIZED" };
  for (const topic of ["journal", "state", "functions"]) {
    const record = { key: Buffer.from("k"), value: Buffer.from("v") };
    await expect(its.append({ topic: `serving.${topic}`, partition: 0 }, [record])).rejects.toMatchObject(refused);
  }
  await app.stop();
});

test("with a server's rights alone the API answers, sends, commands, and writes down who did it", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "millrace-acls-"));
  const worker = new Millrace({ id: "served", log: open(), partitions: 1, logger: silent, codec });
  const steps: unknown[] = [];
  worker.createFunction({ id: "f", triggers: GO }, ({ step, event }) => step.run("keep", () => steps.push(event.data)));
  worker.createConsumer({ id: "ledger", version: 2, from: "beginning", events: ["go"], handle: () => null });
  await worker.start();
  const { log } = await userFor("served", "server", "--consumer", "ledger@2");
  const app = new Millrace({ id: "served", log, logger: silent, codec });
  const settings = {
    ...readSettings({ flags: {}, taken: [], environment: {}, file: undefined }).values.server,
    login: false,
    port: 0,
    history: path.join(folder, "history.db"),
  };
  const serving = await serveApp({
    app,
    module: null,
    mode: "start",
    createTopics: true,
    settings,
    alerts: { url: "http://127.0.0.1:9/", maxLag: 100_000 },
  });
  const fetched = (route: string, posted?: RequestInit): Promise<Response> =>
    fetch(`http://127.0.0.1:${serving.port}/api/v1${route}`, posted);
  const ask = async (route: string, body?: unknown): Promise<number> => {
    const posted =
      body === undefined ? {} : { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
    return (await fetched(route, posted)).status;
  };
  expect(await ask("/events", { name: "go", data: "by the server" })).toBeLessThan(300);
  await vi.waitFor(() => expect(steps).toEqual(["by the server"]), { timeout: 20_000 });
  expect(await ask("/functions/f/pause", {})).toBeLessThan(300);
  expect(await ask("/consumers/ledger/pause", {})).toBeLessThan(300);
  const routes = ["/app", "/events", "/runs", "/functions", "/consumers", "/dead-letters", "/partitions", "/lag", "/audit", "/event-types"];
  const answers = await Promise.all(routes.map(async (route) => [route, await ask(route)] as const));
  expect(answers).toEqual(routes.map((route) => [route, 200]));
  // Who works is asked of others, and not known while they do not answer.
  for (const [route, shown] of [
    ["/app", { workers: 1 }],
    ["/partitions", { items: [{ ownerAlive: true }] }],
    ["/consumers?owners=true", { items: [{ workers: 1, partitions: [{ partition: 0 }] }] }],
  ] as const) {
    await vi.waitFor(async () => expect(await (await fetched(route)).json()).toMatchObject(shown), { timeout: 30_000, interval: 200 });
  }
  // It may agree with other servers which of them tells alerts.
  const { log: ofWorker } = await worker.parts.connect();
  await vi.waitFor(async () => expect(await ofWorker.members("served/servers")).toHaveLength(1), { timeout: 20_000 });
  await serving.close();
  await Promise.all([app.stop(), worker.stop()]);
  await rm(folder, { recursive: true, force: true });
}, 240_000);

test("of a worker's rights each that is taken away is missed, by name", async () => {
  await made("spared");
  const { rights } = await userFor("spared", "worker", "--no-create-topics");
  const log = await openKafkaLog(connectionOf("spared-worker"));
  // Settings may stay unknown; and there are no keys of subjects in this app.
  const needed = rights.filter(({ operation, name }) => operation !== "DescribeConfigs" && !name.endsWith(".keys"));
  expect(needed.length).toBeGreaterThan(12);
  for (const right of needed) await inUse(log, right);
  for (const right of needed) {
    await acls.take([right]);
    const missed = { code: "LOG_NOT_AUTHORIZED", message: expect.stringContaining("millrace topics --acls") as unknown };
    await vi.waitFor(() => expect(inUse(log, right), JSON.stringify(right)).rejects.toMatchObject(missed), { timeout: 20_000 });
    await acls.give([right]);
    await vi.waitFor(() => inUse(log, right), { timeout: 20_000 });
  }
  await log.close();
}, 300_000);

test.each([
  ["topic", "starting.functions", "Read"],
  ["topic", "starting.functions", "Write"],
  ["topic", "starting.journal", "Read"],
  ["topic", "starting.journal", "Write"],
  ["group", "starting", "Read"],
] as const)(
  "a worker does not start without %s %s: %s, and says so",
  async (resource, name, operation) => {
    const right = { user: "starting-worker", resource, name, operation };
    await made("starting");
    await userFor("starting", "worker", "--no-create-topics");
    await acls.take([right]);
    const lines: string[] = [];
    const logger = pino({ level: "warn" }, { write: (line: string) => void lines.push(line) });
    const app = new Millrace({ id: "starting", log: logOf("starting-worker"), logger, codec, activationTimeoutMs: 120_000 });
    app.createFunction({ id: `without ${name} ${operation}`, triggers: GO }, () => null);
    let isSettled = false;
    const starting: Promise<unknown> = app
      .start()
      .catch((error: unknown) => error)
      .finally(() => (isSettled = true));
    // Where its partition is refused, it goes on trying to start until it is stopped.
    await vi.waitFor(() => expect(isSettled || lines.join("\n").includes("LOG_NOT_AUTHORIZED")).toBe(true), { timeout: 100_000 });
    await app.stop();
    const failure = await starting;
    expect(`${JSON.stringify(failure)} ${String(failure)} ${lines.join("\n")}`).toMatch(/LOG_NOT_AUTHORIZED/);
    expect(failure).toBeInstanceOf(Error);
  },
  180_000,
);

/** Does with a topic or group what the right is for. */
async function inUse(log: Log, { resource, name, operation }: Right): Promise<void> {
  const target = { topic: name, partition: 0 };
  if (resource === "group") {
    await log.members(name);
  } else if (operation === "Read") {
    const reader = log.openReader({ ...target, from: 0 });
    await reader.next().finally(() => reader.close());
  } else if (operation === "Write") {
    await log.append(target, [{ key: Buffer.from("k"), value: Buffer.from("v") }]);
  } else if (operation === "Delete") {
    await log.trim(target, 0);
  } else {
    await log.describeTopic(name);
  }
}

function open(): LogOptions {
  return { kind: "kafka", brokers: [broker.openAddress] };
}

/** The topics of an app, made by somebody who may. */
async function made(id: string): Promise<void> {
  const app = new Millrace({ id, log: open(), partitions: 1, logger: silent });
  await app.parts.connect();
  await app.stop();
}
