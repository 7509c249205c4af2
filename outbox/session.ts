// A relay's connection: whoever asks the database is answered within a time, and hears that the connection is lost.
import type { Connection, Queries } from "./postgres.ts";

export interface SessionOptions {
  readonly connect: () => Promise<Connection>;
  /** A database that says nothing for so long is taken for gone: its machine may be. */
  readonly answerMs: number;
  /** The database tells something, or is gone. */
  readonly onNews: () => void;
}

const FAREWELL_MS = 1_000;
/** How soon the database finds out that this machine is gone, and gives the relay's lock to another. Else two hours may pass. */
const KEEPALIVE = { tcp_keepalives_idle: 10, tcp_keepalives_interval: 5, tcp_keepalives_count: 3, tcp_user_timeout: 25_000 } as const;

export class Session implements Queries {
  readonly #connection: Connection;
  readonly #answerMs: number;
  #lost: Error | null = null;

  /** @throws what the driver throws, Error where the database does not answer */
  static async open(options: SessionOptions): Promise<Session> {
    const connecting = options.connect();
    try {
      const session = new Session(await within(options.answerMs, connecting), options);
      const settings = Object.entries(KEEPALIVE).map(([name, value]) => `set_config('${name}', '${value}', false)`);
      await session.query(`select ${settings.join(", ")}`);
      return session;
    } catch (error) {
      // It may come yet.
      connecting.then(end, () => {});
      throw error;
    }
  }

  private constructor(connection: Connection, { answerMs, onNews }: SessionOptions) {
    this.#connection = connection;
    this.#answerMs = answerMs;
    const lose = (why: Error): void => {
      this.#lost ??= why;
      onNews();
    };
    connection.on("error", lose);
    connection.on("end", () => lose(new Error("the connection ended")));
    connection.on("notification", onNews);
  }

  throwIfLost(): void {
    if (this.#lost !== null) throw this.#lost;
  }

  /** @throws what the driver throws, Error where the database does not answer */
  query(text: string, values?: readonly unknown[]): ReturnType<Queries["query"]> {
    return within(this.#answerMs, this.#connection.query(text, values));
  }

  async close(): Promise<void> {
    await end(this.#connection);
  }
}

/** A database that does not answer does not hear that one goes, either. */
async function end(connection: Connection): Promise<void> {
  // One that came too late has nobody else who hears of it.
  connection.on("error", () => {});
  await within(FAREWELL_MS, connection.end()).catch(() => {});
}

async function within<T>(ms: number, answer: Promise<T>): Promise<T> {
  const { promise: lateness, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`it has not answered for ${ms / 1_000} s`)), ms);
  try {
    return await Promise.race([answer, lateness]);
  } finally {
    clearTimeout(timer);
  }
}
