// A key that no event has is said.
import { afterEach, beforeEach, expect, test } from "vitest";
import { until } from "../../support/fake-clock.ts";
import { TaskBench, type Owner } from "../../support/task-bench.ts";

let bench: TaskBench;

beforeEach(async () => {
  bench = await TaskBench.open();
});

afterEach(async () => {
  await bench.close();
});

function told({ said }: Owner): readonly unknown[] {
  return said.flatMap(({ level, fields }) =>
    fields["code"] === "KEY_WITHOUT_VALUE" ? [[level, fields["function"], fields["policy"]]] : [],
  );
}

test("where an event has no value for a policy's key, that is said once for each function and policy", async () => {
  bench.declare({
    limited: {
      flow: {
        throttle: { limit: 100, periodMs: 1_000, burst: 100, key: "event.data.id" },
        rateLimit: { limit: 100, periodMs: 1_000, key: '"all"' },
      },
    },
    held: { flow: { debounce: { periodMs: 1_000, key: "event.data.page" } } },
    queued: {
      flow: {
        concurrency: [
          { limit: 1, scope: "fn", key: "event.data.id" },
          { limit: 1, scope: "fn", key: "event.data.tenant" },
        ],
      },
    },
  });
  const owner = await bench.owner("A", { handlers: { limited: () => {}, held: () => {}, queued: () => {} } }).open();
  for (let n = 0; n < 5; n++) await bench.send({ data: '{"id":"7"}' });
  await bench.advanceUntil("all are over", () => owner.records.filter(({ type }) => type === "RunCompleted").length === 11);
  expect(new Set(told(owner))).toEqual(
    new Set([
      ["warn", "held", "debounce.key"],
      ["warn", "queued", "concurrency[1].key"],
    ]),
  );
  expect(told(owner)).toHaveLength(2);
});

test("events without data are not missing anything", async () => {
  bench.declare({ f: { flow: { throttle: { limit: 100, periodMs: 1_000, burst: 100, key: "event.data.id" } } } });
  const owner = await bench.owner("A", { handlers: { f: () => {} } }).open();
  await bench.send({ data: "null" });
  await until("it is over", () => owner.records.some(({ type }) => type === "RunCompleted"));
  expect(told(owner)).toEqual([]);
});
