// Time as a port, so that tests and users' tests can hold it.

export interface Clock {
  /** Milliseconds on a scale that never goes back; its zero means nothing. */
  monotonicMs(): number;
  /** Milliseconds since 1970, as this machine believes. */
  wallMs(): number;
  /** Calls back once after `delayMs`. Returns a function that forgets about it. Does not keep the process alive. */
  setTimer(delayMs: number, callback: () => void): () => void;
  /** Calls back again and again, for housekeeping that nothing depends on. Returns a function that ends it. */
  every(periodMs: number, callback: () => void): () => void;
}

const MAX_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  setTimer(delayMs, callback) {
    const timer = setTimeout(callback, Math.min(Math.max(delayMs, 0), MAX_TIMER_MS)).unref();
    return () => clearTimeout(timer);
  },
  every(periodMs, callback) {
    const timer = setInterval(callback, periodMs).unref();
    return () => clearInterval(timer);
  },
};
