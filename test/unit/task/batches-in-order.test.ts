// Batches of one key, one at a time, keep the order of their events, whoever owns the partition.
import { expect, test } from "vitest";
import type { Handler } from "../../../engine/execution/function.ts";
import { until } from "../../support/fake-clock.ts";
import { TaskBench } from "../../support/task-bench.ts";

test("batches of a key with concurrency 1 by the same key begin in the order of their events, over crashes in the middle of each (R1)", async () => {
  await using bench = await TaskBench.open();
  bench.declare({
    f: {
      flow: {
        batch: { maxSize: 3, timeoutMs: 2_000, key: "event.data.k" },
        concurrency: [{ limit: 1, scope: "fn", key: "event.data.k" }],
      },
    },
  });
  const began = new Map<string, number[]>();
  const handlers: Record<string, Handler> = {
    f: async ({ event, events, step }) => {
      const { k } = event.data as { k: string };
      const numbers = events.map(({ data }) => (data as { n: number }).n);
      await step.run("begins", () => void began.set(k, [...(began.get(k) ?? []), ...numbers]));
      await step.run("works", () => new Promise<null>((resolve) => void bench.clock.setTimer(700, () => resolve(null))));
    },
  };
  const sendSome = async (from: number, to: number): Promise<void> => {
    for (let n = from; n < to; n++) for (const k of ["a", "b"]) await bench.send({ data: JSON.stringify({ k, n }) });
  };
  let sent = 0;
  for (let life = 0; life < 4; life++) {
    // Some come while nobody owns the partition, some are in a batch or a line when its owner dies.
    await sendSome(sent, sent + 7);
    await bench.clock.advance(3_000);
    const { task } = await bench.owner(`owner ${life}`, { handlers }).open();
    await sendSome(sent + 7, sent + 10);
    sent += 10;
    await bench.clock.advance(900);
    if (life < 3) task.abandon();
    else
      await bench.advanceUntil(
        "nothing is left",
        () => task.openRuns === 0 && task.backlog.heldEvents === 0 && task.backlog.queuedRuns === 0,
      );
  }
  await until("all began", () => [...began.values()].every((numbers) => new Set(numbers).size === sent));
  for (const numbers of began.values()) {
    // A step that was executing when its owner died executes once more.
    const once = numbers.filter((n, index) => numbers.indexOf(n) === index);
    expect(once).toEqual(Array.from({ length: sent }, (_, n) => n));
  }
});
