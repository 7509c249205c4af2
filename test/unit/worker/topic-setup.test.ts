// Topics that somebody else made are looked at before anything rests on them: what would lose data for good is an error.
import { pino } from "pino";
import { expect, onTestFinished, test } from "vitest";
import { Millrace, type MillraceOptions } from "../../../engine/sdk/index.ts";
import { FakeClock, settling } from "../../support/fake-clock.ts";
import { SimulatedLog } from "../../support/simulated-log.ts";

/** How it goes to connect an app of which this topic was made beforehand, with this policy. */
async function connected(
  topic: "keys" | "state",
  policy: string,
  options: Partial<MillraceOptions>,
  retention: Readonly<Record<string, string>> = {},
): Promise<unknown> {
  const clock = new FakeClock();
  const log = await SimulatedLog.open(clock);
  await log.createTopics([{ topic: `shop.${topic}`, partitions: 1, settings: { "cleanup.policy": policy, ...retention } }]);
  const app = new Millrace({ id: "shop", partitions: 1, logger: pino({ level: "silent" }), ...options }, { log, clock });
  onTestFinished(async () => {
    await settling(clock, app.stop());
    await log.close();
  });
  return settling(
    clock,
    app.parts.connect().then(
      () => "connected",
      (error: unknown) => error,
    ),
  );
}

const RETENTION = { retention: { journal: "30 days" } } as const;

test.each([
  ["keys", "delete", { erasable: true }],
  ["keys", "compact,delete", { erasable: true }],
  ["state", "delete", RETENTION],
] as const)("a topic of %s with cleanup.policy=%s is refused where it holds what is nowhere else", async (topic, policy, options) => {
  const message = expect.stringContaining(`shop.${topic} has cleanup.policy=${policy}`) as unknown;
  expect(await connected(topic, policy, options)).toMatchObject({ code: "TOPIC_SETTING_UNSAFE", message });
});

test.each([
  [{ "retention.ms": "-1", "retention.bytes": "1000000" }, "refused"],
  [{ "retention.ms": "86400000", "retention.bytes": "-1" }, "refused"],
  [{ "retention.ms": "-1", "retention.bytes": "-1" }, "taken"],
] as const)("one that is to delete what is older, or more, than %o is %s", async (retention, verdict) => {
  const came = await connected("keys", "compact,delete", { erasable: true }, retention);
  if (verdict === "taken") expect(came).toBe("connected");
  else expect(came).toMatchObject({ code: "TOPIC_SETTING_UNSAFE" });
});

test.each([
  ["keys", "compact", { erasable: true }],
  ["state", "compact", RETENTION],
  ["state", "delete", {}],
] as const)("a topic of %s with cleanup.policy=%s is taken where nothing is lost by it", async (topic, policy, options) => {
  expect(await connected(topic, policy, options)).toBe("connected");
});
