import { expect, test } from "vitest";
import { firstIn24Hours } from "../../../../engine/workflow/flow/counts/once.ts";
import { T0 } from "../../../support/fake-clock.ts";

const DAY = 86_400_000;

test("of events with one value the first in 24 hours passes; those that do not, do not make it longer", () => {
  const cell = firstIn24Hours(undefined, T0) ?? undefined;
  expect(cell).toEqual({ kind: "once", until: T0 + DAY, numbers: [T0], text: null });
  expect(firstIn24Hours(cell, T0)).toBeNull();
  expect(firstIn24Hours(cell, T0 + DAY - 1)).toBeNull();
  expect(firstIn24Hours(cell, T0 + DAY)).toEqual(firstIn24Hours(undefined, T0 + DAY));
  expect(firstIn24Hours(cell, T0 + DAY)?.numbers).toEqual([T0 + DAY]);
});
