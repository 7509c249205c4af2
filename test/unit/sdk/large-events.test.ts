// An event of the largest size triggers many functions with flow: its copies stand in several frames, and no frame is larger than the log takes (R15).
import { expect, test } from "vitest";
import { Millrace } from "../../../engine/sdk/index.ts";

interface Events {
  go: { text: string };
}

const GO = [{ event: "go" as const }];
const LARGE = { name: "go" as const, data: { text: "y".repeat(900_000) } };
const SMALL = { name: "go" as const, data: { text: "small" } };

function app(functions: number, flow: object): Millrace<Events> {
  const made = new Millrace<Events>({ id: "large" });
  for (let n = 0; n < functions; n++) {
    made.createFunction({ id: `f${n}`, triggers: GO, ...flow }, ({ event }) => event.data.text.length);
  }
  return made;
}

test.each([
  ["debounced", { debounce: { period: "5s" } }],
  ["limited", { concurrency: 1 }],
  ["throttled", { throttle: { limit: 1, period: "1s" } }],
  ["batched", { batchEvents: { maxSize: 10, timeout: "5s" } }],
])("an event of 900 kB that triggers eight functions that are %s starts all of them", async (_, flow) => {
  const t = await Millrace.testing(app(8, flow));
  await t.send(LARGE);
  await t.advance("10s");
  expect(
    t
      .runs()
      .map(({ functionId, status }) => `${functionId} ${status}`)
      .toSorted(),
  ).toEqual(Array.from({ length: 8 }, (_value, n) => `f${n} completed`));
  await t.stop();
});

test("it may trigger as many functions as an app has", async () => {
  const t = await Millrace.testing(app(40, { concurrency: 1 }));
  await t.send(LARGE);
  await t.advance("2s");
  expect(t.runs().filter(({ status }) => status === "completed")).toHaveLength(40);
  await t.stop();
});

test("what comes after it enters each function after it", async () => {
  const t = await Millrace.testing(app(8, { debounce: { period: "5s" } }));
  await t.send([LARGE, SMALL]);
  await t.advance("10s");
  expect(t.runs().map(({ output }) => output)).toEqual(Array.from({ length: 8 }, () => SMALL.data.text.length));
  await t.stop();
});

test("functions that are paused when it comes start when they go on", async () => {
  const t = await Millrace.testing(app(8, {}));
  for (let n = 0; n < 8; n++) await t.pause(`f${n}`);
  await t.send(LARGE);
  expect(t.runs()).toEqual([]);
  for (let n = 0; n < 8; n++) await t.resume(`f${n}`);
  await t.advance("1s");
  expect(t.runs()).toHaveLength(8);
  await t.stop();
});

test("kept runs whose events fill a frame all start when their function goes on", async () => {
  const made = new Millrace<Events>({ id: "large" });
  let began = 0;
  let end: (() => void) | undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  made.createFunction({ id: "f", triggers: GO, concurrency: 100 }, ({ step }) =>
    step.run("long", () => {
      began += 1;
      if (began === 15) end?.();
      return ended;
    }),
  );
  const t = await Millrace.testing(made);
  await t.pause("f");
  await t.send(Array.from({ length: 15 }, () => ({ name: "go" as const, data: { text: "y".repeat(100_000) } })));
  await t.resume("f");
  expect(t.runs().map(({ status }) => status)).toEqual(Array.from({ length: 15 }, () => "completed"));
  await t.stop();
});

test("what is about a subject may be as large as anything else: the event, results, children and what is sent, though sealing adds a third (R15)", async () => {
  const text = "y".repeat(1024 * 1024 - 100);
  const sealed = new Millrace<Events & { told: { text: string } }>({ id: "large", erasable: true });
  const flows = [{}, { batchEvents: { maxSize: 10, timeout: "5s" } }] as const;
  for (const [n, flow] of flows.entries()) {
    sealed.createFunction({ id: `f${n}`, triggers: GO, ...flow }, async ({ event, step }) => {
      const read = await step.run("read", () => event.data.text);
      await step.sendEvent("tell", { name: "told", data: { text: read } });
      const same = await step.invoke("child", { function: "child", data: { text: read } });
      return same;
    });
  }
  sealed.createFunction({ id: "child", triggers: [] }, ({ event }) => (event.data as { text: string }).text);
  const told: number[] = [];
  sealed.createFunction({ id: "told", triggers: [{ event: "told" }] }, ({ event }) => void told.push(event.data.text.length));
  const t = await Millrace.testing(sealed);
  await t.send({ name: "go", data: { text }, subject: "u1" });
  await t.advance("10s");
  const ended = t.runs().map(({ functionId, status }) => `${functionId} ${status}`);
  expect(ended.toSorted()).toEqual(["child", "child", "f0", "f1", "told", "told"].map((id) => `${id} completed`));
  expect(told).toEqual([text.length, text.length]);
  await t.stop();
}, 30_000);
