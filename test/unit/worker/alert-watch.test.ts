// What nobody tells of by itself is looked for: told when it is seen, again while it lasts, and anew when it was over in between.
import { expect, onTestFinished, test } from "vitest";
import type { Alert } from "../../../engine/observability/alert.ts";
import { AlertWatch } from "../../../engine/worker/alert-watch.ts";
import type { PartitionReport } from "../../../engine/worker/holdings.ts";
import type { TaskStatus } from "../../../engine/task/status.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { SimulatedLog } from "../../support/simulated-log.ts";

const MINUTE_MS = 60_000;

const partition = (number: number, status: TaskStatus): PartitionReport => ({
  partition: number,
  status,
  problems: [],
  openRuns: 0,
  executingSteps: 0,
  restoring: null,
  backfills: [],
  activeRuns: 0,
  queuedRuns: 0,
  heldEvents: 0,
  waiting: [],
  readingStopped: null,
  positions: [],
});

test("a partition that is stuck again after it was served is told of again, and one that stays stuck after a quarter of an hour", async () => {
  const clock = new FakeClock();
  const log = await SimulatedLog.open(clock);
  const told: (readonly [minute: number, partition: number | undefined])[] = [];
  let report: readonly PartitionReport[] = [partition(0, "RESTORING"), partition(1, "RESTORING"), partition(2, "RUNNING")];
  const alert = ({ code, partition: of }: Alert): void => {
    expect(code).toBe("PARTITION_STUCK");
    told.push([Math.floor(clock.monotonicMs() / MINUTE_MS), of]);
  };
  const watch = new AlertWatch({ clock, log, report: () => report, maxLag: 10, alert });
  onTestFinished(async () => {
    watch.close();
    await log.close();
  });
  await clock.advance(3 * MINUTE_MS);
  report = [partition(0, "RUNNING"), partition(1, "RESTORING"), partition(2, "RUNNING")];
  await clock.advance(MINUTE_MS);
  report = [partition(0, "CLOSED"), partition(1, "RESTORING"), partition(2, "RUNNING")];
  await clock.advance(13 * MINUTE_MS);
  expect(told).toEqual([
    [1, 0],
    [1, 1],
    [5, 0],
    [16, 1],
  ]);
});
