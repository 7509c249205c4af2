// millrace start and millrace worker on a real Kafka: processes as they are deployed, told to end, and killed.
import { randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { expect, test, vi } from "vitest";
import { hashOfToken, makeToken } from "../../../server/tokens/secret.ts";
import { kafkaBrokers } from "../../support/kafka/brokers.ts";
import { freePorts } from "../../support/kafka/ports.ts";
import { DevRun, ended } from "../dev/dev-run.ts";

const PATIENCE = { timeout: 60_000, interval: 50 };

function appOf(id: string): string {
  return `
import { Millrace } from "millrace";
export const app = new Millrace({ id: "${id}", partitions: 2 });
app.createFunction({ id: "ship", triggers: [{ event: "order/placed" }] }, async ({ event, step }) => step.run("ship", () => event.id));
`;
}

async function inFolder(id: string): Promise<{ readonly run: DevRun; readonly token: string }> {
  const token = makeToken();
  const entry = {
    name: "me",
    scopes: ["send", "read", "payloads", "operate"],
    sha256: hashOfToken(token),
    createdAt: new Date().toISOString(),
  };
  const run = await DevRun.in({
    "app.ts": appOf(id),
    "millrace.json": JSON.stringify({ log: { brokers: kafkaBrokers() }, server: { tokens: "tokens.json" } }),
  });
  await writeFile(path.join(run.folder, "tokens.json"), JSON.stringify({ tokens: [entry] }), { mode: 0o600 });
  return { run, token };
}

test("start serves an app to those who have a token, and ends in good order when it is told to", async () => {
  const id = `start-${randomUUID().slice(0, 8)}`;
  const { run, token } = await inFolder(id);
  await using _ = run;
  const [port = 0] = await freePorts(1);
  run.url = `http://127.0.0.1:${port}`;
  const child = run.spawn("start", "app.ts", "--port", String(port));
  await run.hears("API and dashboard at");
  // It listens before it has restored anything, and says so.
  await vi.waitFor(async () => expect((await run.ask("/health/ready")).status).toBe(200), PATIENCE);
  expect((await run.ask("/api/v1/runs")).status).toBe(401);
  const authorization = `Bearer ${token}`;
  const sent = await run.ask("/api/v1/events", {
    method: "POST",
    headers: { authorization, "content-type": "application/json" },
    body: JSON.stringify({ name: "order/placed", data: {}, id: "order 1" }),
  });
  expect(sent.status).toBe(200);
  await vi.waitFor(async () => {
    const { text } = await run.ask("/api/v1/runs", { headers: { authorization } });
    expect(JSON.parse(text)).toMatchObject({ items: [{ status: "completed", event: { id: "order 1" } }] });
  }, PATIENCE);
  child.kill("SIGTERM");
  expect(await ended(child)).toBe(0);
  expect(run.said).toContain(`SIGTERM: stopping ${id}`);
});

test("a server without the app's code sees and commands what workers elsewhere do", async () => {
  const id = `apart-${randomUUID().slice(0, 8)}`;
  const { run, token } = await inFolder(id);
  await using _ = run;
  const [port = 0, workerPort = 0] = await freePorts(2);
  // It comes up first: it lives, and waits for the worker that makes the app.
  const early = run.spawn("start", "--app", id, "--port", String(port));
  await run.hears(`there are no topics of an app ${id} yet`);
  run.url = `http://127.0.0.1:${port}`;
  expect((await run.ask("/health/live")).status).toBe(200);
  expect((await run.ask("/health/ready")).status).toBe(503);
  const refused = await run.ask("/api/v1/runs");
  expect(refused.status).toBe(503);
  expect(refused.text).toContain("its first worker makes them");

  await run.write("worker.json", JSON.stringify({ log: { brokers: kafkaBrokers() }, worker: { host: "127.0.0.1", port: workerPort } }));
  const worker = run.spawn("worker", "--config", "worker.json");
  run.url = `http://127.0.0.1:${workerPort}`;
  await run.hears("health and metrics at");
  expect((await run.ask("/health/live")).status).toBe(200);
  await vi.waitFor(async () => expect((await run.ask("/health/ready")).status).toBe(200), PATIENCE);
  expect((await run.ask("/metrics")).text).toContain("millrace_");
  expect((await run.ask("/api/v1/runs")).status).toBe(404);

  run.url = `http://127.0.0.1:${port}`;
  await vi.waitFor(async () => expect((await run.ask("/health/ready")).status).toBe(200), PATIENCE);
  early.kill("SIGTERM");
  expect(await ended(early)).toBe(0);

  await run.write(
    "fixed.json",
    JSON.stringify({ log: { brokers: kafkaBrokers() }, createTopics: false, server: { tokens: "tokens.json" } }),
  );
  expect(await ended(run.spawn("start", "--app", id, "--port", String(port), "--config", "fixed.json"))).toBe(1);
  expect(run.said).toMatch(/^TOPICS_MISSING: .*createTopics is false/m);
  expect(run.said).toContain(`--topic ${id}.audit --partitions 1`);

  run.url = `http://127.0.0.1:${port}`;
  const server = run.spawn("start", "--app", id, "--port", String(port));
  const authorization = `Bearer ${token}`;
  await vi.waitFor(async () => expect((await run.ask("/health/ready")).status).toBe(200), PATIENCE);
  const sent = await run.ask("/api/v1/events", {
    method: "POST",
    headers: { authorization, "content-type": "application/json" },
    body: JSON.stringify({ name: "order/placed", data: {}, id: "order 1" }),
  });
  expect(sent.status).toBe(200);
  await vi.waitFor(async () => {
    const { text } = await run.ask("/api/v1/runs", { headers: { authorization } });
    expect(JSON.parse(text)).toMatchObject({ items: [{ status: "completed", event: { id: "order 1" } }] });
  }, PATIENCE);
  for (const child of [server, worker]) {
    child.kill("SIGTERM");
    expect(await ended(child)).toBe(0);
  }
});

test("a second signal ends at once", async () => {
  const id = `twice-${randomUUID().slice(0, 8)}`;
  const { run } = await inFolder(id);
  await using _ = run;
  await run.write(
    "app.ts",
    appOf(id).replace('step.run("ship", () => event.id)', 'step.run("ship", () => new Promise(() => console.log("for ever")))'),
  );
  const worker = run.spawn("worker");
  await run.hears("started");
  const { Millrace } = await import("../../../engine/sdk/index.ts");
  const sender = new Millrace({ id, log: { kind: "kafka", brokers: kafkaBrokers() } });
  await sender.send({ name: "order/placed", data: {} });
  await sender.stop();
  await run.hears("for ever");
  worker.kill("SIGINT");
  await run.hears("another signal ends at once");
  worker.kill("SIGTERM");
  expect(await ended(worker)).toBe(143);
});

test("a server that waits for an app that never comes ends when it is told to", async () => {
  const id = `never-${randomUUID().slice(0, 8)}`;
  const { run } = await inFolder(id);
  await using _ = run;
  const [port = 0] = await freePorts(1);
  const child = run.spawn("start", "--app", id, "--port", String(port));
  await run.hears(`there are no topics of an app ${id} yet`);
  child.kill("SIGTERM");
  expect(await ended(child)).toBe(0);
  expect(run.said).toContain("told to end before the app was there");
});
