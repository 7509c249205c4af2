// The engine's own events have sealed data inside of theirs: it is opened for who is given data, and waited for where its key is not known yet.
import { afterEach, beforeEach, expect, test } from "vitest";
import { readSealed, type Opened } from "../../../engine/core/sealing.ts";
import { silentLogger } from "../../../engine/observability/logger.ts";
import { AppSubjects } from "../../../engine/sdk/app-subjects.ts";
import { seal } from "../../../engine/sealing/cipher.ts";
import { newKey } from "../../../engine/sealing/key-record.ts";
import type { EventReader } from "../../../engine/task/event-reader.ts";
import { whenKnown } from "../../../engine/task/sealed-data.ts";
import type { MessageBody } from "../../../engine/workflow/records.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { SimulatedLog } from "../../support/simulated-log.ts";

const NAME = "millrace/function.failed";
const RECORD = { offset: 0, timestamp: 0, key: null, value: null, headers: {} };

let log: SimulatedLog;
let subjects: AppSubjects;

beforeEach(async () => {
  log = await SimulatedLog.open(new FakeClock());
  await log.createTopics([{ topic: "app.keys", partitions: 1, settings: { "cleanup.policy": "compact" } }]);
  subjects = new AppSubjects({ app: "app", topic: "app.keys", logger: silentLogger });
  await subjects.begin(log);
});

afterEach(async () => {
  await subjects.close();
  await log.close();
});

/** That says the event of the run that failed, and the error as a text. */
function failed(data: string): string {
  return JSON.stringify({ event: { data: 0 }, error: { message: data } }).replace(":0", `:${data}`);
}

function reading(data: string): unknown {
  const event = { id: "1", name: NAME, data, time: null, key: null, once: { by: "id", key: "1" } } as const;
  const reader: EventReader = { read: () => ({ ok: true, event }) };
  const read = subjects.openReading(reader).read("app.events", RECORD, 0);
  return read === null || read instanceof Promise || !read.ok ? read : JSON.parse(read.event.data);
}

test("who is given data gets what was sealed in it, and nothing of it once its subject is erased", async () => {
  const sealed = await subjects.seal("u1", '"Ada"');
  expect(reading(failed(sealed))).toEqual({ event: { data: "Ada" }, error: { message: '"Ada"' } });
  await subjects.erase("u1");
  expect(reading(failed(sealed))).toEqual({ event: { data: null }, error: { message: "erased" } });
});

test("a key that is not known yet is waited for, inside of them, too", async () => {
  const sealed = seal(newKey("0".repeat(32)), '"Ada"');
  // Nobody ever made it: that is known when the topic was looked at.
  const read = reading(failed(sealed));
  expect(read).toBeInstanceOf(Promise);
  await read;
  expect(reading(failed(sealed))).toMatchObject({ event: { data: null } });
});

test("a message is decided when keys inside of its events are known", async () => {
  const { promise: known, resolve } = Promise.withResolvers<void>();
  let opened: Opened = { kind: "unknown", known };
  const sealing = {
    open: (text: string): Opened => (readSealed(text) === null ? { kind: "open", text } : opened),
    isErased: () => false,
    sealLike: (_: string, text: string) => text,
  };
  const data = failed(seal(newKey("0".repeat(32)), '"Ada"'));
  const event = {
    id: "1",
    name: NAME,
    data,
    time: 0,
    key: null,
    topic: "t",
    partition: 0,
    offset: 0,
    appendedAt: 0,
    corrects: null,
    trace: null,
  };
  const body: MessageBody = { type: "ConsumeEvent", key: "k", event, isHandled: true };
  let isDecided = false;
  const waiting = whenKnown(sealing, body)?.then(() => (isDecided = true));
  expect(waiting).toBeDefined();
  expect(isDecided).toBe(false);
  opened = { kind: "open", text: '"Ada"' };
  resolve();
  await waiting;
  expect(whenKnown(sealing, body)).toBeNull();
});
