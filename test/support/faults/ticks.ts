// The ticks of crons, as journals have them, and what must hold of them whatever happened to their owners.
import { expect } from "vitest";

import { CRONS } from "./functions.ts";
import type { PartitionHistory } from "./history.ts";

const SECOND = 1_000;

export interface RecordedTick {
  /** Milliseconds since 1970: the time that the cron names. */
  readonly tick: number;
  /** By the log's clock, as its owner knew it. It is the time of the decision; that of its frame may be earlier (ADR 7). */
  readonly decidedAt: number;
  readonly partition: number;
  /** Of the claim under which it was decided. */
  readonly epoch: number;
}

/** Ticks that started a run of the function, in the order of their deciding. */
export function ticksOf(histories: readonly PartitionHistory[], functionId: string): readonly RecordedTick[] {
  return histories.flatMap(({ partition, frames }) =>
    frames.flatMap(({ owner, frame }) =>
      frame.records.flatMap((record) => {
        if (record.type !== "RunsStarted" || record.event.name !== "millrace/cron") return [];
        const started = record.runs.filter((run) => run.functionId === functionId);
        return started.map(() => ({ tick: record.event.time, decidedAt: record.event.appendedAt, partition, epoch: owner.epoch }));
      }),
    ),
  );
}

/** Each second once, from the first to the last. */
export function expectEveryTick(histories: readonly PartitionHistory[]): void {
  const ticks = ticksOf(histories, CRONS.all).map(({ tick }) => tick);
  expect(ticks).toEqual(ticks.map((_, n) => (ticks[0] ?? 0) + n * SECOND));
}

/** None twice and none out of order; where some were missed, the one that ran is the last that was due, and there was such a time. */
export function expectLatestTicks(histories: readonly PartitionHistory[], outageMs: number): void {
  const ticks = ticksOf(histories, CRONS.latest);
  const gaps = ticks.slice(1).map(({ tick }, index) => tick - (ticks[index]?.tick ?? 0));
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(SECOND);
  expect(Math.max(...gaps)).toBeGreaterThanOrEqual(outageMs);
  expect(ticks.filter(({ tick, decidedAt }) => decidedAt - tick >= SECOND)).toEqual([]);
}

/** Never before its time, by one run in one partition. */
export function expectTicksInTime(histories: readonly PartitionHistory[]): void {
  for (const functionId of Object.values(CRONS)) {
    const ticks = ticksOf(histories, functionId);
    expect(ticks.filter(({ tick, decidedAt }) => decidedAt < tick)).toEqual([]);
    expect(new Set(ticks.map(({ tick }) => tick)).size).toBe(ticks.length);
    expect(new Set(ticks.map(({ partition }) => partition)).size).toBe(1);
  }
}
