// One trace from whoever sends an event through all that comes of it.
import { context, createTraceState, trace } from "@opentelemetry/api";
import { afterEach, beforeEach, expect, test } from "vitest";
import { pino } from "pino";
import type { StoredRecord } from "../../../engine/log/log.ts";
import { Millrace } from "../../../engine/sdk/index.ts";
import { FakeClock, settling, until } from "../../support/fake-clock.ts";
import { SimulatedLog } from "../../support/simulated-log.ts";
import { collectSpans, type Spans } from "../../support/spans.ts";

let clock: FakeClock;
let log: SimulatedLog;
let spans: Spans | null;
let apps: Millrace[];
/** Types of what stands in journals. */
let recorded: string[];

beforeEach(async () => {
  clock = new FakeClock();
  log = await SimulatedLog.open(clock);
  spans = null;
  apps = [];
  recorded = [];
});

afterEach(async () => {
  await settling(clock, Promise.all(apps.map((app) => app.stop())));
  await log.close();
  await spans?.close();
});

function made(): Millrace {
  const app = new Millrace(
    { id: "shop", partitions: 2, stopGraceMs: 0, logger: pino({ level: "silent" }) },
    { log, clock, onFrame: (_, { records }) => void recorded.push(...records.map(({ type }) => type)) },
  );
  apps.push(app);
  return app;
}

/** The function that invokes, its child, and the function that is triggered by what it sends. */
function declare(app: Millrace, done: string[]): void {
  const child = app.createFunction({ id: "child", triggers: [] }, ({ step }) => step.run("of child", () => "c"));
  app.createFunction({ id: "order", triggers: [{ event: "placed" }], retries: 1 }, async ({ step, runId }) => {
    await step.run("charge", ({ attempt }) => {
      trace.getTracer("user").startSpan("of the user").end();
      if (attempt === 0) throw new Error("once more");
    });
    await step.invoke("ask", { function: child, data: null });
    await step.sendEvent("tell", { name: "charged", data: null });
    done.push(runId);
  });
  app.createFunction({ id: "ship", triggers: [{ event: "charged" }] }, async ({ step }) => {
    await step.run("pack", () => done.push("shipped"));
  });
  app.createConsumer({ id: "count", from: "beginning", events: ["charged"], handle: () => void done.push("counted") });
}

test("a producer, runs, attempts of steps, children, events that steps send and consumers are one trace, each inside of what caused it", async () => {
  const found = (spans = collectSpans());
  const app = made();
  const done: string[] = [];
  declare(app, done);
  await settling(clock, app.start());
  const root = await trace.getTracer("user").startActiveSpan("request", async (span) => {
    await app.send({ name: "placed", data: null });
    span.end();
    return span.spanContext();
  });
  await settling(
    clock,
    until("all is done", () => done.length === 3 && found.named("run order").length === 1 && found.named("run ship").length === 1),
  );
  const parentOf = (name: string): string | undefined => {
    const parent = found.one(name).parentSpanContext?.spanId;
    return found.all().find((span) => span.spanContext().spanId === parent)?.name;
  };
  expect(new Set(found.all().map((span) => span.spanContext().traceId))).toEqual(new Set([root.traceId]));
  expect(parentOf("send shop.events")).toBe("request");
  expect(parentOf("run order")).toBe("send shop.events");
  expect(found.named("step charge").map(({ status, attributes }) => [status.code, attributes["millrace.attempt"]])).toEqual([
    [2, 0],
    [0, 1],
  ]);
  expect(found.named("of the user")).toHaveLength(2);
  expect(found.named("of the user").map((span) => span.parentSpanContext?.spanId)).toEqual(
    found.named("step charge").map((span) => span.spanContext().spanId),
  );
  expect(parentOf("invoke child")).toBe("run order");
  expect(parentOf("run child")).toBe("invoke child");
  expect(parentOf("step of child")).toBe("run child");
  expect(parentOf("run ship")).toBe("send events");
  expect(parentOf("handle count")).toBe("send events");
  expect(found.one("run order").attributes).toMatchObject({
    "messaging.system": "millrace",
    "messaging.operation.type": "process",
    "messaging.destination.name": "shop.events",
    "millrace.function.id": "order",
    "millrace.event.name": "placed",
  });
});

test("a run that goes on elsewhere stays in its trace, and what stands in the record has no second span", async () => {
  const found = (spans = collectSpans());
  const done: string[] = [];
  const declared = (): Millrace => {
    const app = made();
    app.createFunction({ id: "order", triggers: [{ event: "placed" }] }, async ({ step }) => {
      await step.run("first", () => done.push("first"));
      await step.sleep("long", "10 seconds");
      await step.run("second", () => done.push("second"));
    });
    return app;
  };
  const one = declared();
  await settling(clock, one.start());
  await one.send({ name: "placed", data: null });
  await settling(
    clock,
    until("it sleeps", () => recorded.includes("SleepStarted")),
  );
  await settling(clock, one.stop());
  const another = declared();
  await settling(clock, another.start());
  await clock.advance(11_000);
  await settling(
    clock,
    until("the second step is done", () => done.includes("second")),
  );
  await settling(
    clock,
    until("its span is over", () => found.named("step second").length === 1 && found.named("run order").length >= 2),
  );
  expect(done).toEqual(["first", "second"]);
  expect(found.named("step first")).toHaveLength(1);
  expect(found.named("step second")).toHaveLength(1);
  expect(new Set(found.all().map((span) => span.spanContext().traceId)).size).toBe(1);
  expect(found.named("run order").at(-1)?.attributes["millrace.resumed"]).toBe("true");
});

