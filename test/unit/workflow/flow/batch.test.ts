import { expect, test } from "vitest";
import { batchIsFull, hasRoomFor, MAX_BATCH_BYTES } from "../../../../engine/workflow/flow/batch.ts";
import { triggerEvent } from "../../../support/records.ts";

const spec = { maxSize: 3, timeoutMs: 1_000 };
const small = triggerEvent();

function ofBytes(bytes: number, character = "x"): ReturnType<typeof triggerEvent> {
  return triggerEvent({ data: JSON.stringify(character.repeat(Math.floor(bytes / Buffer.byteLength(character)))) });
}

test("a batch is full with the event that makes up its size", () => {
  expect(batchIsFull({ events: [small] }, spec, small)).toBe(false);
  expect(batchIsFull({ events: [small, small] }, spec, small)).toBe(true);
  // A smaller size came with a new manifest.
  expect(batchIsFull({ events: [small, small, small, small] }, spec, small)).toBe(true);
});

test("an event finds no room where all of them would take more than 1 MiB, as bytes and not as characters (R15)", () => {
  expect(hasRoomFor({ events: [ofBytes(500_000)] }, ofBytes(500_000))).toBe(true);
  expect(hasRoomFor({ events: [ofBytes(500_000)] }, ofBytes(600_000))).toBe(false);
  expect(hasRoomFor({ events: [ofBytes(500_000, "水")] }, ofBytes(600_000, "水"))).toBe(false);
});

test("the largest event has a batch of its own", () => {
  expect(hasRoomFor({ events: [small] }, ofBytes(MAX_BATCH_BYTES))).toBe(false);
  expect(hasRoomFor({ events: [ofBytes(MAX_BATCH_BYTES)] }, small)).toBe(false);
});

test("a batch is full, too, where another event like the last would find no room: nobody waits for the time-out in vain", () => {
  expect(batchIsFull({ events: [ofBytes(300_000)] }, spec, ofBytes(300_000))).toBe(false);
  expect(batchIsFull({ events: [ofBytes(400_000)] }, spec, ofBytes(400_000))).toBe(true);
});

test("what events take beside their data counts as well", () => {
  const bare = triggerEvent({ data: "0", key: "k".repeat(1_000) });
  expect(hasRoomFor({ events: new Array<typeof bare>(900).fill(bare) }, bare)).toBe(true);
  expect(hasRoomFor({ events: new Array<typeof bare>(1_000).fill(bare) }, bare)).toBe(false);
});
