// A server that has none of an app's code, on a connection of its own: workers are elsewhere, and all that it says comes from the log.
import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pino } from "pino";
import { expect, test, vi } from "vitest";
import { Millrace } from "../../../engine/sdk/index.ts";
import { silentLogger } from "../../../engine/observability/logger.ts";
import { createServer, type Server } from "../../../server/app.ts";
import type { Operation } from "../../../server/contract/operations.ts";
import { Hub } from "../../../server/live-hub.ts";
import { openWholeHistory } from "../../../server/whole-history.ts";
import { ForeignClient } from "../../support/faults/foreign-client.ts";
import { kafkaBrokers } from "../../support/kafka/brokers.ts";

const WAIT = { timeout: 30_000, interval: 200 };
const PARTITIONS = 3;

function newApp(id: string): Millrace {
  const log = { kind: "kafka" as const, brokers: [...kafkaBrokers()] };
  return new Millrace({ id, log, partitions: PARTITIONS, logger: pino({ level: "silent" }), stopGraceMs: 0 });
}

async function serve(id: string, directory: string): Promise<{ readonly server: Server } & AsyncDisposable> {
  const app = newApp(id);
  const { log, partitions } = await app.parts.connect();
  const { topics } = app.parts;
  const live = new Hub();
  const file = path.join(directory, `${randomUUID()}.db`);
  const history = await openWholeHistory({ file, log, topics, partitions, live, logger: silentLogger });
  const served = { id, app, code: null, log, topics, partitions, history: history.database };
  const server = createServer(served, { mode: "dev", access: { kind: "open" }, version: "0", logger: silentLogger, live, history });
  return {
    server,
    async [Symbol.asyncDispose]() {
      await server.close();
      await history.close();
      await app.stop();
    },
  };
}

