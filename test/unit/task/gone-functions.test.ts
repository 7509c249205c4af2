// People are told of runs that wait for a function which no deployment has any more.
import { expect, test } from "vitest";
import { goneFunctions } from "../../../engine/task/gone-functions.ts";
import { emptyState } from "../../../engine/workflow/state.ts";
import { Places } from "../../support/flow/places.ts";

const F = { id: "f", flow: { concurrency: [{ limit: 1, scope: "fn" as const }] } };
const G = { id: "g" };

test("runs in lines whose function is gone are told of, by function, until it is back", () => {
  const at = new Places(1, [F, G]);
  for (let n = 0; n < 4; n++) at.event({ n });
  expect(goneFunctions(at.at(0))).toEqual([]);
  at.declare([G]);
  expect(goneFunctions(at.at(0))).toEqual([expect.stringMatching(/^FUNCTION_GONE: runs of function f wait .*\(3 here\)/)]);
  at.declare([F, G]);
  expect(goneFunctions(at.at(0))).toEqual([]);
});

test("a partition that has heard of no manifest says nothing", () => {
  expect(goneFunctions(emptyState(0, 1))).toEqual([]);
});
