// Two builds of one app at a time, the newer with a record type that the older does not know: forth, back and forth again under load (R14).
import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";

import { expect, test } from "vitest";

import { encodeFrame } from "../../../engine/journal/frame-formats.ts";
import { fingerprintIn } from "../../../engine/journal/single-object.ts";
import { AppUnderFaults } from "../../support/faults/app-under-faults.ts";
import { chanceFor } from "../../support/faults/chance.ts";
import { NEXT_FORMAT } from "../../support/faults/next-format.ts";
import { until } from "../../support/faults/until.ts";
import type { WorkerProcess } from "../../support/faults/worker-process.ts";
import { kafkaBrokers } from "../../support/kafka/brokers.ts";

const ROOT = path.join(import.meta.dirname, "../../..");
const NEXT = path.join(ROOT, "test/support/faults/next-format.ts");

test("builds of two versions share an app under load; what the newer adds is written once every worker reads it, and not before (R14)", async () => {
  await using app = await AppUnderFaults.create({ brokers: kafkaBrokers(), chance: chanceFor("upgrades") });
  const old = [app.spawn(), app.spawn()];
  await Promise.all(old.map(({ started }) => started));
  await app.allOwned();
  const stopOrdering = app.keepOrdering({ everyMs: 20 });
  const worked = async (): Promise<void> => {
    const before = app.watch.runs.size;
    await until("runs are started", () => app.watch.runs.size > before + 60);
  };

  // Forth, by half: the newer build reads and writes what the older does.
  const [first] = await replaced(app, old.slice(0, 1), "next");
  await worked();
  await expect(upgrade(app, "finalize", "next")).rejects.toThrow(
    new RegExp(`UPGRADE_REFUSED: format 2 .*-${old[1]?.pid}-[\\w-]+ reads up to 1`),
  );
  // Back: nothing stands in the log that the older build could not read.
  const [again] = await replaced(app, [first], "old");
  await worked();
  expect(await framesInNextFormat(app)).toBe(0);
  // Forth.
  const next = await replaced(app, [old[1], again], "next");
  await worked();
  expect(await framesInNextFormat(app)).toBe(0);
  expect(await upgrade(app, "finalize", "old")).toEqual({ from: 1, to: 1 });
  expect(await upgrade(app, "finalize", "next")).toEqual({ from: 1, to: 2 });
  expect(await upgrade(app, "status", "next")).toMatchObject({ active: 2, newest: 2, members: [{ reads: 2 }, { reads: 2 }] });
  await until("all partitions are written in the new format", async () => (await partitionsInNextFormat(app)) === app.partitions);

  // Too late for the older build: beside the newer it is given nothing, alone it stops, and says so.
  const late = app.spawn();
  await late.started;
  await worked();
  expect(await late.ask("status", null)).toEqual([]);
  expect(late.saidCode("FORMAT_TOO_NEW")).toHaveLength(1);
  await stopOrdering();
  await Promise.all(next.map((worker) => worker.stop()));
  await until("its partitions are stopped", async () => {
    const report = await late.ask("status", null);
    return report.length === app.partitions && report.every(({ status }) => status === "CLOSED");
  });
  expect(late.saidCode("JOURNAL_UNKNOWN_FORMAT")).toHaveLength(app.partitions);
  expect((await late.ask("status", null))[0]?.problems[0]).toMatch(/A newer version of Millrace wrote it: run that version/);

  // The newer build takes up everything where it was.
  await app.spawn({ build: "next" }).started;
  await late.stop();
  await app.drained();
  await app.expectAllRight();
  expect(app.workers.filter((worker) => worker !== late).flatMap((worker) => worker.saidCode("JOURNAL_UNKNOWN_FORMAT"))).toEqual([]);
});

/** The new ones first, then the others go. */
async function replaced(
  app: AppUnderFaults,
  workers: readonly (WorkerProcess | undefined)[],
  by: "old" | "next",
): Promise<readonly WorkerProcess[]> {
  const fresh = workers.map(() => app.spawn(by === "next" ? { build: by } : {}));
  await Promise.all(fresh.map(({ started }) => started));
  for (const worker of workers) await worker?.stop();
  return fresh;
}

async function upgrade(app: AppUnderFaults, command: "finalize" | "status", build: "old" | "next"): Promise<unknown> {
  const flags = build === "next" ? ["--import", NEXT] : [];
  const call = [...flags, path.join(ROOT, "cli/main.ts"), "upgrade", command, "--app", app.id, "--brokers", kafkaBrokers().join(",")];
  const { stdout } = await promisify(execFile)(process.execPath, ["--conditions=@millrace/source", ...call]);
  return JSON.parse(stdout);
}

async function framesInNextFormat(app: AppUnderFaults): Promise<number> {
  return (await nextFramesByPartition(app)).reduce((sum, count) => sum + count, 0);
}

async function partitionsInNextFormat(app: AppUnderFaults): Promise<number> {
  return (await nextFramesByPartition(app)).filter((count) => count > 0).length;
}

async function nextFramesByPartition(app: AppUnderFaults): Promise<readonly number[]> {
  const fingerprint = fingerprintIn(encodeFrame({ epoch: 0, nonce: 0, lsn: 0, time: 0, inputs: [], records: [] }, NEXT_FORMAT));
  return Promise.all(
    Array.from({ length: app.partitions }, async (_, partition) => {
      const entries = await app.read(app.topics.journal, partition);
      return entries.filter(({ value }) => value !== null && fingerprintIn(value) === fingerprint).length;
    }),
  );
}
