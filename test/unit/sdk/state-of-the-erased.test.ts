// State that a consumer made of somebody's events is not there any more once they are erased: it is not `null`.
import { pino } from "pino";
import { expect, test } from "vitest";
import { Millrace } from "../../../engine/sdk/index.ts";
import { FakeClock, settling, turns } from "../../support/fake-clock.ts";
import { SimulatedLog } from "../../support/simulated-log.ts";

test("what is erased is neither found by its key nor among the others", async () => {
  const clock = new FakeClock();
  const log = await SimulatedLog.open(clock);
  const app = new Millrace<{ told: { name: string } }>(
    { id: "app", partitions: 1, stopGraceMs: 0, erasable: true, logger: pino({ level: "silent" }) },
    { log, clock },
  );
  const names = app.createConsumer({
    id: "names",
    events: ["told"],
    from: "beginning",
    state: { last: (_: string | undefined, { data }: { data: { name: string } }) => data.name },
  });
  await settling(clock, app.start());
  for (const subject of ["ada", "grace"]) {
    await settling(clock, app.send({ name: "told", key: subject, data: { name: subject }, subject }));
  }
  const pass = async (): Promise<void> => {
    await clock.advance(5_000);
    await turns(20);
  };
  await pass();
  expect([...names.entries("last")].toSorted(([a], [b]) => a.localeCompare(b))).toEqual([
    ["ada", "ada"],
    ["grace", "grace"],
  ]);
  await settling(clock, app.erase("ada"));
  await pass();
  expect(await names.get("last", "ada")).toBeUndefined();
  expect([...names.entries("last")]).toEqual([["grace", "grace"]]);
  await settling(clock, app.stop());
  await log.close();
});
