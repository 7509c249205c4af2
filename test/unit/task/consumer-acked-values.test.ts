import { expect, test } from "vitest";
import { AckedValues } from "../../../engine/task/consumer/acked-values.ts";
import { setValue } from "../../../engine/workflow/consumer/consume.ts";
import { emptyConsumer } from "../../../engine/workflow/consumer/state.ts";
import type { EventConsumed } from "../../../engine/workflow/records.ts";

function consumed(key: string, value: string | null): EventConsumed {
  return { type: "EventConsumed", key, event: null, owed: null, values: [{ store: "s", value }] };
}

test("what is asked for is what is acknowledged, however far the state is ahead", () => {
  const state = { consumer: emptyConsumer() };
  const acked = new AckedValues(state);
  const record = (one: EventConsumed): EventConsumed => {
    acked.recording(one);
    for (const { store, value } of one.values) setValue(state.consumer.stores, store, one.key, value);
    return one;
  };
  const entries = (): object => Object.fromEntries(acked.entries("s"));
  const records = [record(consumed("a", "1")), record(consumed("a", "2")), record(consumed("b", "9")), record(consumed("a", null))];
  expect([acked.get("s", "a"), entries()]).toEqual([undefined, {}]);
  const seen = records.map((one) => {
    acked.acknowledged(one);
    return [acked.get("s", "a"), entries()];
  });
  expect(seen).toEqual([
    ["1", { a: "1" }],
    ["2", { a: "2" }],
    ["2", { a: "2", b: "9" }],
    [undefined, { b: "9" }],
  ]);
});

test("what is restored takes the place of what was there", () => {
  const state = { consumer: emptyConsumer() };
  const acked = new AckedValues(state);
  state.consumer = emptyConsumer();
  setValue(state.consumer.stores, "s", "a", "1");
  expect(acked.get("s", "a")).toBe("1");
});
