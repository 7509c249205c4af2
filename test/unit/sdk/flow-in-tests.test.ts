// Whole apps on a log in memory, whose runs are held back, gathered and put in order.
import { expect, test } from "vitest";
import { Millrace, type TestRun } from "../../../engine/sdk/index.ts";

interface Events {
  "row/added": { n: number; tenant?: string };
}

function rows(...numbers: readonly number[]): readonly { name: "row/added"; data: { n: number } }[] {
  return numbers.map((n) => ({ name: "row/added", data: { n } }));
}

function outputs(runs: readonly TestRun[]): readonly unknown[] {
  return runs.map(({ output }) => output);
}

test("a batch is one run with all its events, the first of them as event; a run without a batch has one", async () => {
  const app = new Millrace<Events>({ id: "batches" });
  app.createFunction(
    { id: "insert", triggers: [{ event: "row/added" }], batchEvents: { maxSize: 3, timeout: "10s" } },
    ({ event, events }) => [event === events[0], events.map(({ data }) => data.n)],
  );
  app.createFunction({ id: "count", triggers: [{ event: "row/added" }] }, ({ event, events }) => [event === events[0], events.length]);
  const t = await Millrace.testing(app);
  const inserted = (): readonly unknown[] => outputs(t.runs().filter(({ functionId }) => functionId === "insert"));
  await t.send(rows(1, 2, 3, 4));
  expect(inserted()).toEqual([[true, [1, 2, 3]]]);
  await t.advance("9s");
  expect(inserted()).toHaveLength(1);
  await t.advance("2s");
  expect(inserted()).toEqual([
    [true, [1, 2, 3]],
    [true, [4]],
  ]);
  expect(outputs(t.runs().filter(({ functionId }) => functionId === "count"))).toEqual(Array.from({ length: 4 }, () => [true, 1]));
  await t.stop();
});

test("a batch has all its events again when its run goes on after a sleep", async () => {
  const app = new Millrace<Events>({ id: "sleepers" });
  app.createFunction(
    { id: "insert", triggers: [{ event: "row/added" }], batchEvents: { maxSize: 2, timeout: "10s" } },
    async ({ events, step }) => {
      await step.sleep("a year", "365 days");
      return step.run("sum", () => events.reduce((sum, { data }) => sum + data.n, 0));
    },
  );
  const t = await Millrace.testing(app);
  await t.send(rows(20, 22));
  await t.advance("366 days");
  expect(outputs(t.runs())).toEqual([42]);
  await t.stop();
});

test("events of a paused function wait until it is resumed, or start nothing where that is asked for", async () => {
  const app = new Millrace<Events>({ id: "pauses" });
  app.createFunction({ id: "sync", triggers: [{ event: "row/added" }] }, ({ event }) => event.data.n);
  const t = await Millrace.testing(app);
  await t.pause("sync");
  await t.send(rows(1, 2));
  expect(t.runs()).toEqual([]);
  await t.resume("sync");
  expect(outputs(t.runs())).toEqual([1, 2]);
  await t.pause("sync", { events: "skip" });
  await t.send(rows(3));
  await t.resume("sync");
  await t.send(rows(4));
  expect(outputs(t.runs())).toEqual([1, 2, 4]);
  await t.stop();
});

test("limits are others for a time, and then as declared", async () => {
  const app = new Millrace<Events>({ id: "overrides" });
  app.createFunction(
    { id: "sync", triggers: [{ event: "row/added" }], throttle: { limit: 1, period: "1s", burst: 2 } },
    ({ event }) => event.data.n,
  );
  const t = await Millrace.testing(app);
  await t.override("sync", { throttle: { limit: 1, period: "10s", burst: 1 } }, { for: "15s" });
  await t.send(rows(1, 2, 3, 4, 5));
  expect(t.runs()).toHaveLength(1);
  await t.advance("9s");
  expect(t.runs()).toHaveLength(1);
  await t.advance("2s");
  expect(t.runs()).toHaveLength(2);
  await t.override("sync", null);
  await t.advance("3s");
  expect(outputs(t.runs())).toEqual([1, 2, 3, 4, 5]);
  await t.stop();
});

test("one tenant's limit holds nobody else up", async () => {
  const app = new Millrace<Events>({ id: "tenants" });
  const under = new Map<string, number>();
  let most = 0;
  app.createFunction(
    { id: "sync", triggers: [{ event: "row/added" }], concurrency: { limit: 1, key: "event.data.tenant" } },
    async ({ event, step }) => {
      await step.run("write", async () => {
        const { tenant = "" } = event.data;
        under.set(tenant, (under.get(tenant) ?? 0) + 1);
        most = Math.max(most, ...under.values());
        await new Promise((resolve) => setImmediate(resolve));
        under.set(tenant, (under.get(tenant) ?? 0) - 1);
      });
      return event.data.n;
    },
  );
  const t = await Millrace.testing(app);
  await t.send(Array.from({ length: 12 }, (_, n) => ({ name: "row/added" as const, data: { n, tenant: `t${n % 3}` } })));
  expect(outputs(t.runs()).toSorted((a, b) => Number(a) - Number(b))).toEqual(Array.from({ length: 12 }, (_, n) => n));
  expect(most).toBe(1);
  await t.stop();
});

test("a step that fails lets others have its slot, and gets it back for its next attempt", async () => {
  const app = new Millrace<Events>({ id: "retries" });
  app.createFunction({ id: "sync", triggers: [{ event: "row/added" }], concurrency: 1 }, ({ event, step }) =>
    step.run("write", ({ attempt }) => {
      if (attempt === 0) throw new Error("not now");
      return event.data.n;
    }),
  );
  const t = await Millrace.testing(app);
  await t.send(rows(1, 2, 3));
  expect(outputs(t.runs())).toEqual([undefined, undefined, undefined]);
  await t.advance("2s");
  expect(outputs(t.runs())).toEqual([1, 2, 3]);
  await t.stop();
});
