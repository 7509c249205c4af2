import { expect, test } from "vitest";
import { RunSlots } from "../../../engine/execution/in-process/run-slots.ts";

class Run {
  readonly asked: number[] = [];
  readonly given: number[] = [];
  readonly begun: string[] = [];
  readonly slots: RunSlots;

  constructor(held: number) {
    this.slots = new RunSlots(held, { ask: (count) => this.asked.push(count), giveBack: (count) => this.given.push(count) });
  }

  begin(step: string): void {
    if (this.slots.take({ slotted: () => this.begun.push(step) })) this.begun.push(step);
  }
}

test("a slot that went back, and is given again, serves the step that asked for it", async () => {
  const run = new Run(1);
  run.begin("first attempt");
  run.slots.ended();
  await Promise.resolve();
  run.slots.quiet();
  expect(run.given).toEqual([1]);
  run.slots.changed(-1);
  run.begin("second attempt");
  expect(run.asked).toEqual([1]);
  run.slots.changed(1);
  expect(run.begun).toEqual(["first attempt", "second attempt"]);
});

test("a slot that went back, and was taken at the same time, is gone once", () => {
  const run = new Run(1);
  run.begin("one");
  run.slots.ended();
  run.slots.quiet();
  // What the run gives back is none any more: the record gave it to others when the step ended.
  run.slots.changed(-1);
  run.begin("two");
  run.slots.changed(1);
  expect(run.begun).toEqual(["one", "two"]);
});

test("what the record takes is not what was given back before", () => {
  const run = new Run(2);
  run.begin("one");
  run.slots.quiet();
  expect(run.given).toEqual([1]);
  run.slots.changed(-1);
  run.slots.ended();
  run.slots.changed(-1);
  run.begin("two");
  expect(run.begun).toEqual(["one"]);
  run.slots.changed(1);
  expect(run.begun).toEqual(["one", "two"]);
});
