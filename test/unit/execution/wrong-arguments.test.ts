// What a step cannot do with what it is given fails the run at once, and says what to write.
import { expect, test } from "vitest";
import type { Handler } from "../../../engine/execution/function.ts";
import type { WaitForEvent, WaitForSignal } from "../../../engine/execution/step-tools.ts";
import { Desk } from "../../support/desk.ts";

/** As code without types may give it. */
const untyped = (value: unknown): never => value as never;

test.each<[string, Handler, string, string]>([
  [
    "a misspelt match, which would wait for any event",
    ({ step }) => step.waitForEvent("s", { event: "a", mach: "data.id", timeout: "1s" } as WaitForEvent),
    "INVALID_STEP",
    'step "s": it has an unknown option "mach": did you mean match?',
  ],
  ["a wait without options", ({ step }) => step.waitForEvent("s", untyped(undefined)), "INVALID_STEP", "not undefined"],
  [
    "an unknown option of a wait for a signal",
    ({ step }) => step.waitForSignal("s", { signal: "a", timeout: "1s", onConflikt: "fail" } as WaitForSignal),
    "INVALID_STEP",
    "did you mean onConflict?",
  ],
  [
    "a signal's name that is too long",
    ({ step }) => step.waitForSignal("s", { signal: "x".repeat(5_000), timeout: "1s" }),
    "INVALID_STEP",
    `not "${"x".repeat(50)}…"`,
  ],
  [
    "an unknown option of an invocation",
    ({ step }) => step.invoke("s", untyped({ function: "g", detach: true })),
    "INVALID_STEP",
    "did you mean detached?",
  ],
  [
    "an unknown option of an iteration",
    ({ step }) => step.iterate("s", untyped({ from: 0, next: () => ({ cursor: 1, done: true }), everyItem: 2 })),
    "INVALID_STEP",
    "did you mean everyItems?",
  ],
  [
    "an unknown option of a step that runs",
    ({ step }) => step.run(untyped({ id: "s", retry: 2 }), () => 1),
    "INVALID_STEP",
    'unknown option "retry"',
  ],
  [
    "a promise as a branch of a race",
    ({ step }) => step.race({ a: untyped(Promise.resolve(1)) }),
    "INVALID_STEP",
    'step.race: branch "a" is a function that asks for its steps of the tools it is given, (step) => …, not a promise',
  ],
  ["a race of nothing", ({ step }) => step.race(untyped(undefined)), "INVALID_STEP", "step.race takes functions"],
  ["a promise as a task", ({ step }) => step.all([untyped(Promise.resolve(1))]), "INVALID_STEP", "step.all: task 0 is a function"],
  ["a task that is in no list", ({ step }) => step.all(untyped(() => 1)), "INVALID_STEP", "step.all takes functions"],
  ["an unknown option of all", ({ step }) => step.all([], untyped({ concurency: 2 })), "INVALID_STEP", "did you mean concurrency?"],
  ["an event that is none", ({ step }) => step.sendEvent("s", untyped(undefined)), "INVALID_EVENT", "not undefined"],
  ["one among events that is none", ({ step }) => step.sendEvent("s", [untyped(null)]), "INVALID_EVENT", "not null"],
  ["a sleep without a duration", ({ step }) => step.sleep("s", untyped(undefined)), "INVALID_DURATION", "undefined is not a duration"],
])("%s is not tried again, and told of", async (_, handler, code, problem) => {
  let thrown: unknown;
  const desk = await new Desk(async (context) => {
    try {
      await handler(context);
    } catch (error) {
      thrown = error;
      throw error;
    }
  })
    .start()
    .play();
  expect(thrown).toMatchObject({ name: "ConfigurationError", code });
  expect((thrown as Error).message).toContain(problem);
  expect(desk.types).toContain("RunFailed");
  expect(desk.types.filter((type) => type.includes("Retr") || type.startsWith("Step"))).toEqual([]);
});
