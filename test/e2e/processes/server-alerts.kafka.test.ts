// A server without the app's code, as it is deployed: it tells that a run failed, which the worker tells nobody, and that the last worker was killed.
import { createHmac, randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test, vi } from "vitest";
import { Millrace } from "../../../engine/sdk/index.ts";
import { kafkaBrokers } from "../../support/kafka/brokers.ts";
import { freePorts } from "../../support/kafka/ports.ts";
import { DevRun, ended } from "../dev/dev-run.ts";

const SECRET = "a secret of sixteen or more";

interface Told {
  readonly code: string;
  readonly app: string;
  readonly count: number;
  readonly isGenuine: boolean;
}

test("runs that fail, and that the last worker was killed, are told by a server that has no code", async () => {
  const id = `alone-${randomUUID().slice(0, 8)}`;
  const received: Told[] = [];
  const receiver = createServer((request, response) => {
    let text = "";
    request.on("data", (part: Buffer) => (text += part.toString()));
    request.on("end", () => {
      const [, time = "", mac = ""] = /^t=(\d+),v1=(\w+)$/.exec(String(request.headers["millrace-signature"])) ?? [];
      const isGenuine = createHmac("sha256", SECRET).update(`${time}.${text}`).digest("hex") === mac;
      received.push({ ...(JSON.parse(text) as Omit<Told, "isGenuine">), isGenuine });
      response.end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  const hook = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/secret-path`;
  await using run = await DevRun.in({
    "app.ts": `
import { Millrace, NonRetriableError } from "millrace";
export const app = new Millrace({ id: "${id}", partitions: 2 });
app.createFunction({ id: "ship", triggers: [{ event: "order/placed" }] }, () => { throw new NonRetriableError("no"); });
`,
    "millrace.json": JSON.stringify({
      log: { brokers: kafkaBrokers() },
      server: { alerts: { secret: SECRET, url: "http://127.0.0.1:9/" } },
    }),
  });
  const worker = run.spawn("worker");
  await run.hears("started");
  const [port = 0] = await freePorts(1);
  const server = run.spawn("start", "--app", id, "--no-login", "--port", String(port), "--alerts", hook);
  await run.hears("API and dashboard at");
  // Who leads is not settled yet, and the history is new: what fails from when it has caught up on counts.
  run.url = `http://127.0.0.1:${port}`;
  await vi.waitFor(async () => expect((await run.ask("/health/ready")).text).toContain('"complete"'), { timeout: 30_000 });

  const sender = new Millrace({ id, log: { kind: "kafka", brokers: kafkaBrokers() } });
  await vi.waitFor(
    async () => {
      await sender.send({ name: "order/placed", data: {} });
      expect(received).toContainEqual(expect.objectContaining({ code: "RUN_FAILED", app: id, isGenuine: true }));
    },
    { timeout: 60_000, interval: 2_000 },
  );
  await sender.stop();
  worker.kill("SIGKILL");
  await ended(worker);
  await vi.waitFor(() => expect(received).toContainEqual(expect.objectContaining({ code: "NO_WORKERS", app: id, isGenuine: true })), {
    timeout: 180_000,
    interval: 100,
  });
  expect(received.filter(({ code }) => code === "NO_WORKERS")).toHaveLength(1);
  expect(run.said).not.toContain("secret-path");
  server.kill("SIGTERM");
  expect(await ended(server)).toBe(0);
  receiver.closeAllConnections();
  await new Promise((resolve) => receiver.close(resolve));
}, 420_000);
