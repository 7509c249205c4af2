import { expect, test } from "vitest";
import { alarm, type AlertHook } from "../../../engine/observability/alert.ts";
import type { Logger } from "../../../engine/observability/logger.ts";
import { turns } from "../../support/fake-clock.ts";

const ALERT = { code: "RUN_QUARANTINED", message: "run quarantined", runId: "r1", functionId: "f", partition: 3 };

function loggerOf(said: unknown[]): Logger {
  const nothing = (): void => {};
  return { debug: nothing, info: nothing, warn: nothing, error: (fields, message) => void said.push({ ...fields, message }) };
}

test("an alert is one line in the log, and a call of the hook", () => {
  const [said, heard]: [unknown[], unknown[]] = [[], []];
  alarm(loggerOf(said), (alert) => heard.push(alert), ALERT);
  alarm(loggerOf(said), undefined, ALERT);
  expect(said).toEqual([ALERT, ALERT]);
  expect(heard).toEqual([ALERT]);
});

test.each<[string, AlertHook]>([
  [
    "throws",
    () => {
      throw new Error("boom");
    },
  ],
  ["rejects", () => Promise.reject(new Error("boom"))],
])("a hook that %s harms nothing, and is told of", async (_, hook) => {
  const said: unknown[] = [];
  alarm(loggerOf(said), hook, ALERT);
  await turns(2);
  expect(said).toMatchObject([ALERT, { code: "ALERT_FAILED", about: "RUN_QUARANTINED" }]);
});
