// A deployment lacks a function while its events are held, and the next one has it again.
import { expect, test } from "vitest";
import type { FlowSpec } from "../../../../engine/workflow/flow/spec.ts";
import { Places } from "../../../support/flow/places.ts";

test("what was debounced when its function was gone starts within its limit when it is back", () => {
  const flow: FlowSpec = { debounce: { periodMs: 5_000, key: "event.data.n" }, concurrency: [{ limit: 1, scope: "fn" }] };
  const [f, g] = [
    { id: "f", flow },
    { id: "g", triggers: ["other"] },
  ];
  const at = new Places(1, [f, g]);
  for (let n = 0; n < 5; n++) at.event({ n });
  at.declare([g]).pass(6_000);
  expect(at.started).toEqual([]);
  at.declare([f, g]);
  expect(at.started).toHaveLength(1);
  for (let [run] = at.runs; run !== undefined; [run] = at.runs) {
    expect(at.runs).toHaveLength(1);
    at.complete(run);
  }
  expect(at.started).toHaveLength(5);
});
