// What commands do to the log itself is written down first.
import { beforeEach, describe, expect, test } from "vitest";
import { audited } from "../../../cli/audited.ts";
import { LogError } from "../../../engine/log/errors.ts";
import { appTopics } from "../../../engine/task/app-topics.ts";
import { auditPartition, auditTopicSpec } from "../../../server/audit/audit-topic.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { SimulatedLog } from "../../support/simulated-log.ts";

const topics = appTopics("shop");
const DEED = { operation: "run.cancel", target: "a run", parameters: { reason: "twice" } };
let log: SimulatedLog;
const app = (createTopics = true): Parameters<typeof audited>[0] => ({ log, topics, createTopics });

beforeEach(async () => {
  log = await SimulatedLog.open(new FakeClock());
});

async function outcomes(): Promise<readonly unknown[]> {
  const records = await log.readAll(auditPartition(topics));
  return records.map(({ value }) => (JSON.parse(String(value)) as { readonly outcome: unknown }).outcome);
}

describe("a command that does something to the log itself", () => {
  test("is in the audit when it begins", async () => {
    expect(await audited(app(), DEED, () => outcomes())).toEqual(["asked"]);
  });

  test("does nothing where the audit cannot be written", async () => {
    log.onAppend = () => ({ before: () => Promise.reject(new LogError("LOG_NOT_AUTHORIZED", "not allowed to write to topic shop.audit")) });
    let isDone = false;
    const work = (): Promise<void> => {
      isDone = true;
      return Promise.resolve();
    };
    await expect(audited(app(), DEED, work)).rejects.toMatchObject({ code: "LOG_NOT_AUTHORIZED" });
    expect(isDone).toBe(false);
  });

  test("does nothing where the audit has no topic and may not make it, and says how it is made", async () => {
    let isDone = false;
    const work = (): Promise<void> => {
      isDone = true;
      return Promise.resolve();
    };
    await expect(audited(app(false), DEED, work)).rejects.toMatchObject({
      code: "TOPICS_MISSING",
      message: expect.stringContaining("--topic shop.audit") as string,
    });
    expect(isDone).toBe(false);
    await log.createTopics([auditTopicSpec(topics)]);
    await audited(app(false), DEED, work);
    expect(isDone).toBe(true);
  });

  test("that fails is told as failed, and fails as it did", async () => {
    const failure = new Error("no broker");
    await expect(audited(app(), DEED, () => Promise.reject(failure))).rejects.toBe(failure);
    expect(await outcomes()).toEqual(["asked", "failed"]);
  });
});
