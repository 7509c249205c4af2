// One trace through two workers on a real log, where runs, children and events are in other partitions, and one of the workers goes in between.
import { randomUUID } from "node:crypto";
import { trace } from "@opentelemetry/api";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { Millrace } from "../../../engine/sdk/index.ts";
import { kafkaBrokers } from "../../support/kafka/brokers.ts";
import { collectSpans, type Spans } from "../../support/spans.ts";

const REQUESTS = 8;

let spans: Spans;

beforeAll(() => {
  spans = collectSpans();
});

afterAll(() => spans.close());

function worker(id: string, done: string[]): Millrace {
  const app = new Millrace({
    id,
    partitions: 4,
    log: { kind: "kafka", brokers: [...kafkaBrokers()], sessionTimeoutMs: 6_000 },
    logger: pino({ level: "silent" }),
    stopGraceMs: 1_000,
  });
  const child = app.createFunction({ id: "invoice", triggers: [] }, ({ step }) => step.run("write", () => null));
  app.createFunction({ id: "order", triggers: [{ event: "placed" }] }, async ({ step, runId }) => {
    await step.run("charge", () => null);
    await step.sleep("settle", 2_000);
    await step.invoke("bill", { function: child, data: null });
    await step.sendEvent("tell", { name: "paid", data: null, key: runId });
  });
  app.createFunction({ id: "ship", triggers: [{ event: "paid" }] }, async ({ step, runId }) => {
    await step.run("pack", () => void done.push(runId));
  });
  return app;
}

test("each request is one trace through both workers, and no step that is recorded has a second span", { timeout: 60_000 }, async () => {
  const id = `traced-${randomUUID()}`;
  const done: string[] = [];
  const [one, another] = [worker(id, done), worker(id, done)];
  await Promise.all([one.start(), another.start()]);
  await vi.waitFor(() => expect(Math.min(one.status().length, another.status().length)).toBeGreaterThan(0), { timeout: 20_000 });
  const traces: string[] = [];
  for (let n = 0; n < REQUESTS; n++) {
    await trace.getTracer("test").startActiveSpan("request", async (span) => {
      traces.push(span.spanContext().traceId);
      await another.send({ name: "placed", data: null, key: `key ${n}` });
      span.end();
    });
  }
  await vi.waitFor(() => expect(spans.named("step charge")).toHaveLength(REQUESTS), { timeout: 20_000 });
  // What sleeps there goes on here.
  await one.stop();
  await vi.waitFor(() => expect(new Set(done).size).toBe(REQUESTS), { timeout: 30_000 });
  await another.stop();
  for (const traceId of traces) {
    const names = spans
      .all()
      .filter((span) => span.spanContext().traceId === traceId)
      .map(({ name }) => name);
    const steps = names.filter((name) => /^(request|send|invoke|step) /.test(`${name} `));
    expect(steps.toSorted((a, b) => a.localeCompare(b))).toEqual([
      "invoke invoice",
      "request",
      "send events",
      `send ${id}.events`,
      "step charge",
      "step pack",
      "step write",
    ]);
    expect(names).toEqual(expect.arrayContaining(["run order", "run invoice", "run ship"]));
  }
  expect(new Set(spans.all().map((span) => span.spanContext().traceId)).size).toBe(REQUESTS);
});
