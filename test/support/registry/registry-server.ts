// What a test holds of a real registry, whoever runs it (a JVM of ours, or a container).
import { setTimeout as pause } from "node:timers/promises";

export interface RegistryServer extends AsyncDisposable {
  /** Of its Confluent-compatible API, without a slash at the end. */
  readonly url: string;
  /** What it said, for people who look into a failure: a file, or the container's name. */
  readonly log: string;
  /** Dies without a word. Resolves when it is gone. */
  kill9(): Promise<void>;
  /** Stops answering while its sockets stay open. */
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  /** Starts again on the same data and port, after `kill9`. Resolves when it serves. */
  restart(): Promise<void>;
  /** Ends it for good and removes its data. Idempotent. */
  close(): Promise<void>;
}

export const CCOMPAT_PATH = "/apis/ccompat/v7";
const START_TIMEOUT_MS = 60_000;

/** Resolves when the registry answers. `isOver` says that it never will. */
export async function untilAnswering(url: string, isOver: () => boolean = () => false): Promise<void> {
  const late = AbortSignal.timeout(START_TIMEOUT_MS);
  while (!(await answers(url))) {
    if (isOver()) throw new Error("it ended while starting");
    if (late.aborted) throw new Error(`it did not answer within ${START_TIMEOUT_MS / 1_000} s`);
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/subjects`, { signal: AbortSignal.timeout(1_000) });
    if (response.ok) return true;
  } catch {
    // nobody listens yet
  }
  await pause(50);
  return false;
}
