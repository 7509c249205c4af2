// Which alerts somebody hears of from a worker itself, by what its code declares.
import { expect, test } from "vitest";
import { alertsTold, WORKER_ALERTS } from "../../../engine/core/alert-codes.ts";

test("without targets and hook nobody hears of any", () => {
  expect(alertsTold([], false)).toEqual([]);
});

test("a target without codes hears of all; others of theirs", () => {
  expect(alertsTold([{}], false)).toEqual(WORKER_ALERTS);
  expect(alertsTold([{ on: ["LAG_HIGH", "ANOTHER"] }, { on: ["RUN_FAILED"] }], false)).toEqual(["RUN_FAILED", "LAG_HIGH"]);
});

test("the hook hears of all but each run that fails", () => {
  expect(alertsTold([], true)).toEqual(WORKER_ALERTS.filter((code) => code !== "RUN_FAILED"));
  expect(alertsTold([{ on: ["RUN_FAILED"] }], true)).toEqual(WORKER_ALERTS);
});
