// After an erasure something is written to the topic of keys, so that Kafka closes the segment that has the mark, and compacts the key away.
import { expect, onTestFinished, test } from "vitest";
import { openEmbeddedLog } from "../../../engine/log/embedded/embedded-log.ts";
import { silentLogger } from "../../../engine/observability/logger.ts";
import { Fillers } from "../../../engine/sealing/fillers.ts";
import { KeyRing } from "../../../engine/sealing/key-ring.ts";
import { until } from "../../support/faults/until.ts";

const TOPIC = "shop.keys";
const PLACE = { topic: TOPIC, partition: 0 };
const DAY_MS = 86_400_000;

test.each([
  ["just now", 0],
  ["weeks ago, and nobody of the app ran since", 20 * DAY_MS],
])("an erasure of %s is followed by a filler", async (_, agoMs) => {
  let now = (): number => Date.now() - agoMs;
  const log = await openEmbeddedLog({ path: ":memory:", now: () => now() });
  await log.createTopics([{ topic: TOPIC, partitions: 1, settings: { "cleanup.policy": "compact", "segment.ms": "50" } }]);
  const before = await KeyRing.open({ log, topic: TOPIC, app: "shop", logger: silentLogger });
  await before.seal("ada", "1");
  await before.erase("ada");
  await before.close();
  now = () => Date.now();
  const end = await log.latestOffset(PLACE);
  const ring = await KeyRing.open({ log, topic: TOPIC, app: "shop", logger: silentLogger });
  const fillers = new Fillers({ log, topic: TOPIC, ring });
  onTestFinished(async () => {
    await fillers.close();
    await ring.close();
    await log.close();
  });
  await until("something was written", async () => (await log.latestOffset(PLACE)) > end);
  expect(ring.erasedAt).not.toBeNull();
});
