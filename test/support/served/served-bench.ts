// An app on an embedded log with its server in front, in this process: what resources answer is asked as a browser would.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pino } from "pino";
import { openToAsk, type HistoryDatabase } from "../../../consumers/run-history/database.ts";
import { RunHistory } from "../../../consumers/run-history/run-history-sink.ts";
import { Millrace, type MillraceOptions } from "../../../engine/sdk/index.ts";
import type { Log } from "../../../engine/log/log.ts";
import { createServer, type Server } from "../../../server/app.ts";
import type { ServedApp } from "../../../server/served-app.ts";

export interface ServedBenchOptions extends Partial<MillraceOptions> {
  /** Name of the module, in the bench's directory, that has the app's code: for what is called in another process. */
  readonly module?: string;
}

export class ServedBench implements AsyncDisposable {
  readonly app: Millrace;
  readonly served: ServedApp;
  readonly log: Log;
  readonly directory: string;
  readonly module: string;
  readonly #history: HistoryDatabase;
  #server: Server;

  private constructor(app: Millrace, served: ServedApp, directory: string) {
    this.app = app;
    this.served = served;
    this.log = served.log;
    this.directory = directory;
    this.module = served.code?.module ?? "";
    this.#history = served.history;
    this.#server = this.#newServer();
  }

  get server(): Server {
    return this.#server;
  }

  /** As after its process ended: what it knew by heart is gone. */
  async restartServer(): Promise<void> {
    await this.#server.close();
    this.#server = this.#newServer();
  }

  #newServer(): Server {
    return createServer({ ...this.served }, { mode: "dev", access: { kind: "open" }, version: "0.0.0", logger: pino({ level: "silent" }) });
  }

  /** `declare` is called before the app starts. */
  static async start(declare: (app: Millrace) => void, { module = "app.ts", ...options }: ServedBenchOptions = {}): Promise<ServedBench> {
    const directory = await mkdtemp(path.join(tmpdir(), "served-"));
    const log = { kind: "embedded", path: path.join(directory, "log") } as const;
    const app = new Millrace({ id: "shop", partitions: 2, logger: pino({ level: "silent" }), stopGraceMs: 0, log, ...options });
    declare(app);
    const file = path.join(directory, "history.db");
    app.createSink({ id: "run-history", journal: (of) => new RunHistory(file, of) });
    await app.start();
    const { parts } = app;
    const connected = await parts.connect();
    const served: ServedApp = {
      id: app.id,
      app,
      sealing: parts.sealing,
      code: { module: path.resolve(directory, module), parts },
      log: connected.log,
      topics: parts.topics,
      partitions: connected.partitions,
      history: openToAsk(file),
    };
    return new ServedBench(app, served, directory);
  }

  /** The answer's body, of whatever status. */
  async ask(method: "GET" | "POST", at: string, body?: unknown): Promise<{ readonly status: number; readonly body: unknown }> {
    const request = new Request(`http://localhost/api/v1${at}`, {
      method,
      headers: { host: "localhost", ...(body === undefined ? {} : { "content-type": "application/json" }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const response = await this.server.fetch(request);
    return { status: response.status, body: await response.json() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.close();
    await this.app.stop();
    this.#history.close();
    await rm(this.directory, { recursive: true });
  }
}
