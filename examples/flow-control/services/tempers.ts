// How each service behaves on a day like any other: how many milliseconds it takes, and of a hundred requests, how many fail before anything
// happened, and how many are done while the answer never arrives.
import type { Service } from "./report.ts";

type Temper = readonly [leastMs: number, mostMs: number, failing: number, losing: number];

export const TEMPERS: Readonly<Record<Service, Temper>> = {
  verifications: [10, 30, 2, 1],
  rows: [15, 40, 2, 1],
  indexes: [20, 60, 2, 1],
  sessions: [10, 20, 2, 1],
};
