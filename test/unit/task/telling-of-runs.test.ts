// What people read of runs that go wrong names the function: with eighty of them, a run's id alone tells nothing.
import { expect, onTestFinished, test } from "vitest";
import pino from "pino";
import { openEmbeddedLog } from "../../../engine/log/embedded/embedded-log.ts";
import { NonRetriableError } from "../../../engine/execution/user-errors.ts";
import { Millrace } from "../../../engine/sdk/millrace.ts";

test("lines of steps and runs that fail or are cancelled name the function", async () => {
  const lines: string[] = [];
  const log = await openEmbeddedLog({ path: ":memory:" });
  const ended = Promise.withResolvers<void>();
  const app = new Millrace({ id: "told", partitions: 1, logger: pino({}, { write: told }) }, { log });
  onTestFinished(async () => {
    await app.stop();
    await log.close();
  });
  app.createFunction({ id: "charge", triggers: [{ event: "order/placed" }], retries: 0 }, async ({ step }) => {
    await step.run("card", () => {
      throw new NonRetriableError("declined");
    });
  });
  await app.start();
  await app.send({ name: "order/placed", data: {} });
  await ended.promise;
  const about = lines.map((line) => JSON.parse(line) as { msg: string; function?: string }).filter(({ msg }) => /failed/.test(msg));
  expect(about.map(({ msg, function: functionId }) => [msg, functionId])).toEqual([
    ["step failed; no attempt is left", "charge"],
    ["run failed", "charge"],
  ]);

  function told(line: string): void {
    lines.push(line);
    if (line.includes("RUN_FAILED")) ended.resolve();
  }
});
