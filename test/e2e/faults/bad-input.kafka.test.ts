// Input that cannot be read, and code that does not behave: each is told apart by a code, set aside, and stops nothing else (R11).
import { randomBytes } from "node:crypto";

import { expect, test } from "vitest";

import type { StoredRecord } from "../../../engine/log/log.ts";
import type { JournalRecord } from "../../../schemas/journal/generated.ts";
import { AppUnderFaults } from "../../support/faults/app-under-faults.ts";
import { chanceFor } from "../../support/faults/chance.ts";
import { ForeignClient, type ForeignRecord } from "../../support/faults/foreign-client.ts";
import { until } from "../../support/faults/until.ts";
import { kafkaBrokers } from "../../support/kafka/brokers.ts";

const PARTITIONS = 2;

function cloudEvent(id: string, more: Readonly<Record<string, string>> = {}): Record<string, string> {
  return { ce_specversion: "1.0", ce_type: "order/placed", ce_source: "foreign", ce_id: id, ...more };
}

test("records that are no events become dead letters, and the events around them their runs", async () => {
  const chance = chanceFor("bad-input");
  await using app = await AppUnderFaults.create({ brokers: kafkaBrokers(), chance, partitions: PARTITIONS });
  const foreign = new ForeignClient(kafkaBrokers());
  const worker = app.spawn();
  await worker.started;

  const bad: readonly (readonly [code: string, record: Omit<ForeignRecord, "partition">])[] = [
    ["EVENT_WITHOUT_TYPE", { key: "a key", value: "no headers at all" }],
    ["EVENT_WITHOUT_TYPE", { value: null }],
    ["EVENT_WITHOUT_TYPE", { value: randomBytes(300) }],
    ["EVENT_WITHOUT_ID", { value: "{}", headers: { ce_type: "order/placed" } }],
    ["EVENT_NOT_JSON", { value: "{ this is no JSON", headers: cloudEvent("bad-1") }],
    ["EVENT_NOT_JSON", { value: "", headers: cloudEvent("bad-2") }],
    ["EVENT_CONTENT_TYPE", { value: "<order/>", headers: cloudEvent("bad-3", { "content-type": "application/xml" }) }],
    ["EVENT_TIME", { value: "{}", headers: cloudEvent("bad-4", { ce_time: "yesterday" }) }],
    ["EVENT_TOO_LARGE", { value: JSON.stringify("x".repeat(1_500_000)), headers: cloudEvent("bad-5") }],
  ];
  for (let partition = 0; partition < PARTITIONS; partition++) {
    for (const [index, [, record]] of bad.entries()) {
      await foreign.send(app.topics.events, [
        { ...record, partition },
        { partition, value: "{}", headers: cloudEvent(`good-${partition}-${index}`) },
      ]);
      app.accepted.add(`good-${partition}-${index}`);
    }
  }

  await app.drained();
  const letters = await until("every bad record is a dead letter", async () => {
    const found = await deadLetters(app);
    return found.length >= PARTITIONS * bad.length ? found : null;
  });
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const mine = letters
      .filter(({ headers }) => Number(headers["mr-partition"]) === partition)
      .toSorted((a, b) => Number(a.headers["mr-offset"]) - Number(b.headers["mr-offset"]));
    expect(mine.map(({ headers }) => String(headers["mr-code"]))).toEqual(bad.map(([code]) => code));
    expect(mine.map(({ headers }) => Number(headers["mr-offset"]))).toEqual(bad.map((_, index) => 2 * index));
    for (const [index, letter] of mine.entries()) {
      const [code, { key = null, value, headers = {} }] = bad[index] ?? ["", { value: null }];
      expect(String(letter.headers["mr-topic"])).toBe(app.topics.events);
      expect(String(letter.headers["mr-reason"])).not.toBe("");
      for (const [name, said] of Object.entries(headers)) expect(String(letter.headers[name])).toBe(said);
      // What is too large to be copied is found where the letter says.
      expect(String(letter.headers["mr-copied"])).toBe(String(code !== "EVENT_TOO_LARGE"));
      expect(letter.value).toEqual(code === "EVENT_TOO_LARGE" || value === null ? null : Buffer.from(value));
      expect(letter.key).toEqual(key === null ? null : Buffer.from(key));
    }
  }
  expect(worker.said.filter(({ level }) => level >= 50)).toEqual([]);
  await app.expectAllRight();
});

test("functions that throw anything, return too much or never end their steps fail by themselves alone", async () => {
  const chance = chanceFor("bad-functions");
  await using app = await AppUnderFaults.create({ brokers: kafkaBrokers(), chance, partitions: PARTITIONS, functions: "misbehaving" });
  const worker = app.spawn();
  await worker.started;
  const stopOrdering = app.keepOrdering({ everyMs: 20 });

  const expected: Readonly<Record<string, RegExp>> = {
    "throws-text": /"just text" was thrown/,
    "throws-nothing": /undefined was thrown/,
    "throws-circle": /thrown/,
    "returns-5-mb": /5242882 bytes of JSON/,
    "returns-circle": /fill|turn/,
    "never-returns": /took longer than 500 ms/,
  };
  await Promise.all(Object.keys(expected).map((id) => app.send(`bad/${id}`)));
  const failures = await until("every bad function has failed", () => {
    const ended = new Map([...app.watch.runs.values()].map(({ functionId, ends }) => [functionId, ends[0]]));
    const found = Object.keys(expected).map((id) => [id, ended.get(id)] as const);
    return found.every(([, end]) => end !== undefined) ? found : null;
  });
  for (const [id, end] of failures) expect(messageOf(end), id).toMatch(expected[id] ?? /^$/);
  const told = await until("everybody hears of it", async () => {
    const events = await Promise.all([0, 1].map((partition) => app.read(app.topics.events, partition)));
    const failed = events.flat().filter(({ headers }) => String(headers["ce_type"]) === "millrace/function.failed");
    return failed.length >= failures.length ? failed : null;
  });
  expect(told.map(({ value }) => (JSON.parse(String(value)) as { functionId: string }).functionId).toSorted()).toEqual(
    Object.keys(expected).toSorted(),
  );

  // One that never comes back holds up nobody, not even the worker's leave.
  await app.send("bad/hangs-for-ever");
  await until("it hangs", () => app.counter.effects.some(({ functionId }) => functionId === "hangs-for-ever"));
  await stopOrdering();
  await until("everything but the one that hangs has ended", () => app.watch.openRuns === 1);
  const before = performance.now();
  await worker.stop();
  expect(performance.now() - before).toBeLessThan(10_000);
  const next = app.spawn();
  await next.started;
  await until("the next worker calls it again", () =>
    app.counter.effects.some(({ functionId, pid }) => functionId === "hangs-for-ever" && pid === next.pid),
  );
  await app.order();
  await until("and does everything else", () => app.watch.openRuns === 1 && app.watch.runs.size > 0);
  await app.expectRebuildsTheSame();
});

function messageOf(end: JournalRecord | undefined): string {
  return end?.type === "RunFailed" ? end.error.message : `${end?.type}`;
}

async function deadLetters(app: AppUnderFaults): Promise<readonly StoredRecord[]> {
  const all = await Promise.all(Array.from({ length: PARTITIONS }, (_, partition) => app.read(app.topics.deadLetter, partition)));
  return all.flat();
}
