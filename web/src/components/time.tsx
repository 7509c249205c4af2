// A time, as long ago as it is; exactly where the pointer rests.
import { useSyncExternalStore, type ReactElement } from "react";

import { serverNow } from "../api/server-clock.ts";
import { exactTime, fromNow, isTime } from "../text/time.ts";

export function Time({ at, none = "–" }: { readonly at: number | null; readonly none?: string }): ReactElement {
  const now = useNow();
  if (at === null || !isTime(at)) return <span className="quiet">{none}</span>;
  return (
    <time dateTime={new Date(at).toISOString()} title={exactTime(at)}>
      {fromNow(at, now)}
    </time>
  );
}

/** Milliseconds since 1970, to the second; all who look at it share one timer. */
export function useNow(): number {
  return useSyncExternalStore(tick, seconds) * 1_000;
}

const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | null = null;

function seconds(): number {
  return Math.floor(serverNow() / 1_000);
}

function tick(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    for (const each of listeners) each();
  }, 1_000);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0 || timer === null) return;
    clearInterval(timer);
    timer = null;
  };
}
