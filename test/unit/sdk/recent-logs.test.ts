// What runs log is kept in their process for whoever looks at one of them.
import { expect, test } from "vitest";
import { pino } from "pino";
import { Millrace } from "../../../engine/sdk/index.ts";
import { FakeClock, settling, until } from "../../support/fake-clock.ts";
import { SimulatedLog } from "../../support/simulated-log.ts";

test("what a function and its steps log is kept by run, with the step, and goes where the app's logger writes, too", async () => {
  const clock = new FakeClock();
  const log = await SimulatedLog.open(clock);
  const written: string[] = [];
  const logger = pino({ level: "info" }, { write: (text: string) => void written.push(text) });
  const app = new Millrace({ id: "app", partitions: 1, logger }, { log, clock });
  const ran: string[] = [];
  app.createFunction({ id: "f", triggers: [{ event: "go" }] }, async ({ step, logger: own, runId }) => {
    own.info({ size: 2 }, "begun");
    await step.run("charge", ({ logger: inner }) => inner.warn("charging %s", "slowly"));
    own.debug("too quiet to be written");
    ran.push(runId);
  });
  await settling(clock, app.start());
  await app.send({ name: "go", data: null });
  await until("the run is over", () => ran.length === 1);
  const { lines, isCut } = app.parts.recentLogs.linesOf(ran[0] ?? "");
  expect(isCut).toBe(false);
  expect(lines.map(({ level, message, step, fields }) => ({ level, message, step, fields }))).toEqual([
    { level: "info", message: "begun", step: null, fields: '{"size":2}' },
    { level: "warn", message: "charging slowly", step: "charge#0", fields: null },
  ]);
  expect(written.filter((line) => line.includes("charging slowly"))).toHaveLength(1);
  await settling(clock, app.stop());
  await log.close();
});
