// Whatever was acknowledged is there after the process was killed, at any moment; batches are whole.
// Run again with the same chance: TEST_SEED=<the seed printed> vitest run test/integration/embedded/kill-9
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type EmbeddedLog, openEmbeddedLog } from "../../../engine/log/embedded/embedded-log.ts";
import type { StoredRecord } from "../../../engine/log/log.ts";
import { type Acknowledged, BATCHES, KEYS } from "./appending-process.ts";
import { randomFrom } from "./random.ts";

const ROUNDS = 8;
const LONGEST_LIFE_MS = 400;
const seed = Number(process.env["TEST_SEED"] ?? Date.now() % 1_000_000);

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "millrace-kill-9-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test(`a process killed ${ROUNDS} times at random moments loses nothing that was acknowledged (seed ${seed})`, async () => {
  console.info(`kill-9: TEST_SEED=${seed}`);
  const random = randomFrom(seed);
  const acknowledged: Acknowledged[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    acknowledged.push(...(await appendUntilKilled(folder, seed * 100 + round, random() * LONGEST_LIFE_MS)));
    const log = await openEmbeddedLog({ path: folder });
    await expectAllBatches(log, acknowledged);
    await expectNewestKeys(log, acknowledged);
    await log.close();
  }
  expect(acknowledged.length).toBeGreaterThan(ROUNDS);
});

/** Lets a process append, kills it `lifeMs` after its first acknowledgement, and tells all that it said. */
async function appendUntilKilled(place: string, childSeed: number, lifeMs: number): Promise<Acknowledged[]> {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, "appending-process.ts"), place, String(childSeed)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const said: Acknowledged[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    if (said.length === 0) setTimeout(() => child.kill("SIGKILL"), lifeMs);
    const parsed = parse(line);
    if (parsed !== null) said.push(parsed);
  }
  await ended(child);
  expect(child.signalCode).toBe("SIGKILL");
  return said;
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
}

/** Null for a line that death cut off. */
function parse(line: string): Acknowledged | null {
  try {
    return JSON.parse(line) as Acknowledged;
  } catch {
    return null;
  }
}

async function expectAllBatches(log: EmbeddedLog, acknowledged: readonly Acknowledged[]): Promise<void> {
  for (let partition = 0; partition < BATCHES.partitions; partition++) {
    const target = { topic: BATCHES.topic, partition };
    const start = await log.earliestOffset(target);
    const stored = await readAll(log, target.topic, partition);
    const trimmedTo = Math.max(0, ...acknowledged.map((said) => (said.kind === "trim" && said.partition === partition ? said.start : 0)));
    expect(start).toBeGreaterThanOrEqual(trimmedTo);
    expect(stored.map(({ offset }) => offset)).toEqual(Array.from(stored, (_, index) => start + index));
    for (const said of acknowledged) {
      if (said.kind !== "batch" || said.partition !== partition || said.base < start) continue;
      const found = stored.slice(said.base - start, said.base - start + said.count);
      expect(found.map(({ key }) => key?.toString())).toEqual(Array(said.count).fill(said.batch));
    }
    expectWholeBatches(stored, start);
  }
}

/** Acknowledged or not: where a batch begins, all of it follows. */
function expectWholeBatches(stored: readonly StoredRecord[], start: number): void {
  let at = stored.findIndex(({ headers }) => String(headers["index"]) === "0"); // the first may have been trimmed in its middle
  if (start === 0 && stored.length > 0) expect(at).toBe(0);
  while (at >= 0 && at < stored.length) {
    const count = Number(stored[at]?.headers["count"]);
    const batch = stored.slice(at, at + count);
    expect(batch.map(({ headers }) => Number(headers["index"]))).toEqual([...Array(count).keys()]);
    at += count;
  }
}

async function expectNewestKeys(log: EmbeddedLog, acknowledged: readonly Acknowledged[]): Promise<void> {
  const newest = new Map((await readAll(log, KEYS.topic, 0)).map(({ key, value }) => [String(key), Number(value)]));
  for (const said of acknowledged) {
    if (said.kind === "key") expect(newest.get(said.key)).toBeGreaterThanOrEqual(said.value);
  }
}

async function readAll(log: EmbeddedLog, topic: string, partition: number): Promise<StoredRecord[]> {
  const reader = log.openReader({ topic, partition, from: await log.earliestOffset({ topic, partition }), mode: "bulk" });
  const records: StoredRecord[] = [];
  for (;;) {
    const batch = await reader.next();
    for (const record of batch.records) records.push(record);
    if (batch.nextOffset >= batch.highWatermark) return records;
  }
}
