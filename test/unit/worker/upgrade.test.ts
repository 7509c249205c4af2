// Formats of the journal are written once every worker reads them, and where nobody else can be, at once (R14).
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { encodeFrame, FIRST_FORMAT } from "../../../engine/journal/frame-formats.ts";
import { fingerprintIn } from "../../../engine/journal/single-object.ts";
import type { Membership } from "../../../engine/log/log.ts";
import { appTopics } from "../../../engine/task/app-topics.ts";
import { FunctionsTopic } from "../../../engine/worker/functions-topic.ts";
import { decodeFacts, encodeFacts } from "../../../engine/worker/member-facts.ts";
import { finalizeUpgrade, upgradeStatus } from "../../../engine/worker/upgrade.ts";
import { AppBench, JOURNAL } from "../../support/app-bench.ts";
import { NEXT_FORMAT } from "../../support/faults/next-format.ts";
import { until } from "../../support/fake-clock.ts";

let bench: AppBench;

beforeEach(async () => {
  bench = await AppBench.open();
});

afterEach(async () => {
  await bench.close();
});

const topics = appTopics("app");
const shared = { log: { kind: "kafka" as const, brokers: ["nowhere:1"] } };

async function finalize(): Promise<{ from: number; to: number }> {
  return finalizeUpgrade({ log: bench.log, topics, by: "a test", now: 1 });
}

function member(worker: string, reads: number): Promise<Membership> {
  return bench.log.join({
    group: "app",
    topic: JOURNAL,
    metadata: encodeFacts({ worker, manifest: "another", reads, tells: [] }),
    onAssignment: () => {},
  });
}

/** Formats of the frames that stand in the journals. */
async function formats(): Promise<ReadonlySet<number>> {
  const empty = { epoch: 0, nonce: 0, lsn: 0, time: 0, inputs: [], records: [] };
  const names = new Map([FIRST_FORMAT, NEXT_FORMAT].map((format) => [fingerprintIn(encodeFrame(empty, format)), format]));
  const entries = await Promise.all([0, 1, 2].map((partition) => bench.log.readAll({ topic: JOURNAL, partition })));
  return new Set(entries.flat().flatMap(({ value }) => names.get(value === null ? null : fingerprintIn(value)) ?? []));
}

test("where no other process can be, the newest format is written from the start on", async () => {
  const one = bench.app(bench.noting);
  await bench.passing(one.start());
  await bench.send(one, 6);
  await until("all ran", () => bench.executed.length === 6);
  expect(await formats()).toEqual(new Set([NEXT_FORMAT]));
});

test("and in an app that is new: there is no older worker to stop", async () => {
  const one = bench.app(bench.noting, shared);
  await bench.passing(one.start());
  expect(await upgradeStatus({ log: bench.log, topics })).toMatchObject({ active: NEXT_FORMAT, members: [{ reads: NEXT_FORMAT }] });
});

describe("an app that an older build made", () => {
  beforeEach(async () => {
    await bench.app(bench.noting, shared).send([]); // makes the topics
    const functions = new FunctionsTopic(bench.log, topics.functions, new AbortController().signal);
    await functions.publish({ hash: "h", content: JSON.stringify({ functions: [], sources: [] }), worker: "old" });
  });

  test("is written as before until the upgrade is finalized, and from then on in the new format, by workers that run", async () => {
    const one = bench.app(bench.noting, shared);
    await bench.passing(one.start());
    await bench.send(one, 6);
    await until("all ran", () => bench.executed.length === 6);
    expect(await formats()).toEqual(new Set([FIRST_FORMAT]));
    expect(await finalize()).toEqual({ from: FIRST_FORMAT, to: NEXT_FORMAT });
    expect(await finalize()).toEqual({ from: NEXT_FORMAT, to: NEXT_FORMAT });
    await bench.passing(until("the worker knows", async () => (await bench.send(one, 3)) && (await formats()).has(NEXT_FORMAT)));
    for (const [partition, { lsn, digest }] of await one.digests()) expect(digest).toBe(await bench.rebuiltDigest(partition, lsn));
  });

  test("is not upgraded while a worker lives that could not read it, and they are named", async () => {
    const members = [await member("new-1", NEXT_FORMAT), await member("old-1", FIRST_FORMAT), await member("old-2", FIRST_FORMAT)];
    await expect(finalize()).rejects.toMatchObject({ code: "UPGRADE_REFUSED" });
    await expect(finalize()).rejects.toThrow("old-1 reads up to 1, old-2 reads up to 1. Replace them first; nothing was changed");
    expect(await upgradeStatus({ log: bench.log, topics })).toMatchObject({ active: FIRST_FORMAT, newest: NEXT_FORMAT });
    await members[1]?.leave();
    await members[2]?.leave();
    expect(await finalize()).toEqual({ from: FIRST_FORMAT, to: NEXT_FORMAT });
  });
});

test("a member that says nothing of formats, or nothing intelligible, reads the first", () => {
  expect(decodeFacts(Buffer.from(`{"worker":"w","manifest":"m"}`))).toEqual({ worker: "w", manifest: "m", reads: FIRST_FORMAT, tells: [] });
  expect(decodeFacts(Buffer.from("nonsense"))).toEqual({ worker: null, manifest: null, reads: FIRST_FORMAT, tells: [] });
  expect(decodeFacts(Buffer.from("7"))).toEqual({ worker: null, manifest: null, reads: FIRST_FORMAT, tells: [] });
});
