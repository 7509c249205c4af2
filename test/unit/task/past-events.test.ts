// What a source held in the past counts as it counted when it came.
import { jsonEvents } from "../../../engine/task/read-event.ts";
import { expect, onTestFinished, test } from "vitest";
import { openEmbeddedLog } from "../../../engine/log/embedded/embedded-log.ts";
import type { Log, ReadBatch } from "../../../engine/log/log.ts";
import { silentLogger } from "../../../engine/observability/logger.ts";
import { pastEvents, type PastRange } from "../../../engine/task/past-events.ts";
import { encodeEvent } from "../../../engine/workflow/event/cloud-event.ts";
import { forgetOld, rememberId } from "../../../engine/workflow/source/source.ts";
import type { SourceState } from "../../../engine/workflow/state.ts";

const TARGET = { topic: "events", partition: 0 };
const MINUTE = 60_000;

/** A topic with events of these ids at these times. */
async function topic(...events: readonly (readonly [id: string, at: number, saidTime?: number])[]) {
  let time = 0;
  const log = await openEmbeddedLog({ path: ":memory:", now: () => time });
  onTestFinished(() => log.close());
  await log.createTopics([{ topic: TARGET.topic, partitions: 1, settings: {} }]);
  for (const [id, at, saidTime = at] of events) {
    time = at;
    await log.append(TARGET, [encodeEvent({ id, name: "paid", data: "{}", time: saidTime, key: null, source: "s" })]);
  }
  return log;
}

/** As it was decided: these ids at these times. */
function sourceWith(...decided: readonly (readonly [id: string, at: number])[]): SourceState {
  const source: SourceState = { ...TARGET, next: 100, last: -1, hash: 0, producers: new Map(), ids: new Map(), idsForgotten: 0 };
  for (const [id, at] of decided) rememberId(source, `1:s${id}`, at);
  forgetOld(source, 0);
  return source;
}

async function past(log: PastLog, source: SourceState, range: Partial<PastRange> = {}): Promise<readonly (readonly [string, number])[]> {
  const found: [string, number][] = [];
  const options = { log, source, reader: jsonEvents, maxEventBytes: 1_000_000, logger: silentLogger, signal: AbortSignal.timeout(5_000) };
  const all = pastEvents(options, { since: 0, until: source.next, decidedBy: Number.MAX_SAFE_INTEGER, areIdsIgnored: false, ...range });
  for await (const { id, appendedAt } of all) found.push([id, appendedAt]);
  return found;
}

type PastLog = Pick<Log, "earliestOffset" | "latestOffset" | "offsetForTime" | "openReader">;

/** The same topic as if its producers stamped it, like this. */
function unstamped(log: Log, ...stamps: readonly number[]): PastLog {
  return {
    earliestOffset: (target) => log.earliestOffset(target),
    latestOffset: (target) => log.latestOffset(target),
    offsetForTime: (target, time) => log.offsetForTime(target, time),
    openReader: (options) => {
      const reader = log.openReader(options);
      const next = async (): Promise<ReadBatch> => {
        const batch = await reader.next();
        const records = batch.records.map((record) => ({ ...record, timestamp: stamps[record.offset] ?? record.timestamp }));
        return { ...batch, records, timestampType: "create" };
      };
      return { close: () => reader.close(), next };
    },
  };
}

test("a topic that was made anew, and is shorter than what was decided of the one before, is read to its end and no further", async () => {
  const log = await topic(["a", 1], ["b", 2]);
  expect(await past(log, sourceWith())).toEqual([
    ["a", 1],
    ["b", 2],
  ]);
});

test("a copy is known by its id's place among others, also where the first is further back than is looked", async () => {
  const log = await topic(["a", MINUTE], ["b", 10 * MINUTE - 1], ["a", 10 * MINUTE]);
  const source = sourceWith(["a", MINUTE], ["b", 10 * MINUTE - 1]);
  expect(await past(log, source, { since: 10 * MINUTE })).toEqual([]);
  expect(await past(log, source, { since: 10 * MINUTE, areIdsIgnored: true })).toEqual([["a", 10 * MINUTE]]);
});

test("an event in a frame that was begun long before it was appended, since the process stood still, is no copy", async () => {
  const log = await topic(["a", 60 * MINUTE]);
  expect(await past(log, sourceWith(["a", MINUTE]))).toEqual([["a", 60 * MINUTE]]);
});

test("an event that a source decided late, or with others in one frame, is no copy", async () => {
  const log = await topic(["a", MINUTE], ["b", 2 * MINUTE], ["c", 3 * MINUTE]);
  const late = sourceWith(["a", 60 * MINUTE], ["b", 60 * MINUTE], ["c", 60 * MINUTE + 1]);
  expect((await past(log, late)).map(([id]) => id)).toEqual(["a", "b", "c"]);
});

test("an event that the log did not stamp counts from when it was read, where its id is remembered", async () => {
  const log = unstamped(await topic(["a", MINUTE], ["b", 2 * MINUTE]));
  const source = sourceWith(["a", 5 * MINUTE], ["b", 5 * MINUTE + 7]);
  expect(await past(log, source, { since: 2 * MINUTE })).toEqual([["b", 5 * MINUTE + 7]]);
});

test("where no id is remembered it counts from its record's time, which no ce_time changes, and no earlier than what was read before it", async () => {
  const log = await topic(["a", 1, 7], ["late", 2], ["ahead", 3], ["b", 4, 80 * MINUTE]);
  const stamped = unstamped(log, 5 * MINUTE, MINUTE, 90 * MINUTE, 6 * MINUTE);
  expect(await past(stamped, sourceWith(), { areIdsIgnored: true, decidedBy: 10 * MINUTE })).toEqual([
    ["a", 5 * MINUTE],
    ["late", 5 * MINUTE],
    ["ahead", 10 * MINUTE],
    ["b", 6 * MINUTE],
  ]);
});
