import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { untilSeen, whileSeen } from "../../../web/src/api/looked-at.ts";

/** What the browser says of its tab. */
class TabOf extends EventTarget {
  visibilityState = "visible";

  turn(to: "visible" | "hidden"): void {
    this.visibilityState = to;
    this.dispatchEvent(new Event("visibilitychange"));
  }
}

let tab: TabOf;
beforeEach(() => {
  vi.useFakeTimers();
  tab = new TabOf();
  vi.stubGlobal("document", tab);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("a tab that nobody looks at for a while gives up its connection; who looks away for a moment only keeps it", async () => {
  const { signal } = whileSeen(new AbortController().signal);
  tab.turn("hidden");
  await vi.advanceTimersByTimeAsync(1_500);
  tab.turn("visible");
  await vi.advanceTimersByTimeAsync(60_000);
  expect(signal.aborted).toBe(false);
  tab.turn("hidden");
  await vi.advanceTimersByTimeAsync(2_000);
  expect(signal.aborted).toBe(true);
});

test("what was ended is not aborted behind its caller's back, and holds no timer", async () => {
  const { signal, end } = whileSeen(new AbortController().signal);
  tab.turn("hidden");
  end();
  expect(vi.getTimerCount()).toBe(0);
  tab.turn("visible");
  tab.turn("hidden");
  await vi.advanceTimersByTimeAsync(60_000);
  expect(signal.aborted).toBe(false);
});

test("a tab that is opened behind others waits until somebody looks at it, or until it is over", async () => {
  tab.turn("hidden");
  const leaving = new AbortController();
  let seen = 0;
  const one = untilSeen(new AbortController().signal).then(() => (seen += 1));
  const other = untilSeen(leaving.signal);
  leaving.abort();
  await other;
  expect(seen).toBe(0);
  tab.turn("visible");
  await one;
  expect(seen).toBe(1);
});
