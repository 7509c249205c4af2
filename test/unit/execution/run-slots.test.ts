import { expect, test } from "vitest";
import { RunSlots } from "../../../engine/execution/in-process/run-slots.ts";

class Run {
  asked = 0;
  readonly given: number[] = [];
  readonly begun: string[] = [];
  readonly slots: RunSlots;

  constructor(held: number, asked = 0) {
    this.slots = new RunSlots(
      { held, asked },
      {
        ask: (count) => {
          this.asked += count;
        },
        giveBack: (count) => this.given.push(count),
      },
    );
  }

  begin(step: string): void {
    if (this.slots.take({ slotted: () => this.begun.push(step) })) this.begun.push(step);
  }
}

/** Microtasks that are due have run. */
async function quiet(run: Run): Promise<void> {
  run.slots.quiet();
  await Promise.resolve();
  await Promise.resolve();
}

test("a slot that went back, and is given again, serves the step that asked for it", async () => {
  const run = new Run(1);
  run.begin("first attempt");
  run.slots.ended();
  await quiet(run);
  expect(run.given).toEqual([1]);
  run.begin("second attempt");
  expect(run.asked).toBe(1);
  run.slots.changed(1);
  expect(run.begun).toEqual(["first attempt", "second attempt"]);
});

test("a slot that the record gave to others when its step ended is not given back as well", async () => {
  const run = new Run(2);
  run.begin("one");
  run.begin("two");
  run.slots.ended();
  run.slots.quiet();
  run.slots.changed(-1);
  await Promise.resolve();
  expect(run.given).toEqual([]);
});

test("the next step has the slot of the one that ended, unless the record gave it to others", async () => {
  const run = new Run(1);
  run.begin("one");
  run.begin("two");
  run.slots.ended();
  run.slots.changed(-1);
  await Promise.resolve();
  expect(run.begun).toEqual(["one"]);
  run.slots.changed(1);
  run.begin("three");
  run.slots.ended();
  await Promise.resolve();
  expect(run.begun).toEqual(["one", "two", "three"]);
});

test("what steps of an earlier owner asked for is not asked for again", () => {
  const run = new Run(1, 1);
  for (const step of ["one", "two", "three"]) run.begin(step);
  expect(run.asked).toBe(1);
});

test("each step asks for one, though some that were given are on their way", () => {
  const run = new Run(0);
  run.begin("one");
  run.begin("two");
  run.slots.changed(1);
  run.begin("three");
  expect(run.asked).toBe(3);
});

test("a slot that came for a step that was called off goes back", async () => {
  const run = new Run(0);
  const user = { slotted: () => expect.unreachable("it was called off") };
  run.slots.take(user);
  run.slots.calledOff(user);
  run.slots.changed(1);
  await quiet(run);
  expect(run.given).toEqual([1]);
});

test("a slot that was given before a run rested, and is told of after, is none: the record took it back", () => {
  const run = new Run(1, 1);
  run.slots.rests();
  run.slots.changed(1);
  run.slots.rested(true);
  run.begin("one");
  expect(run.begun).toEqual([]);
  expect(run.asked).toBe(1);
  run.slots.changed(1);
  expect(run.begun).toEqual(["one"]);
});

test("a run whose rest was refused has its slots still", () => {
  const run = new Run(1, 1);
  run.slots.rests();
  run.slots.changed(1);
  run.begin("one");
  expect(run.begun).toEqual([]);
  run.slots.rested(false);
  expect(run.begun).toEqual(["one"]);
  run.begin("two");
  expect(run.begun).toEqual(["one", "two"]);
});
