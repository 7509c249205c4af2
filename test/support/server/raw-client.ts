// A client that does what no library would: bytes on a socket, as slow and as wrong as a test wants them.
import { connect, type Socket } from "node:net";

export class RawClient implements Disposable {
  readonly #socket: Socket;
  #text = "";
  #tail = "";
  readonly #closed: Promise<void>;
  #wake = Promise.withResolvers<void>();

  constructor(port: number) {
    this.#socket = connect({ port, host: "127.0.0.1" });
    this.#socket.on("data", (chunk) => {
      const text = chunk.toString("latin1");
      this.#text += text;
      this.#tail = (this.#tail + text).slice(-16);
      this.#changed();
    });
    this.#socket.on("error", () => {});
    this.#closed = new Promise((resolve) => {
      this.#socket.on("close", () => {
        resolve();
        this.#changed();
      });
    });
  }

  /** Resolves when it is with the kernel. */
  async write(bytes: string | Buffer): Promise<void> {
    await new Promise<void>((resolve) => this.#socket.write(bytes, () => resolve()));
  }

  /** A request line and headers, with what every request has. */
  async request(line: string, headers: Readonly<Record<string, string>> = {}): Promise<void> {
    const all = { host: "localhost", ...headers };
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
    await this.write(`${line} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`);
  }

  get text(): string {
    return this.#text;
  }

  /** Its last characters: of a long text, looking at its end costs all of it. */
  get tail(): string {
    return this.#tail;
  }

  /** Of the first answer; null before it. */
  get status(): number | null {
    const status = /^HTTP\/1\.1 (\d+)/.exec(this.#text)?.[1];
    return status === undefined ? null : Number(status);
  }

  /** Resolves when what came so far is as wanted, or when the connection is closed. */
  async until(isSo: (client: this) => boolean): Promise<void> {
    while (!isSo(this) && !this.isClosed) await this.#wake.promise;
  }

  get isClosed(): boolean {
    return this.#socket.closed;
  }

  /** Resolves when the server has closed it. */
  async closed(): Promise<void> {
    await this.#closed;
  }

  /** Reads nothing more, but stays. A connection that is closed meanwhile is known to be when it reads on. */
  stopReading(): void {
    this.#socket.pause();
  }

  readOn(): void {
    this.#socket.resume();
  }

  /** Cut off, without a good-bye. */
  [Symbol.dispose](): void {
    this.#socket.destroy();
  }

  #changed(): void {
    this.#wake.resolve();
    this.#wake = Promise.withResolvers<void>();
  }
}
