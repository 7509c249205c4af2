// Data that is too large for a message is read where it stands.
import { jsonEvents } from "../../../engine/task/read-event.ts";
import { expect, onTestFinished, test } from "vitest";
import { openEmbeddedLog } from "../../../engine/log/embedded/embedded-log.ts";
import { silentLogger } from "../../../engine/observability/logger.ts";
import { withData } from "../../../engine/task/told-event.ts";
import { encodeEvent } from "../../../engine/workflow/event/cloud-event.ts";
import type { EventSeen } from "../../../engine/workflow/records.ts";

const TARGET = { topic: "events", partition: 0 };

async function told() {
  const log = await openEmbeddedLog({ path: ":memory:" });
  onTestFinished(() => log.close());
  await log.createTopics([{ topic: TARGET.topic, partitions: 1, settings: {} }]);
  const ofOne = { id: "e", name: "paid", time: 1, key: null };
  for (const n of [0, 1]) await log.append(TARGET, [encodeEvent({ ...ofOne, data: `{"n":${n}}`, source: "s" })]);
  const body: EventSeen = {
    type: "EventSeen",
    event: { ...ofOne, ...TARGET, data: null, offset: 0, appendedAt: 1, corrects: null, trace: null },
    paths: [""],
    value: "",
  };
  const said: object[] = [];
  const logger = { ...silentLogger, warn: (fields: object) => void said.push(fields) };
  const read = () => withData({ log, reader: jsonEvents, maxEventBytes: 2 ** 24, logger, signal: AbortSignal.timeout(5_000) }, body);
  return { log, read, said };
}

test("its data comes from its topic", async () => {
  const { read, said } = await told();
  expect(await read()).toMatchObject({ event: { data: '{"n":0}' } });
  expect(said).toEqual([]);
});

test("where its topic does not hold it any more its data is null, and that is said", async () => {
  const { log, read, said } = await told();
  await log.trim(TARGET, 1);
  expect(await read()).toMatchObject({ event: { data: "null" } });
  expect(said).toEqual([{ code: "EVENT_DATA_GONE", ...TARGET, offset: 0, event: "paid" }]);
});
