// Functions that wait for events, what is sent to them, and what must come of each wait by the stamps of the log alone.
import { expect } from "vitest";

import type { StoredRecord } from "../../../engine/log/log.ts";
import type { Millrace } from "../../../engine/sdk/index.ts";
import { decodeEvent } from "../../../engine/workflow/event/cloud-event.ts";
import type { WaitResolved, WaitStarted } from "../../../engine/workflow/records.ts";
import type { PartitionHistory } from "./history.ts";

export interface Guest {
  readonly n: number;
  readonly timeoutMs: number;
}

/** How often the function `collect` waits for the same. */
export const COLLECTED = 3;

/** `guest/came` waits for `guest/paid`; `guest/asked` for three of `guest/seen`. */
export function declareWaits(app: Millrace): void {
  app.createFunction({ id: "serve", triggers: [{ event: "guest/came" }] }, async ({ step, event }) => {
    const { timeoutMs } = event.data as Guest;
    const paid = await step.waitForEvent("paid", { event: "guest/paid", match: "data.n", timeout: timeoutMs });
    return step.run("answer", () => (paid === null ? "reminded" : "thanked"));
  });
  app.createFunction({ id: "collect", triggers: [{ event: "guest/asked" }] }, async ({ step }) => {
    const seen: unknown[] = [];
    for (let n = 0; n < COLLECTED; n++) {
      seen.push(await step.waitForEvent("seen", { event: "guest/seen", match: "data.n", timeout: "1 hour" }));
    }
    return seen.length;
  });
}

/** A wait as its run's journal has it. */
export interface RecordedWait {
  readonly n: number;
  readonly functionId: string;
  readonly started: WaitStarted;
  readonly resolved: readonly WaitResolved[];
}

export function waitsOf(histories: readonly PartitionHistory[]): readonly RecordedWait[] {
  const waits: RecordedWait[] = [];
  for (const { frames } of histories) {
    const records = frames.flatMap(({ frame }) => frame.records);
    const runs = new Map<string, { readonly n: number; readonly functionId: string }>();
    for (const record of records) {
      if (record.type !== "RunsStarted") continue;
      const { n } = JSON.parse(record.event.data) as Guest;
      for (const { id, functionId } of record.runs) runs.set(id, { n, functionId });
    }
    const resolved = Map.groupBy(
      records.filter((record) => record.type === "WaitResolved"),
      ({ run, step }) => `${run} ${step}`,
    );
    for (const started of records.filter((record) => record.type === "WaitStarted")) {
      const run = runs.get(started.run);
      if (run !== undefined) waits.push({ ...run, started, resolved: resolved.get(`${started.run} ${started.step}`) ?? [] });
    }
  }
  return waits;
}

/** When the log took each event of this name, by its guest. */
export function takenAt(records: readonly StoredRecord[], name: string): ReadonlyMap<number, number> {
  const found = new Map<number, number>();
  for (const record of records) {
    const read = decodeEvent(record);
    if (read.ok && read.event.name === name) found.set((JSON.parse(read.event.data) as Guest).n, record.timestamp);
  }
  return found;
}

/** Each has the payment that the log took by its deadline, or nothing where it took none by then (R13). */
export function expectWaitsRight(waits: readonly RecordedWait[], paidAt: ReadonlyMap<number, number>): void {
  const wrong = waits
    .filter(({ functionId }) => functionId === "serve")
    .filter(({ n, started: { deadline }, resolved }) => {
      const inTime = (paidAt.get(n) ?? Number.POSITIVE_INFINITY) <= (deadline ?? 0);
      return resolved.length !== 1 || (resolved[0]?.event !== null) !== inTime;
    });
  expect(wrong.map((wait) => ({ ...wait, paidAt: paidAt.get(wait.n) }))).toEqual([]);
}

/** Each loop of waits saw each of its events once. */
export function expectAllCollected(waits: readonly RecordedWait[], guests: number): void {
  const collected = waits.filter(({ functionId }) => functionId === "collect");
  const seen = collected.flatMap(({ resolved }) => resolved.map(({ event }) => event?.id));
  expect([collected.length, seen.length, new Set(seen).size]).toEqual([guests * COLLECTED, guests * COLLECTED, guests * COLLECTED]);
}
