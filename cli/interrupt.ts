// Ctrl-C, as a command hears it that has something to bring to an end, or to say how to go on.
import { Interrupted } from "./exit-codes.ts";
import { untilDone } from "./unread-output.ts";

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

export interface Interrupt extends Disposable {
  readonly signal: AbortSignal;
}

/** Until it is disposed of, the first Ctrl-C aborts `signal` and nothing else; a second one ends the process at once, as it would without this. */
export function hearInterrupt(): Interrupt {
  const interrupt = new AbortController();
  const work = untilDone();
  const silence = (): void => {
    for (const name of SIGNALS) process.removeListener(name, hear);
  };
  const hear = (): void => {
    // Not only the one that came: whoever is asked twice, in whatever way, is to end.
    silence();
    interrupt.abort();
  };
  for (const name of SIGNALS) process.on(name, hear);
  return {
    signal: interrupt.signal,
    [Symbol.dispose]() {
      silence();
      work[Symbol.dispose]();
    },
  };
}

/** `goOn`: what to say where it was interrupted, mostly the command that goes on. @throws Interrupted; what `work` throws otherwise */
export async function interruptible<Result>(goOn: () => string, work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  using interrupt = hearInterrupt();
  const { signal } = interrupt;
  try {
    return await work(signal);
  } catch (error) {
    // Whatever it throws then, it throws since it was stopped.
    if (signal.aborted) throw new Interrupted(goOn());
    throw error;
  }
}
