// A record that cannot be read yet holds up its own source partition, visibly, and nothing is lost or read out of order.
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Handler } from "../../../engine/execution/function.ts";
import type { EventReader, Obstacle } from "../../../engine/task/event-reader.ts";
import { decodeEvent } from "../../../engine/workflow/event/cloud-event.ts";
import { deferred } from "../../support/deferred.ts";
import { turns, until } from "../../support/fake-clock.ts";
import { TaskBench, TOPICS } from "../../support/task-bench.ts";

const BOTH = [
  { topic: TOPICS.events, partitions: 1, from: "beginning" as const },
  { topic: "foreign", partitions: 1, from: "beginning" as const },
];

let bench: TaskBench;
let seen: string[];
let asked: string[];
let known: ReturnType<typeof deferred<void>>;
let isKnown: boolean;
let obstacle: Obstacle | null;

const noting: Handler = ({ event }) => void seen.push(event.id);

/** The schema of events with an id such as `new-1` is not known yet. */
const reader: EventReader = {
  read: (_, record) => {
    const id = record.headers["ce_id"]?.toString() ?? "";
    if (id.startsWith("tombstone")) return null;
    if (id.startsWith("new")) asked.push(id);
    return id.startsWith("new") && !isKnown ? known.promise : decodeEvent(record);
  },
  obstacle: (topic) => (topic === "foreign" && !isKnown ? obstacle : null),
};

function learn(): void {
  isKnown = true;
  known.resolve();
}

beforeEach(async () => {
  bench = await TaskBench.open();
  bench.declare({ f: {} }, BOTH);
  [seen, asked, known, isKnown, obstacle] = [[], [], deferred<void>(), false, null];
});

afterEach(() => bench.close());

test("what stands behind it waits with it, other sources go on, and then all are decided in their order (R5)", async () => {
  const owner = await bench.owner("A", { handlers: { f: noting }, reader }).open();
  for (const id of ["old-1", "new-2", "old-3", "new-4"]) await bench.send({ id, topic: "foreign" });
  await until("what can be read is", () => seen.includes("old-1"));
  await bench.send({ id: "elsewhere" });
  await until("the other source goes on", () => seen.includes("elsewhere"));
  await turns(50);
  expect([seen, owner.end]).toEqual([["old-1", "elsewhere"], null]);
  learn();
  await until("all are decided", () => seen.length === 5);
  expect(seen).toEqual(["old-1", "elsewhere", "new-2", "old-3", "new-4"]);
  expect(asked).toEqual(["new-2", "new-2", "new-4"]);
  expect(await owner.digest()).toBe(await bench.rebuiltDigest());
});

test("an owner that takes over begins with the record that waited", async () => {
  const first = await bench.owner("A", { handlers: { f: noting }, reader }).open();
  for (const id of ["old-1", "new-2", "old-3"]) await bench.send({ id, topic: "foreign" });
  await until("it waits", () => asked.length > 0);
  await first.digest();
  first.task.abandon();
  seen = [];
  isKnown = true;
  await bench.owner("B", { handlers: { f: noting }, reader }).open();
  await until("the rest is decided", () => seen.length >= 2);
  await turns(50);
  expect(seen).toEqual(["new-2", "old-3"]);
});

test("people are told where and why, once a minute, and in the status, until it goes on", async () => {
  const owner = await bench.owner("A", { handlers: { f: noting }, reader }).open();
  await bench.send({ id: "new-1", topic: "foreign" });
  await until("it waits", () => asked.length > 0);
  await bench.clock.advance(5_000);
  expect([owner.said.filter(({ fields }) => fields["code"] === "SCHEMA_AWAITED"), owner.task.problems()]).toEqual([[], []]);
  obstacle = { code: "SCHEMA_AWAITED", reason: "the registry is away" };
  await bench.clock.advance(150_000);
  const told = owner.said.filter(({ fields }) => fields["code"] === "SCHEMA_AWAITED");
  expect(told).toHaveLength(3);
  expect(told[0]).toMatchObject({ level: "warn", fields: { topic: "foreign", partition: 0, offset: 0 } });
  expect(owner.task.problems()).toEqual([
    expect.stringMatching(/SCHEMA_AWAITED: source foreign\/0 waits at offset 0: the registry is away/),
  ]);
  learn();
  await until("it is decided", () => seen.length === 1);
  await turns(5);
  expect(owner.task.problems()).toEqual([]);
});

test("a tombstone is passed over: its position moves, and nothing starts (R5)", async () => {
  const owner = await bench.owner("A", { handlers: { f: noting }, reader }).open();
  for (const id of ["tombstone-1", "old-2", "tombstone-3"]) await bench.send({ id, topic: "foreign" });
  await until("the event is decided", () => seen.length === 1);
  const digest = await owner.digest();
  expect([seen, await bench.deadLetters()]).toEqual([["old-2"], []]);
  expect((await bench.rebuild()).sources.get("foreign/0")?.next).toBe(3);
  expect(digest).toBe(await bench.rebuiltDigest());
});
