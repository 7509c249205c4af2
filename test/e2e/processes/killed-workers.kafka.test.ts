// All workers of an app are killed, and a server that is none of them goes on: it says so, rather than that all is well.
import { randomUUID } from "node:crypto";
import { expect, test, vi } from "vitest";
import { kafkaBrokers } from "../../support/kafka/brokers.ts";
import { freePorts } from "../../support/kafka/ports.ts";
import { DevRun, ended } from "../dev/dev-run.ts";

const PATIENCE = { timeout: 90_000, interval: 250 };

const app = (id: string): string => `
import { Millrace } from "millrace";
export const app = new Millrace({ id: "${id}", partitions: 2 });
app.createFunction({ id: "ship", triggers: [{ event: "order/placed" }] }, async ({ step }) => step.run("ship", () => new Promise(() => console.log("for ever"))));
`;

test("a server without the app's code sees that workers are gone: of the app, of its partitions, and of a run that they had begun", async () => {
  const id = `killed-${randomUUID().slice(0, 8)}`;
  await using run = await DevRun.in({ "app.ts": app(id), "millrace.json": JSON.stringify({ log: { brokers: kafkaBrokers() } }) });
  const [port = 0] = await freePorts(1);
  const worker = run.spawn("worker");
  await run.hears("started");
  const server = run.spawn("start", "--app", id, "--port", String(port), "--no-login");
  run.url = `http://127.0.0.1:${port}`;
  await run.hears("API and dashboard at");
  const read = async (at: string): Promise<unknown> => JSON.parse((await run.ask(`/api/v1${at}`)).text) as unknown;
  const partitions = (ownerAlive: boolean): object => ({ items: [{ ownerAlive }, { ownerAlive }] });

  await vi.waitFor(async () => expect(await read("/app")).toMatchObject({ workers: 1, hasCode: false }), PATIENCE);
  await vi.waitFor(async () => expect(await read("/partitions")).toMatchObject(partitions(true)), PATIENCE);
  const headers = { "content-type": "application/json" };
  await run.ask("/api/v1/events", { method: "POST", headers, body: JSON.stringify({ name: "order/placed", data: {} }) });
  await run.hears("for ever");
  const begun = await vi.waitFor(async () => {
    const { items } = (await read("/runs")) as { items: { id: string }[] };
    expect(items).toMatchObject([{ status: "running" }]);
    return `/runs/${items[0]?.id ?? ""}`;
  }, PATIENCE);
  await vi.waitFor(async () => expect(await read(begun)).toMatchObject({ holdups: [{ code: "EXECUTING" }] }), PATIENCE);

  worker.kill("SIGKILL");
  await ended(worker);
  // When the group has noticed.
  await vi.waitFor(async () => expect(await read("/app")).toMatchObject({ workers: 0 }), PATIENCE);
  expect(await read("/partitions")).toMatchObject(partitions(false));
  expect(await read(begun)).toMatchObject({
    status: "running",
    holdups: [{ code: "NO_WORKER", message: "no worker of the app is running" }],
  });

  const next = run.spawn("worker");
  await vi.waitFor(async () => expect(await read("/partitions")).toMatchObject(partitions(true)), PATIENCE);
  await vi.waitFor(async () => expect(await read(begun)).toMatchObject({ holdups: [{ code: "EXECUTING" }] }), PATIENCE);
  next.kill("SIGKILL");
  server.kill("SIGTERM");
  expect(await ended(server)).toBe(0);
});
