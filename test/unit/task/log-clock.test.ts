// The log is the clock (DESIGN §8): what a worker believes of the time follows from the stamps in acks, never from its machine.
import fc from "fast-check";
import { expect, test } from "vitest";
import { LogClock } from "../../../engine/task/log-clock.ts";
import { FakeClock, skewed, T0 } from "../../support/fake-clock.ts";
import { rounds } from "../../support/rounds.ts";

const HOUR = 3_600_000;

test("until the log has told its time, it is the machine's, and known to be no more than that", () => {
  const clock = new FakeClock(T0);
  const logClock = new LogClock(skewed(clock, HOUR));
  expect(logClock.now()).toBe(T0 + HOUR);
  expect(logClock.isLearned).toBe(false);
});

test.each([HOUR, -HOUR])("one stamp sets a machine right that is %i ms wrong", (offBy) => {
  const clock = new FakeClock(T0);
  const machine = skewed(clock, offBy);
  const logClock = new LogClock(machine);
  logClock.observe(T0, machine.monotonicMs(), machine.monotonicMs());
  expect(logClock.isLearned).toBe(true);
  expect(logClock.now()).toBe(T0);
  clock.skip(1_500);
  expect(logClock.now()).toBe(T0 + 1_500);
});

test("the machine's clock may be set while it runs: the time goes on as it did, and is doubted until the log is asked again", () => {
  const clock = new FakeClock(T0);
  const logClock = new LogClock(clock);
  logClock.observe(T0, clock.monotonicMs(), clock.monotonicMs());
  clock.setWall(T0 + HOUR);
  expect(logClock.now()).toBe(T0);
  expect(logClock.isDoubtful()).toBe(true);
  logClock.observe(T0 + 3, clock.monotonicMs(), clock.monotonicMs());
  expect(logClock.isDoubtful()).toBe(false);
  expect(logClock.now()).toBe(T0 + 3);
});

test("a machine that slept is doubted: monotonic time stood still meanwhile", () => {
  const clock = new FakeClock(T0);
  const logClock = new LogClock(clock);
  logClock.observe(T0, clock.monotonicMs(), clock.monotonicMs());
  expect(logClock.isDoubtful()).toBe(false);
  clock.setWall(clock.wallMs() + 900);
  expect(logClock.isDoubtful()).toBe(false);
  clock.setWall(clock.wallMs() + 200);
  expect(logClock.isDoubtful()).toBe(true);
});

test("a clock that ran ahead is set back when a stamp proves it", () => {
  const clock = new FakeClock(T0);
  const logClock = new LogClock(clock);
  const at = clock.monotonicMs();
  logClock.observe(T0, at, at);
  logClock.observe(T0 - 40, at, at + 10);
  expect(logClock.now()).toBe(T0 - 50);
});

test("a log without a clock of its own leaves the machine's", () => {
  const clock = new FakeClock(T0);
  const logClock = new LogClock(clock);
  logClock.observe(null, 0, 0);
  expect(logClock.isLearned).toBe(false);
  clock.setWall(T0 + 7_000);
  logClock.observe(null, 0, 0);
  expect(logClock.now()).toBe(T0 + 7_000);
});

interface Ack {
  readonly waitMs: number;
  readonly thereMs: number;
  readonly backMs: number;
}

const ack: fc.Arbitrary<Ack> = fc.record({ waitMs: fc.nat(5_000), thereMs: fc.nat(400), backMs: fc.nat(400) });

test("whatever appends take, it is never ahead of the log, and behind it by no more than the fastest answer took", () => {
  fc.assert(
    fc.property(fc.integer({ min: -2 * HOUR, max: 2 * HOUR }), fc.array(ack, { minLength: 1, maxLength: 20 }), (offBy, acks) => {
      const clock = new FakeClock(T0);
      const machine = skewed(clock, offBy);
      const logClock = new LogClock(machine);
      let fastest = Number.POSITIVE_INFINITY;
      for (const { waitMs, thereMs, backMs } of acks) {
        clock.skip(waitMs);
        const sentAt = machine.monotonicMs();
        clock.skip(thereMs);
        const stamp = clock.wallMs();
        clock.skip(backMs);
        logClock.observe(stamp, sentAt, machine.monotonicMs());
        fastest = Math.min(fastest, backMs);
        expect(logClock.now()).toBeLessThanOrEqual(clock.wallMs());
        expect(logClock.now()).toBeGreaterThanOrEqual(clock.wallMs() - fastest);
      }
    }),
    rounds(200),
  );
});