async function ask(server: Server, method: "GET" | "POST", at: string, body?: unknown): Promise<{ status: number; body: unknown }> {
  const response = await server.fetch(
    new Request(`http://localhost/api/v1${at}`, {
      method,
      headers: { host: "localhost", "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }),
  );
  return { status: response.status, body: await response.json() };
}

test("what workers elsewhere do is seen, steered and proved by a server without code, and so it is by another", async () => {
  const id = `served-${randomUUID().slice(0, 8)}`;
  const directory = await mkdtemp(path.join(tmpdir(), "served-"));
  const worker = newApp(id);
  worker.createFunction({ id: "invoice", triggers: [{ event: "order/placed" }] }, ({ step }) => step.run("one", () => 1));
  worker.createConsumer({ id: "totals", events: ["order/placed"], from: "beginning", handle: () => {} });
  await worker.start();
  try {
    await using first = await serve(id, directory);
    await using second = await serve(id, directory);
    const { server } = first;
    await worker.send(Array.from({ length: 20 }, (_, n) => ({ name: "order/placed", data: n, key: `k${n}` })));
    const functions = { items: [{ id: "invoice", counts: { completed: 20 }, paused: null }] };
    await vi.waitFor(async () => expect((await ask(server, "GET", "/functions")).body).toMatchObject(functions), WAIT);
    await vi.waitFor(async () => expect((await ask(server, "GET", "/lag")).body).toMatchObject({ total: 0 }), WAIT);
    const totals = { id: "totals", lag: 0, partitions: [{ mode: "active" }, { mode: "active" }, { mode: "active" }] };
    await vi.waitFor(
      async () => expect((await ask(server, "GET", "/consumers?owners=true")).body).toMatchObject({ items: [totals] }),
      WAIT,
    );

    expect((await ask(server, "POST", "/functions/nobody/pause", {})).status).toBe(404);
    expect((await ask(server, "POST", "/functions/invoice/pause", { events: "skip" })).status).toBe(202);
    for (const { server: one } of [first, second]) {
      await vi.waitFor(async () => expect((await ask(one, "GET", "/functions/invoice")).body).toMatchObject({ paused: "skip" }), WAIT);
    }
    await ask(second.server, "POST", "/functions/invoice/resume");
    await vi.waitFor(async () => expect((await ask(server, "GET", "/functions/invoice")).body).toMatchObject({ paused: null }), WAIT);

    const { body } = await ask(server, "POST", "/partitions/verify");
    await vi.waitFor(async () => {
      const operation = (await ask(server, "GET", `/operations/${(body as Operation).id}`)).body;
      expect(operation).toMatchObject({ state: "done", detail: `all ${PARTITIONS} partitions are proved equal to their running tasks` });
    }, WAIT);
    const owned = { local: null, ownerAlive: true, verified: { isEqual: true, problem: null } };
    expect((await ask(server, "GET", "/partitions")).body).toMatchObject({ items: [owned, owned, owned] });

    expect((await ask(server, "POST", "/replays", { function: "invoice" })).body).toMatchObject({ code: "NOT_POSSIBLE" });
  } finally {
    await worker.stop();
    await rm(directory, { recursive: true });
  }
});

test("R11: of two servers that retry a dead letter at the same time, and of one after the other, the event counts once", async () => {
  const id = `served-${randomUUID().slice(0, 8)}`;
  const directory = await mkdtemp(path.join(tmpdir(), "served-"));
  let isMended = false;
  const handled: string[] = [];
  const worker = newApp(id);
  worker.createConsumer({
    id: "totals",
    events: ["order/placed"],
    from: "beginning",
    retries: 0,
    handle: ({ event }) => {
      if (!isMended) throw new Error("not yet");
      handled.push(event.id);
    },
  });
  await worker.start();
  try {
    await using first = await serve(id, directory);
    await using second = await serve(id, directory);
    await worker.send({ name: "order/placed", id: "o1", data: 5, key: "k" });
    const letters = await vi.waitFor(async () => {
      const { items } = (await ask(first.server, "GET", "/dead-letters")).body as { items: { id: string }[] };
      expect(items).toHaveLength(1);
      return items;
    }, WAIT);
    isMended = true;
    const at = `/dead-letters/${encodeURIComponent(letters[0]?.id ?? "")}`;
    await Promise.all([ask(first.server, "POST", `${at}/retry`), ask(second.server, "POST", `${at}/retry`)]);
    for (const { server } of [first, second]) {
      expect(await ask(server, "GET", at)).toMatchObject({ body: { state: "retried", canRetry: false } });
      expect(await ask(server, "POST", `${at}/retry`)).toMatchObject({ status: 409 });
    }
    await vi.waitFor(() => expect(handled).toEqual(["o1"]), WAIT);
    // Whatever came behind it has been decided when this is.
    await worker.send({ name: "order/placed", id: "o2", data: 5, key: "k" });
    await vi.waitFor(() => expect(handled).toEqual(["o1", "o2"]), WAIT);
  } finally {
    await worker.stop();
    await rm(directory, { recursive: true });
  }
});

test("the topics of a consumer that nobody runs any more are deleted: what is left is shown as before", { timeout: 120_000 }, async () => {
  const id = `served-${randomUUID().slice(0, 8)}`;
  const directory = await mkdtemp(path.join(tmpdir(), "served-"));
  const worker = newApp(id);
  for (const consumer of ["old", "totals"]) {
    const handle = (): never => {
      throw new Error("no");
    };
    worker.createConsumer({ id: consumer, events: ["order/placed"], from: "beginning", retries: 0, handle });
  }
  await worker.start();
  await worker.send({ name: "order/placed", data: 5, key: "k" });
  try {
    await using shop = await serve(id, directory);
    const shown = async (): Promise<readonly unknown[]> => {
      const letters = await ask(shop.server, "GET", "/dead-letters");
      const consumers = await ask(shop.server, "GET", "/consumers");
      const items = [letters, consumers].map(({ body }) => (body as { items?: readonly { id: string; consumer?: string }[] }).items);
      return [letters.status, consumers.status, items[0]?.map(({ consumer }) => consumer).toSorted(), items[1]?.map((one) => one.id)];
    };
    await vi.waitFor(async () => expect(await shown()).toEqual([200, 200, ["old", "totals"], ["old", "totals"]]), WAIT);
    await worker.stop();
    const foreign = new ForeignClient(kafkaBrokers());
    for (const topic of await foreign.topics()) if (topic.startsWith(`${id}.old.`)) await foreign.deleteTopic(topic);
    // Brokers that do not know a topic are asked for a while: it might be new.
    await vi.waitFor(async () => expect(await shown()).toEqual([200, 200, ["totals"], ["totals"]]), { timeout: 60_000, interval: 200 });
  } finally {
    await worker.stop();
    await rm(directory, { recursive: true });
  }
});
