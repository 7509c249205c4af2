// A consumer's owner that goes in good order leaves nothing to be handled again that is handled.
import { pino } from "pino";
import { expect, test } from "vitest";
import { declareConsumer } from "../../../engine/sdk/create-consumer.ts";
import { homeOfKey } from "../../../engine/workflow/consumer/consume.ts";
import { ConsumerBench, PARTITIONS } from "../../support/consumers/consumer-bench.ts";
import { deferred } from "../../support/deferred.ts";
import { settling } from "../../support/fake-clock.ts";

test("a call that ends in the very moment in which its owner goes is not made again by the next one", async () => {
  const calls: string[] = [];
  const begun = deferred<void>();
  const ends = deferred<void>();
  const declared = declareConsumer({
    id: "c",
    events: ["e"],
    from: "beginning",
    handle: async ({ event }) => {
      calls.push(event.id);
      begun.resolve();
      await ends.promise;
    },
  });
  await using bench = await ConsumerBench.open(declared.code(pino({ level: "silent" })));
  const partition = homeOfKey("k", PARTITIONS);
  const owner = await bench.own(partition);
  const id = await bench.send(partition, { key: "k" });
  await settling(bench.clock, begun.promise);
  await settling(bench.clock, owner.task.leave.announce(bench.clock.wallMs() + 10_000));
  ends.resolve();
  // It is over for the handlers, and nobody has said so yet.
  for (let n = 0; n < 20; n++) await Promise.resolve();
  await settling(bench.clock, owner.task.leave.finish(200));
  await bench.drained();
  expect(calls).toEqual([id]);
  const records = owner.frames.flatMap((frame) => frame.records.map(({ type }) => type));
  expect(records.at(-1)).toBe("OwnerReleased");
});

test("a call that outlives the time it is given says nothing behind its owner's last word, and is made again by the next owner", async () => {
  const calls: number[] = [];
  const begun = deferred<void>();
  const ends = deferred<void>();
  const declared = declareConsumer({
    id: "c",
    events: ["e"],
    from: "beginning",
    handle: async () => {
      calls.push(calls.length);
      begun.resolve();
      if (calls.length === 1) await ends.promise;
    },
  });
  await using bench = await ConsumerBench.open(declared.code(pino({ level: "silent" })));
  const partition = homeOfKey("k", PARTITIONS);
  const owner = await bench.own(partition);
  await bench.send(partition, { key: "k" });
  await settling(bench.clock, begun.promise);
  await settling(bench.clock, owner.task.leave.announce(bench.clock.wallMs() + 10_000));
  const left = owner.task.leave.finish(200);
  await bench.clock.advance(200);
  ends.resolve();
  await settling(bench.clock, left);
  expect(owner.frames.flatMap((frame) => frame.records.map(({ type }) => type)).at(-1)).toBe("OwnerReleased");
  await bench.drained();
  expect(calls.length).toBe(2);
});
