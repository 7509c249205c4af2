// Side effects counted outside of the workers: a tiny HTTP server in the test's process, which outlives them all.
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A step's body that began: what the worker says of it. */
export interface Effect {
  readonly pid: number;
  readonly run: string;
  readonly functionId: string;
  readonly eventId: string;
  /** The step's key, `id#occurrence`. */
  readonly step: string;
  readonly attempt: number;
  /** When the body began, milliseconds since 1970 by the worker's machine, which is the broker's as well. */
  readonly at: number;
}

export interface EffectCounter extends AsyncDisposable {
  readonly url: string;
  /** In the order of their arrival. */
  readonly effects: readonly Effect[];
  /** From now on an effect is answered when this resolves: its step is executing until then. */
  answerWhen(ready: (effect: Effect) => Promise<void>): void;
}

export async function startEffectCounter(): Promise<EffectCounter> {
  const effects: Effect[] = [];
  let ready: ((effect: Effect) => Promise<void>) | null = null;

  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const effect = JSON.parse(Buffer.concat(chunks).toString()) as Effect;
    effects.push(effect);
    await ready?.(effect);
    response.writeHead(204).end();
  }

  const server = createServer((request, response) => {
    // A worker that is killed while it talks is what these tests are about.
    take(request, response).catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    effects,
    answerWhen: (wait) => {
      ready = wait;
    },
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
