// What a record says by the task's reader, within the app's limits, and for those who can wait for it.
import { describe, expect, test } from "vitest";
import { sealedBytes } from "../../../engine/core/sealed-size.ts";
import type { StoredRecord } from "../../../engine/log/log.ts";
import { seal } from "../../../engine/sealing/cipher.ts";
import { newKey } from "../../../engine/sealing/key-record.ts";
import type { EventReader } from "../../../engine/task/event-reader.ts";
import { jsonEvents, readEvent, readEventInTime } from "../../../engine/task/read-event.ts";
import { deferred } from "../../support/deferred.ts";

const PLACE = { topic: "t", partition: 0 };
const headers = { ce_type: Buffer.from("a"), ce_id: Buffer.from("1") };

function record(value: string): StoredRecord {
  return { offset: 0, timestamp: 0, key: null, value: Buffer.from(value), headers };
}

/** As of a schema that makes more of what was written. */
function growing(data: string): EventReader {
  return {
    read: (_, { key }) => ({
      ok: true,
      event: { id: "1", name: "a", data, time: null, key: key?.toString() ?? null, once: { by: "id", key: "1" } },
    }),
  };
}

describe("an event that is too large for a frame is refused (R15)", () => {
  test("by its record", () => {
    const read = readEvent({ reader: jsonEvents, maxEventBytes: 10 }, PLACE, record('"0123456789"'));
    expect(read).toMatchObject({ ok: false, code: "EVENT_TOO_LARGE" });
  });

  test("by its data as JSON, which may be larger than what stands in the topic", () => {
    const text = JSON.stringify("é".repeat(10));
    const reading = (maxEventBytes: number): unknown => readEvent({ reader: growing(text), maxEventBytes }, PLACE, record("1"));
    expect(reading(22)).toMatchObject({ ok: true });
    expect(reading(21)).toMatchObject({ ok: false, code: "EVENT_TOO_LARGE", reason: "the event has 22 bytes; the limit is 21" });
  });
});

test("what is sealed counts as what was sent, and is a third larger (R15)", () => {
  const maxEventBytes = 1_000;
  const seals = (bytes: number): string => seal(newKey("0".repeat(32)), JSON.stringify("é".repeat((bytes - 2) / 2)));
  const reading = (bytes: number): unknown => readEvent({ reader: jsonEvents, maxEventBytes }, PLACE, record(seals(bytes)));
  expect(seals(maxEventBytes).length).toBeGreaterThan(maxEventBytes * 1.3);
  expect(reading(maxEventBytes)).toMatchObject({ ok: true });
  expect(reading(maxEventBytes * 1.2)).toMatchObject({ ok: false, code: "EVENT_TOO_LARGE" });
  for (const bytes of [2, 4, 6, 500, 502, 504, 100_000]) expect(seals(bytes).length).toBeLessThanOrEqual(sealedBytes(bytes));
});

describe("who can wait for a record", () => {
  test("gets it once it can be read", async () => {
    const known = deferred<void>();
    let isKnown = false;
    const reader: EventReader = {
      read: (topic, stored, partition) => (isKnown ? jsonEvents.read(topic, stored, partition) : known.promise),
    };
    const reading = readEventInTime({ reader, maxEventBytes: 100 }, PLACE, record("1"), new AbortController().signal);
    isKnown = true;
    known.resolve();
    expect(await reading).toMatchObject({ ok: true, event: { data: "1" } });
  });

  test("waits no longer than it is wanted", async () => {
    const stop = new AbortController();
    const reader: EventReader = { read: () => new Promise<void>(() => {}) };
    const reading = readEventInTime({ reader, maxEventBytes: 100 }, PLACE, record("1"), stop.signal);
    stop.abort(new Error("the task is over"));
    await expect(reading).rejects.toThrow("the task is over");
  });
});
