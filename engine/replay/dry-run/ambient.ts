// The clock and the chance that user code sees while it is rehearsed: those of its own call, and of nobody else's in the process. What is not
// deterministic shows when a call sees others: a clock that is more than a year ahead, and the opposite of each throw of the dice.
//
// Replaced are `Date` and `Math.random`. Code that took hold of them before, `performance.now`, `process.hrtime`, `Intl` without a date and
// the random functions of `crypto` go by what they are; these differ from call to call by themselves, clocks by little.
import { AsyncLocalStorage } from "node:async_hooks";

export interface Ambient {
  readonly aheadMs: number;
  /** In [0, 1). */
  readonly random: () => number;
}

/** Year, month, day of the month and of the week, hour, minute and second are others. */
const AHEAD_MS = ((401 * 24 + 7) * 60 + 13) * 60_000 + 17_321;

const current = new AsyncLocalStorage<Ambient>();
const RealDate = Date;
const realRandom = Math.random;
let users = 0;

/** Replaces them until what it returns is called. */
export function replaceAmbient(): () => void {
  if (users++ === 0) {
    globalThis.Date = shiftedDate();
    Math.random = () => (current.getStore()?.random ?? realRandom)();
  }
  let isOver = false;
  return () => {
    if (isOver) return;
    isOver = true;
    if (--users > 0) return;
    globalThis.Date = RealDate;
    Math.random = realRandom;
  };
}

/** Calls it, and whatever it begins, with this clock and this chance. */
export function within<T>(ambient: Ambient, call: () => T): T {
  return current.run(ambient, call);
}

/** The clock as it is, and dice that fall for this run as they did before. */
export function plainAmbient(seed: string): Ambient {
  return { aheadMs: 0, random: dice(seed) };
}

export function otherAmbient(seed: string): Ambient {
  const throws = dice(seed);
  // What is 0 or next to it becomes next to 1, and never 1.
  return { aheadMs: AHEAD_MS, random: () => 1 - 2 ** -32 - throws() };
}

function now(): number {
  return RealDate.now() + (current.getStore()?.aheadMs ?? 0);
}

function shiftedDate(): DateConstructor {
  return new Proxy(RealDate, {
    construct: (target, given: readonly unknown[], made) => Reflect.construct(target, given.length === 0 ? [now()] : given, made) as object,
    apply: () => new RealDate(now()).toString(),
    get: (target, name) => (name === "now" ? now : (Reflect.get(target, name) as unknown)),
  });
}

/** Mulberry32: throws of 32 bits, and the same for the same seed. */
function dice(seed: string): () => number {
  let state = 0;
  for (let index = 0; index < seed.length; index++) state = (Math.imul(state, 31) + seed.charCodeAt(index)) | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
