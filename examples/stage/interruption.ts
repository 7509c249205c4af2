// Ctrl-C and its like end a demo, but not its cleaning up; twice ends that too.

/** The exit code of what was ended so. */
export const INTERRUPTED = 130;

/** Resolves with the exit code when it comes. */
export function interruption(): Promise<typeof INTERRUPTED> {
  const { promise, resolve } = Promise.withResolvers<typeof INTERRUPTED>();
  let isAsked = false;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      if (isAsked) process.exit(INTERRUPTED);
      isAsked = true;
      resolve(INTERRUPTED);
    });
  }
  return promise;
}
