// A network between a command and its server that loses answers, or breaks.
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";

export class BadNetwork implements AsyncDisposable {
  readonly #proxy: Server;
  readonly #open = new Set<Socket>();
  #isDown = false;
  /** The next request with these words is heard, and its answer is not. */
  #unanswered: { readonly words: string; readonly heard: PromiseWithResolvers<Held> } | null = null;

  private constructor(port: number) {
    this.#proxy = createServer((client) => this.#carry(client, connect({ port, host: "localhost", autoSelectFamily: true })));
  }

  /** To the server on that port of this machine. */
  static async to(port: number): Promise<BadNetwork> {
    const network = new BadNetwork(port);
    await new Promise<void>((resolve) => network.#proxy.listen(0, "127.0.0.1", resolve));
    return network;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#proxy.address() as AddressInfo).port}`;
  }

  /** Resolves when the server has answered the next request with `words` in it: what becomes of the answer is up to the caller. */
  answerOf(words: string): Promise<Held> {
    const heard = Promise.withResolvers<Held>();
    this.#unanswered = { words, heard };
    return heard.promise;
  }

  /** All that is open breaks, and nobody comes through any more. */
  breakDown(): void {
    this.#isDown = true;
    for (const socket of this.#open) socket.destroy();
  }

  mend(): void {
    this.#isDown = false;
  }

  #carry(client: Socket, server: Socket): void {
    const ends = [client, server];
    for (const end of ends) {
      this.#open.add(end);
      end.on("error", () => {});
      end.on("close", () => {
        this.#open.delete(end);
        for (const other of ends) other.destroy();
      });
    }
    if (this.#isDown) return void client.destroy();
    let awaited: PromiseWithResolvers<Held> | null = null;
    client.on("data", (chunk: Buffer) => {
      if (this.#unanswered !== null && chunk.includes(this.#unanswered.words)) {
        awaited = this.#unanswered.heard;
        this.#unanswered = null;
      }
      server.write(chunk);
    });
    let held: Buffer[] | null = null;
    const pass = (): void => {
      for (const chunk of held ?? []) client.write(chunk);
      held = null;
    };
    server.on("data", (chunk: Buffer) => {
      if (held !== null) return void held.push(chunk);
      if (awaited === null) return void client.write(chunk);
      held = [chunk];
      awaited.resolve({ lose: () => client.destroy(), pass });
      awaited = null;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.breakDown();
    await new Promise<void>((resolve) => this.#proxy.close(() => resolve()));
  }
}

/** An answer that is under way. */
export interface Held {
  readonly lose: () => void;
  readonly pass: () => void;
}
