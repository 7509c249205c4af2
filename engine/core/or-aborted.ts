// Waiting that a signal ends.

/** What `waiting` comes to, unless the signal aborts before. @throws the signal's reason; what `waiting` rejects with */
export async function orAborted<T>(waiting: Promise<T>, signal: AbortSignal): Promise<T> {
  // Where nobody waits any more, what it rejects with is nobody's.
  waiting.catch(() => {});
  signal.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = (): void => reject(signal.reason as Error);
  signal.addEventListener("abort", stop);
  try {
    return await Promise.race([waiting, promise]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
