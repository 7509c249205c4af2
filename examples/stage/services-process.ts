// The services in a process of their own, and their books.
import { fork } from "node:child_process";
import { once } from "node:events";
import type { Request } from "../services/books.ts";

export interface ServicesProcess extends AsyncDisposable {
  readonly url: string;
  /** Every request that they got. */
  requests(): Promise<readonly Request[]>;
}

/** `script` calls `serve`. */
export async function startServices(script: string): Promise<ServicesProcess> {
  const child = fork(script);
  const [url] = (await once(child, "message")) as [string];
  return {
    url,
    requests: async () => (await (await fetch(`${url}/books`)).json()) as Request[],
    [Symbol.asyncDispose]: async () => {
      const gone = once(child, "close");
      if (child.kill("SIGKILL")) await gone;
    },
  };
}
