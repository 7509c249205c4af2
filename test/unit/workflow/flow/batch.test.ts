import { expect, test } from "vitest";
import { evolve } from "../../../../engine/workflow/evolve.ts";
import { batchIsFull, bytesOfEvent, hasRoomFor, MAX_BATCH_BYTES } from "../../../../engine/workflow/flow/counts/batch.ts";
import { held } from "../../../../engine/workflow/flow/held.ts";
import type { HeldEvents } from "../../../../engine/workflow/flow/state.ts";
import type { TriggerEvent } from "../../../../engine/workflow/records.ts";
import { emptyState } from "../../../../engine/workflow/state.ts";
import { T0 } from "../../../support/fake-clock.ts";
import { RUN, triggerEvent } from "../../../support/records.ts";

const spec = { maxSize: 3, timeoutMs: 1_000 };
const small = triggerEvent();

function batchOf(events: readonly TriggerEvent[]): Pick<HeldEvents, "events" | "bytes"> {
  return { events: [...events], bytes: events.reduce((sum, event) => sum + bytesOfEvent(event), 0) };
}

function ofBytes(bytes: number, character = "x"): ReturnType<typeof triggerEvent> {
  return triggerEvent({ data: JSON.stringify(character.repeat(Math.floor(bytes / Buffer.byteLength(character)))) });
}

test("a batch is full with the event that makes up its size", () => {
  expect(batchIsFull(batchOf([small]), spec, small)).toBe(false);
  expect(batchIsFull(batchOf([small, small]), spec, small)).toBe(true);
  // A smaller size came with a new manifest.
  expect(batchIsFull(batchOf([small, small, small, small]), spec, small)).toBe(true);
});

test("an event finds no room where all of them would take more than 1 MiB, as bytes and not as characters (R15)", () => {
  expect(hasRoomFor(batchOf([ofBytes(500_000)]), ofBytes(500_000))).toBe(true);
  expect(hasRoomFor(batchOf([ofBytes(500_000)]), ofBytes(600_000))).toBe(false);
  expect(hasRoomFor(batchOf([ofBytes(500_000, "水")]), ofBytes(600_000, "水"))).toBe(false);
});

test("the largest event has a batch of its own", () => {
  expect(hasRoomFor(batchOf([small]), ofBytes(MAX_BATCH_BYTES))).toBe(false);
  expect(hasRoomFor(batchOf([ofBytes(MAX_BATCH_BYTES)]), small)).toBe(false);
});

test("a batch is full, too, where another event like the last would find no room: nobody waits for the time-out in vain", () => {
  expect(batchIsFull(batchOf([ofBytes(300_000)]), spec, ofBytes(300_000))).toBe(false);
  expect(batchIsFull(batchOf([ofBytes(400_000)]), spec, ofBytes(400_000))).toBe(true);
});

test("what events take beside their data counts as well", () => {
  const bare = triggerEvent({ data: "0", key: "k".repeat(1_000) });
  expect(hasRoomFor(batchOf(new Array<typeof bare>(900).fill(bare)), bare)).toBe(true);
  expect(hasRoomFor(batchOf(new Array<typeof bare>(1_000).fill(bare)), bare)).toBe(false);
  const traced = triggerEvent({ data: "0", trace: `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01 a=${"x".repeat(500)}` });
  expect(hasRoomFor(batchOf(new Array<typeof traced>(2_000).fill(traced)), traced)).toBe(false);
});

test.each(["batch", "debounce", "singleton"] as const)(
  "what is held knows its size, and nothing is copied when more comes (%s)",
  (gate) => {
    const state = emptyState(0, 1);
    const [first, second] = [ofBytes(100), ofBytes(200)];
    evolve(state, held("k", gate, "f", RUN, first, T0), T0);
    const before = state.flow.held.get("k")?.events;
    evolve(state, held("k", gate, "f", RUN, second, T0), T0);
    const after = state.flow.held.get("k");
    expect(after).toMatchObject(batchOf(gate === "batch" ? [first, second] : [second]));
    expect(after?.events === before).toBe(gate === "batch");
  },
);