test("what vendors add to a trace goes along through runs, children and what they send (tracestate)", async () => {
  const found = (spans = collectSpans());
  const done: string[] = [];
  const one = made();
  declare(one, done);
  await settling(clock, one.start());
  const traceState = createTraceState("congo=t61rcWkgMzE,rojo=1");
  const remote = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331", traceFlags: 1, isRemote: true, traceState };
  await context.with(trace.setSpanContext(context.active(), remote), () => one.send({ name: "placed", data: null }));
  await settling(
    clock,
    until("all is done", () => done.length === 3 && found.named("run order").length === 1 && found.named("run ship").length === 1),
  );
  const ours = found.all().filter(({ name }) => name !== "of the user");
  expect(ours.map(({ name }) => name)).toEqual(expect.arrayContaining(["run order", "run child", "run ship", "handle count", "step pack"]));
  expect(new Set(ours.map((span) => span.spanContext().traceState?.serialize()))).toEqual(new Set(["congo=t61rcWkgMzE,rojo=1"]));
  const sent = await settling(clock, chargedEvents());
  expect(sent.map(({ headers }) => headers["tracestate"]?.toString())).toEqual(["congo=t61rcWkgMzE,rojo=1"]);
});

test("a process that traces nothing passes the trace of an event on", async () => {
  const app = made();
  const done: string[] = [];
  declare(app, done);
  await settling(clock, app.start());
  const trace1 = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  const headers = {
    ce_type: "placed",
    ce_id: "1",
    ce_source: "x",
    ce_specversion: "1.0",
    ce_traceparent: trace1,
    ce_tracestate: "congo=t61rcWkgMzE, rojo=1",
  };
  await log.append({ topic: "shop.events", partition: 0 }, [{ key: null, value: Buffer.from("null"), headers }]);
  await settling(
    clock,
    until("all is done", () => done.length === 3),
  );
  const sent = await settling(clock, chargedEvents());
  expect(sent.map((record) => record.headers["traceparent"]?.toString())).toEqual([trace1]);
  expect(sent.map((record) => record.headers["tracestate"]?.toString())).toEqual(["congo=t61rcWkgMzE,rojo=1"]);
});

const PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

test("an event that is sent with a trace of its own belongs to that, with an SDK inside of its span", async () => {
  const app = made();
  await settling(clock, app.send({ name: "charged", data: null, key: "a", traceparent: PARENT, tracestate: "rojo=1" }));
  await settling(clock, app.send({ name: "charged", data: null, key: "a", traceparent: "none" }));
  const [own, malformed] = await settling(clock, chargedEvents());
  expect([own?.headers["traceparent"]?.toString(), own?.headers["tracestate"]?.toString()]).toEqual([PARENT, "rojo=1"]);
  expect(malformed?.headers["traceparent"]).toBeUndefined();

  const found = (spans = collectSpans());
  const traced = made();
  await settling(clock, traced.send({ name: "charged", data: null, key: "a", traceparent: PARENT }));
  const [span] = found.named("send shop.events");
  expect(span?.spanContext().traceId).toBe("0af7651916cd43dd8448eb211c80319c");
  const third = (await settling(clock, chargedEvents())).at(2);
  expect(third?.headers["traceparent"]?.toString()).toContain(span?.spanContext().spanId);
  // Of many each has its own, where it has one.
  await settling(
    clock,
    traced.send([
      { name: "charged", data: 1, key: "a", traceparent: PARENT },
      { name: "charged", data: 2, key: "a" },
    ]),
  );
  const last = (await settling(clock, chargedEvents())).slice(3).map(({ headers }) => headers["traceparent"]?.toString());
  expect(last[0]).toBe(PARENT);
  expect(last[1]).not.toContain("0af7651916cd43dd8448eb211c80319c");
});

async function chargedEvents(): Promise<readonly StoredRecord[]> {
  const found: StoredRecord[] = [];
  for (const partition of [0, 1]) {
    const target = { topic: "shop.events", partition };
    const end = await log.latestOffset(target);
    const reader = log.openReader({ ...target, from: 0 });
    for (let next = 0; next < end;) {
      const batch = await reader.next();
      found.push(...batch.records.filter(({ headers }) => headers["ce_type"]?.toString() === "charged"));
      next = batch.nextOffset;
    }
    reader.close();
  }
  return found;
}
