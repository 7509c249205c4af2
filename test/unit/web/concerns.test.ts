import { expect, test } from "vitest";
import { concernsOf, type Known } from "../../../web/src/pages/overview/concerns.ts";

const NOTHING: Known = {
  workers: 1,
  lag: 0,
  counts: [],
  functions: { version: 1, items: [] },
  partitions: [],
  consumers: [],
  deadLetters: { count: 0, isMore: false },
};
const PARTITION = {
  partition: 0,
  owner: "worker-1",
  ownerAlive: true,
  epoch: 1,
  lsn: 1,
  at: 0,
  journal: { topic: "shop.journal", position: 1, end: 1 },
  local: { status: "RUNNING", problems: [] as string[], openRuns: 0, executingSteps: 0, queued: 0, restore: null },
  digest: null,
  verified: null,
};

test("where all is well, nothing needs anybody", () => {
  expect(concernsOf({ ...NOTHING, counts: [{ functionId: "f", status: "completed", count: 5 }], partitions: [PARTITION] })).toEqual([]);
});

test("what is not known yet is no concern", () => {
  expect(
    concernsOf({
      workers: undefined,
      lag: undefined,
      counts: undefined,
      functions: undefined,
      partitions: undefined,
      consumers: undefined,
      deadLetters: undefined,
    }),
  ).toEqual([]);
  // A log that does not say who is alive says nothing bad.
  expect(concernsOf({ ...NOTHING, workers: null, partitions: [{ ...PARTITION, ownerAlive: null }] })).toEqual([]);
});

test("a partition that has stopped comes before runs that are stuck, and those before dead letters", () => {
  const stopped = { ...PARTITION, partition: 3, local: { ...PARTITION.local, problems: ["the log lost records"] } };
  const concerns = concernsOf({
    ...NOTHING,
    counts: [
      { functionId: "f", status: "quarantined", count: 1 },
      { functionId: "g", status: "parked", count: 2 },
    ],
    partitions: [PARTITION, stopped],
    deadLetters: { count: 100, isMore: true },
  });
  expect(concerns.map(({ title }) => title)).toEqual([
    "Partition 3: the log lost records",
    "1 run quarantined",
    "2 runs parked",
    "More than 100 dead letters",
  ]);
});

test("a partition without an owner is told of while others have one; where nobody has, no worker is started yet", () => {
  const unowned = { ...PARTITION, partition: 1, owner: null, ownerAlive: null };
  expect(concernsOf({ ...NOTHING, partitions: [PARTITION, unowned] }).map(({ title }) => title)).toEqual([
    "Partition 1 never had an owner",
  ]);
  expect(concernsOf({ ...NOTHING, partitions: [unowned] })).toEqual([]);
});

test("a run that is quarantined or parked is told once, and does not count against its partition", () => {
  const local = { ...PARTITION.local, problems: ["RUN_QUARANTINED: run 01 of function f: it ends the process"] };
  const counts = [{ functionId: "f", status: "quarantined" as const, count: 1 }];
  expect(concernsOf({ ...NOTHING, counts, partitions: [{ ...PARTITION, local }] }).map(({ title }) => title)).toEqual([
    "1 run quarantined",
  ]);
});

test("without a worker that is alone what is told of partitions and consumers; with one, owners and consumers that nobody runs are", () => {
  const orphan = { ...PARTITION, partition: 1, owner: "worker-2", ownerAlive: false, local: null };
  const unowned = { ...PARTITION, partition: 2, owner: null, ownerAlive: null };
  const consumer = { id: "totals", partitions: null, askedAt: null, lag: 5, paused: false, deadLetters: 0, history: [] };
  const consumers = [
    // It was replaced.
    { ...consumer, version: 1, workers: 0, lag: 20_000 },
    { ...consumer, version: 2, workers: 0 },
    // Nothing waits for it.
    { ...consumer, id: "resting", version: 1, workers: 0, lag: 0 },
  ];
  const partitions = [{ ...orphan, partition: 0 }, orphan, unowned];
  expect(concernsOf({ ...NOTHING, workers: 0, partitions, consumers }).map(({ title }) => title)).toEqual(["No worker is alive"]);
  expect(concernsOf({ ...NOTHING, partitions, consumers }).map(({ title }) => title)).toEqual([
    "The owners of partitions 0, 1 are not alive",
    "Partition 2 never had an owner",
    "No worker runs consumer totals@2",
  ]);
  expect(concernsOf({ ...NOTHING, partitions: [PARTITION, orphan] }).map(({ title }) => title)).toEqual([
    "The owner of partition 1 is not alive",
  ]);
});

test("an app that is far behind its events is told of", () => {
  expect(concernsOf({ ...NOTHING, lag: 10_000 })).toEqual([]);
  expect(concernsOf({ ...NOTHING, lag: 12_345 }).map(({ title }) => title)).toEqual(["The app is 12,345 events behind"]);
});
