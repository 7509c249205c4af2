// Whether anybody looks at this page. A browser has six connections to a server, for all of its tabs together, and a stream takes one of them for as
// long as it is open: were tabs that nobody sees to keep theirs, the seventh could ask for nothing at all.

/** Who looks elsewhere for a moment only comes back to what has gone on. */
const AWAY_MS = 2_000;

export function isSeen(): boolean {
  return document.visibilityState === "visible";
}

/** Resolves when somebody looks at it, or when aborted. */
export function untilSeen(signal: AbortSignal): Promise<void> {
  if (isSeen() || signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const over = new AbortController();
    const look = (): void => {
      if (!isSeen() && !signal.aborted) return;
      over.abort();
      resolve();
    };
    document.addEventListener("visibilitychange", look, { signal: over.signal });
    signal.addEventListener("abort", look, { signal: over.signal });
  });
}

/** What is done with this signal is aborted with the one that is given, or when nobody has looked for a while. The caller ends it. */
export function whileSeen(signal: AbortSignal): { readonly signal: AbortSignal; readonly end: () => void } {
  const unseen = new AbortController();
  const over = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const look = (): void => {
    clearTimeout(timer);
    if (!isSeen()) timer = setTimeout(() => unseen.abort(), AWAY_MS);
  };
  document.addEventListener("visibilitychange", look, { signal: over.signal });
  look();
  return {
    signal: AbortSignal.any([signal, unseen.signal]),
    end: () => {
      over.abort();
      clearTimeout(timer);
    },
  };
}
