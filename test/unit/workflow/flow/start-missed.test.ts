// Somebody says that an event never came to a function: it starts what it would have started, once (R5, R10).
import { expect, test } from "vitest";
import { deriveRunId } from "../../../../engine/core/ids.ts";
import type { StartMissed } from "../../../../engine/workflow/records.ts";
import { T0 } from "../../../support/fake-clock.ts";
import { given, type Given } from "../../../support/given.ts";
import { manifest } from "../../../support/records.ts";

const PLACE = { topic: "app.events", partition: 0 };
const deployed = manifest({ from: [{ ...PLACE, offset: 0 }] });
const TOLD: StartMissed = {
  type: "StartMissed",
  functionId: "f",
  event: {
    ...PLACE,
    offset: 4,
    id: "e4",
    name: "order/created",
    data: "{}",
    time: T0,
    key: null,
    appendedAt: T0,
    corrects: null,
    trace: null,
  },
};
const DAY_MS = 86_400_000;

function reader(): Given {
  return given(deployed).read({ next: 10, last: 9 });
}

test("its run begins with the id that it would have had, and told again it is passed over for a day", () => {
  const told = reader().whenTold(TOLD, { from: -1 });
  const run = deriveRunId(T0, 0, "f", "app.events-0-4");
  expect(told.records.map(({ type }) => type)).toEqual(["CellSet", "RunsStarted"]);
  expect(told.records[1]).toMatchObject({ runs: [{ id: run, functionId: "f" }], event: { id: "e4" } });
  const done = reader().and(...told.records);
  done.whenTold(TOLD, { from: -1, now: T0 + DAY_MS - 1 }).thenTypes();
  const over = done.and({ type: "RunCompleted", run, output: null });
  over.whenTold(TOLD, { from: -1, now: T0 + DAY_MS - 1 }).thenTypes();
});

test.each([
  ["a function that is not deployed", { ...TOLD, functionId: "gone" }],
  ["an event that is not read yet: it comes in its turn", { ...TOLD, event: { ...TOLD.event, offset: 10 } }],
  ["an event of a source that another partition reads", { ...TOLD, event: { ...TOLD.event, partition: 1 } }],
  ["an event that triggers another function", { ...TOLD, event: { ...TOLD.event, name: "order/paid" } }],
])("nothing begins for %s", (_, message) => {
  reader().whenTold(message, { from: -1 }).thenTypes();
});

test("what its trigger asks of the event counts as if it came now, sealed or not", () => {
  const conditional = manifest({
    from: [{ ...PLACE, offset: 0 }],
    functions: [{ id: "f", triggers: [{ event: "order/created", if: "event.data.total > 10" }] }],
  });
  const told = (data: string): StartMissed => ({ ...TOLD, event: { ...TOLD.event, data } });
  const open = (data: string): string => (data === '"sealed"' ? '{"total":11}' : data);
  const at = (): Given => {
    const asked = given(conditional).read({ next: 10, last: 9 });
    asked.state.open = open;
    return asked;
  };
  at().whenTold(told('{"total":10}'), { from: -1 }).thenTypes();
  at().whenTold(told('{"total":11}'), { from: -1 }).thenTypes("CellSet", "RunsStarted");
  at().whenTold(told('"sealed"'), { from: -1 }).thenTypes("CellSet", "RunsStarted");
});

test("nothing begins where the run is there", () => {
  const [, started] = reader().whenTold(TOLD, { from: -1 }).records;
  if (started === undefined) throw new Error("nothing began");
  reader().and(started).whenTold(TOLD, { from: -1 }).thenTypes();
});
