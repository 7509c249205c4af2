// What an app measures, told of a run that really happens.
import { afterEach, beforeEach, expect, test } from "vitest";
import { pino } from "pino";
import { Meters } from "../../../engine/observability/meters.ts";
import { Millrace, NonRetriableError } from "../../../engine/sdk/index.ts";
import { FakeClock, settling, until } from "../../support/fake-clock.ts";
import { SimulatedLog } from "../../support/simulated-log.ts";

let clock: FakeClock;
let log: SimulatedLog;
let app: Millrace;

beforeEach(async () => {
  clock = new FakeClock();
  log = await SimulatedLog.open(clock);
  app = new Millrace({ id: "shop", partitions: 2, logger: pino({ level: "silent" }) }, { log, clock });
});

afterEach(async () => {
  await settling(clock, app.stop());
  await log.close();
});

/** Value of the one line with this name and these labels among others; 0 where there is none. */
function valueOf(text: string, name: string, labels: Readonly<Record<string, string>> = {}): number {
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  const lines = text.split("\n").filter((line) => line.startsWith(`${name}{`) && wanted.every((label) => line.includes(label)));
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" ") + 1)), 0);
}

test("runs, steps, events, frames and timers are counted as they happen", async () => {
  let ended = 0;
  app.createFunction({ id: "order", triggers: [{ event: "go" }], retries: 1 }, async ({ step, event, attempt }) => {
    await step.run("a", ({ attempt: n }) => {
      if (n === 0) throw new Error("once more");
    });
    await step.sleep("rest", 50);
    ended += 1;
    if (event.data === "bad") throw new NonRetriableError(`no ${attempt}`);
  });
  await settling(clock, app.start());
  await app.send([
    { name: "go", data: "good" },
    { name: "go", data: "bad" },
    { name: "unwanted", data: null },
  ]);
  await settling(
    clock,
    until("both ran", () => ended >= 2),
  );
  const text = await settling(
    clock,
    (async () => {
      for (;;) {
        const now = await app.metrics();
        if (valueOf(now, "millrace_runs_ended_total") === 2) return now;
      }
    })(),
  );
  expect(valueOf(text, "millrace_events_sent_total", { app: "shop", consumer: "" })).toBe(3);
  // And the engine's own, of the run that failed.
  expect(valueOf(text, "millrace_events_read_total", { topic: "shop.events" })).toBeGreaterThanOrEqual(3);
  expect(valueOf(text, "millrace_runs_started_total", { function: "order" })).toBe(2);
  expect(valueOf(text, "millrace_runs_ended_total", { function: "order", status: "completed" })).toBe(1);
  expect(valueOf(text, "millrace_runs_ended_total", { function: "order", status: "failed" })).toBe(1);
  expect(valueOf(text, "millrace_run_seconds_count", { function: "order" })).toBe(2);
  expect(valueOf(text, "millrace_step_seconds_count", { function: "order", outcome: "failed" })).toBe(2);
  expect(valueOf(text, "millrace_step_seconds_count", { function: "order", outcome: "completed" })).toBe(2);
  expect(valueOf(text, "millrace_records_total", { type: "SleepEnded" })).toBe(2);
  expect(valueOf(text, "millrace_timer_lateness_seconds_count")).toBeGreaterThanOrEqual(4);
  expect(valueOf(text, "millrace_append_seconds_count", { to: "journal" })).toBeGreaterThan(0);
  expect(valueOf(text, "millrace_batch_records_sum", { to: "events" })).toBe(3);
  expect(valueOf(text, "millrace_restore_seconds_count", { from: "journal" })).toBe(2);
  expect(valueOf(text, "millrace_partitions", { status: "RUNNING" })).toBe(2);
  expect(valueOf(text, "millrace_runs_open")).toBe(0);
  expect(text).toContain('millrace_source_lag_records{app="shop",consumer="",topic="shop.events",source_partition="0"}');
  expect(text).toContain("nodejs_eventloop_lag_p99_seconds");
  expect(text).not.toMatch(/01[A-Z0-9]{24}/);
});

test("counters are there before they count: the first of anything is an increase", async () => {
  app.createFunction({ id: "order", triggers: [{ event: "go" }] }, () => null);
  app.createConsumer({ id: "ledger", from: "beginning", events: ["go"], handle: () => null });
  expect(await app.metrics()).toMatch(/^millrace_send_failures_total\{app="shop",consumer=""\} 0$/m);
  await settling(clock, app.start());
  const text = await app.metrics();
  for (const series of [
    'millrace_events_sent_total{app="shop",consumer=""}',
    'millrace_runs_ended_total{app="shop",consumer="",function="order",status="failed"}',
    'millrace_runs_quarantined_total{app="shop",consumer="",function="order"}',
    'millrace_runs_parked_total{app="shop",consumer="",function="order"}',
    'millrace_steps_failed_total{app="shop",consumer="",function="order"}',
    'millrace_dead_letters_total{app="shop",consumer="",code="EVENT_NOT_JSON"}',
    'millrace_dead_letters_total{app="shop",consumer="ledger",code="CONSUMER_HANDLER_FAILED"}',
    'millrace_partitions_lost_total{app="shop",consumer="",reason="stopped"}',
    'millrace_alerts_total{app="shop",consumer="",outcome="failed"}',
  ]) {
    expect(text.split("\n")).toContain(`${series} 0`);
  }
});

test("versions of a consumer that run side by side are told apart, each with its partitions", async () => {
  const heard: number[] = [];
  for (const version of [1, 2]) {
    app.createConsumer({ id: "ledger", version, from: "beginning", events: ["go"], handle: () => void heard.push(version) });
  }
  await settling(clock, app.start());
  const text = await app.metrics();
  for (const consumer of ["ledger", "ledger@2"]) {
    expect(valueOf(text, "millrace_partitions", { consumer, status: "RUNNING" }), consumer).toBe(2);
    expect(valueOf(text, "millrace_restore_seconds_count", { consumer }), consumer).toBe(2);
  }
});

test("buckets are cumulated, and hold their upper bounds", async () => {
  const meters = new Meters();
  for (const seconds of [0.0005, 0.0006, 100]) meters.appendSeconds.of("journal").observe(seconds);
  const { prometheusText } = await import("../../../engine/observability/prometheus.ts");
  const text = await prometheusText([{ labels: { app: "a" }, meters }]);
  const bucket = (le: string): number => valueOf(text, "millrace_append_seconds_bucket", { le });
  expect([bucket("0.0005"), bucket("0.001"), bucket("10"), bucket("+Inf")]).toEqual([1, 2, 2, 3]);
  expect(valueOf(text, "millrace_append_seconds_count")).toBe(3);
  expect(valueOf(text, "millrace_append_seconds_sum")).toBeCloseTo(100.0011);
});

test("names have their units, and help; labels have an end (R16)", () => {
  const meters = new Meters();
  for (const { name, help, labels, kind } of meters.families()) {
    expect(name).toMatch(/^millrace_[a-z_]+$/);
    expect(help.length).toBeGreaterThan(10);
    expect(labels).not.toContain("run");
    if (kind === "counter") expect(name).toMatch(/_total$/);
  }
  for (let n = 0; n < 6_000; n++) meters.deadLetters.of(`code ${n}`).add();
  expect(meters.deadLetters.members().length).toBeLessThanOrEqual(5_001);
  expect(meters.deadLetters.of("yet another").value).toBe(1_000);
});
