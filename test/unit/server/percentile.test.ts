import { expect, test } from "vitest";
import { percentileOf } from "../../../server/functions/percentile.ts";

const buckets = [
  { value: 1, count: 90 },
  { value: 10, count: 9 },
  { value: 100, count: 1 },
];

test.each([
  [0, 1],
  [0.5, 1],
  [0.9, 1],
  [0.95, 10],
  [0.99, 10],
  [1, 100],
])("so much lies at or below: %d → %d", (share, value) => {
  expect(percentileOf(buckets, share)).toBe(value);
});
