// What lasts is told, and only what lasts.
import { beforeEach, expect, test } from "vitest";
import { Lookout } from "../../../server/alerts/lookout.ts";

let now: number;
let lookout: Lookout;
beforeEach(() => {
  now = 5_000;
  lookout = new Lookout({ monotonicMs: () => now });
});

const codes = (alerts: readonly { readonly code: string }[]): readonly string[] => alerts.map(({ code }) => code);
const gone = (workers: readonly string[], areNeeded = true): readonly string[] =>
  codes(lookout.ofWorkers(lookout.seeWorkers(workers, areNeeded)));
const owned = (partition: number, worker: string | null, { problem = null, lsn = worker === null ? 0 : 7 }: Partial<Fares> = {}) => ({
  partition,
  worker,
  problem,
  lsn,
});
interface Fares {
  readonly problem: string | null;
  readonly lsn: number;
}
const lag = (topic: string, partition: number, records: number) => ({ topic, partition, position: 0, end: records, lag: records });

test("no workers for a minute is told, and again every 15 minutes while it lasts", () => {
  expect(gone([])).toEqual([]);
  now += 59_999;
  expect(gone([])).toEqual([]);
  now += 1;
  expect(gone([])).toEqual(["NO_WORKERS"]);
  now += 15 * 60_000 - 1;
  expect(gone([])).toEqual([]);
  now += 1;
  expect(gone([])).toEqual(["NO_WORKERS"]);
});

test("a deployment that leaves no worker for less than a minute wakes nobody, and the next gap is counted anew", () => {
  gone([]);
  now += 50_000;
  gone(["w-1"]);
  now += 50_000;
  expect(gone([])).toEqual([]);
  now += 50_000;
  expect(gone([])).toEqual([]);
});

test("who has no functions needs no workers", () => {
  gone([], false);
  now += 600_000;
  expect(gone([], false)).toEqual([]);
});

test("a partition whose last owner is gone is told after a minute, while others run", () => {
  const look = (workers: readonly string[]) => lookout.ofPartitions([owned(0, "w-1"), owned(1, "w-2"), owned(2, null)], workers);
  expect(look(["w-1"])).toEqual([]);
  now += 60_000;
  expect(look(["w-1"])).toMatchObject([
    { code: "PARTITION_STUCK", partition: 1, message: expect.stringContaining("w-2, does not run") as string },
    { code: "PARTITION_STUCK", partition: 2, message: expect.stringContaining("no worker ever claimed it") as string },
  ]);
  now += 60_000;
  expect(look(["w-1"])).toEqual([]);
});

test("while no worker runs at all no partition is told of, and who starts then has a minute to claim them", () => {
  const look = (workers: readonly string[]) => lookout.ofPartitions([owned(0, "w-1")], workers);
  look([]);
  now += 600_000;
  expect(look([])).toEqual([]);
  expect(look(["w-2"])).toEqual([]);
  now += 59_000;
  expect(look(["w-2"])).toEqual([]);
});

test("a partition that is claimed meanwhile, or whose journal cannot be read from here, is not told of", () => {
  lookout.ofPartitions([owned(0, "w-1"), owned(1, "w-1", { problem: "its format is newer" })], ["w-2"]);
  now += 30_000;
  lookout.ofPartitions([owned(0, "w-2"), owned(1, "w-1", { problem: "its format is newer" })], ["w-2"]);
  now += 40_000;
  expect(lookout.ofPartitions([owned(0, "w-1"), owned(1, "w-1", { problem: "its format is newer" })], ["w-2"])).toEqual([]);
});

test("lag is told at the second look in a row, by topic", () => {
  const much = [lag("shop.events", 1, 60), lag("shop.events", 0, 70), lag("shop.events", 2, 50), lag("orders", 0, 3)];
  expect(lookout.ofLags(much, 50)).toEqual([]);
  expect(lookout.ofLags([], 50)).toEqual([]);
  expect(lookout.ofLags(much, 50)).toEqual([]);
  const told = lookout.ofLags(much, 50);
  expect(told).toMatchObject([{ code: "LAG_HIGH" }]);
  expect(told[0]?.message).toMatch(/^130 records of shop\.events are not decided about yet, in partitions 0, 1:/);
  expect(lookout.ofLags(much, 50)).toEqual([]);
});

test("workers that are gone again, and a partition that is nobody's again, are told of again, however soon", () => {
  const owners = (workers: readonly string[]): readonly string[] => codes(lookout.ofPartitions([owned(0, "w-1")], workers));
  for (let times = 0; times < 2; times++) {
    expect([gone([]), owners(["w-2"])]).toEqual([[], []]);
    now += 60_000;
    expect([gone([]), owners(["w-2"])]).toEqual([["NO_WORKERS"], ["PARTITION_STUCK"]]);
    now += 60_000;
    expect([gone(["w-1"]), owners(["w-1"])]).toEqual([[], []]);
  }
});

test("one whose owner's claim is not in the journal any more is believed to be served", () => {
  const look = () => lookout.ofPartitions([owned(0, null, { lsn: 40 }), owned(1, "w-1")], ["w-1"]);
  look();
  now += 600_000;
  expect(look()).toEqual([]);
});
