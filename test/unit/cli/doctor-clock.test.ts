// What `millrace doctor` says of the clock: nothing, where it could not compare it.
import { describe, expect, test } from "vitest";
import { clockFinding } from "../../../cli/doctor/clock.ts";
import { LogError } from "../../../engine/log/errors.ts";
import type { Appended, Log } from "../../../engine/log/log.ts";
import { appTopics } from "../../../engine/task/app-topics.ts";
import { auditTopicSpec } from "../../../server/audit/audit-topic.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { SimulatedLog } from "../../support/simulated-log.ts";

const topics = appTopics("shop");

async function logWithAudit(): Promise<SimulatedLog> {
  const log = await SimulatedLog.open(new FakeClock());
  await log.createTopics([auditTopicSpec(topics)]);
  return log;
}

/** Stamps what it appends with a time of its own; null: with none. */
function stamping(log: Log, appendTime: number | null): Log {
  return new Proxy(log, {
    get(target, name) {
      if (name !== "append") return (target[name as keyof Log] as (...args: never) => unknown).bind(target);
      return (): Promise<Appended> => Promise.resolve({ baseOffset: 0, appendTime });
    },
  });
}

describe("the clock of this machine", () => {
  test("that was not compared is not said to be well: there is nothing yet that the log could stamp", async () => {
    const log = await SimulatedLog.open(new FakeClock());
    expect(await clockFinding(log, topics)).toEqual({
      of: "clock",
      verdict: "unknown",
      says: "not compared: there is no topic shop.audit yet",
      mend: null,
    });
    // Nor is one made for it.
    expect(await log.describeTopic("shop.audit")).toBeNull();
  });

  test("that was not compared, since the log stamps nothing, is not said to be well either", async () => {
    expect(await clockFinding(stamping(await logWithAudit(), null), topics)).toMatchObject({ verdict: "unknown", mend: null });
  });

  test("is well where the log's is near, and a warning where it is not", async () => {
    const log = await logWithAudit();
    expect(await clockFinding(stamping(log, Date.now()), topics)).toMatchObject({ verdict: "ok" });
    expect(await clockFinding(stamping(log, Date.now() - 60_000), topics)).toMatchObject({
      verdict: "warn",
      says: expect.stringMatching(/^6\d{4} ms from the log's$/) as string,
    });
  });

  test("a log that takes nothing is told as such", async () => {
    const log = await logWithAudit();
    log.onAppend = () => ({ before: () => Promise.reject(new LogError("LOG_UNAVAILABLE", "no broker")) });
    await expect(clockFinding(log, topics)).rejects.toMatchObject({ code: "LOG_UNAVAILABLE" });
  });
});
