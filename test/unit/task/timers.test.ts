import { expect, test } from "vitest";
import { FakeClock, T0 } from "../../support/fake-clock.ts";
import { LogClock } from "../../../engine/task/log-clock.ts";
import { Timers } from "../../../engine/task/timers.ts";
import { evolve } from "../../../engine/workflow/evolve.ts";
import { gateKey } from "../../../engine/workflow/flow/keys.ts";
import { emptyState } from "../../../engine/workflow/state.ts";
import { RUN, runsStarted, sleepStarted } from "../../support/records.ts";

test("sleeps that runs left behind when they ended are forgotten, and those that hold are kept (R16)", () => {
  const state = emptyState(0, 1);
  const clock = new FakeClock();
  const timers = new Timers(state, clock, new LogClock(clock), () => {});
  for (let n = 0; n < 30_000; n++) {
    evolve(state, runsStarted(), T0);
    evolve(state, sleepStarted("timeout", T0 + 1_000_000), T0);
    timers.arm();
    evolve(state, { type: "RunCompleted", run: RUN, output: null }, T0);
  }
  expect(state.timers.size).toBeLessThan(15_000);
  evolve(state, runsStarted(), T0);
  evolve(state, sleepStarted("kept", T0 + 5), T0);
  for (let n = 0; n < 20_000; n++) state.timers.push({ kind: "run", at: T0 + 9, run: RUN });
  timers.arm();
  expect(state.timers.takeDue(T0 + 5)).toMatchObject({ run: RUN, step: "kept#0" });
});

test("a line whose limit opens by time alone is woken, whatever was forgotten meanwhile", () => {
  const state = emptyState(0, 1);
  const clock = new FakeClock();
  const timers = new Timers(state, clock, new LogClock(clock), () => {});
  const key = gateKey("throttle", "f", "");
  state.flow.waiting.arm(key, T0 + 60_000, T0);
  state.timers.push({ kind: "flow", at: T0 + 60_000, key });
  for (let n = 0; n < 30_000; n++) state.timers.push({ kind: "run", at: T0 + 90_000, run: RUN });
  timers.arm();
  expect(state.timers.size).toBe(1);
  expect(state.timers.takeDue(T0 + 60_000)).toMatchObject({ kind: "flow", key });
});
