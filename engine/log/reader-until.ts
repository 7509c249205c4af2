// A reader for a piece of work: closed where its scope ends, and by a signal before that.
import type { Log, PartitionReader, ReaderOptions } from "./log.ts";

/** `using reader = readerUntil(…)`. When the signal aborts, a `next` that waits rejects with `LOG_CLOSED`. */
export function readerUntil(
  log: Pick<Log, "openReader">,
  options: ReaderOptions,
  signal: AbortSignal | undefined,
): Pick<PartitionReader, "next"> & Disposable {
  const reader = log.openReader(options);
  const close = (): void => reader.close();
  signal?.addEventListener("abort", close);
  // It is told no second time.
  if (signal?.aborted === true) close();
  return {
    next: () => reader.next(),
    [Symbol.dispose]() {
      signal?.removeEventListener("abort", close);
      reader.close();
    },
  };
}
