// An app whose server goes on while its workers are gone, and come back.
import { rmSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { openEmbeddedLog } from "../../../engine/log/embedded/embedded-log.ts";
import type { Log } from "../../../engine/log/log.ts";
import { Millrace } from "../../../engine/sdk/millrace.ts";
import { silentPino } from "../../../engine/sdk/testing.ts";
import { serveShop, type ServedShop } from "../server/served-shop.ts";
import { DASHBOARD } from "./browser.ts";
import { declareParcels } from "./parcels.ts";

export class Deserted implements AsyncDisposable {
  readonly shop: ServedShop;
  readonly #log: Log;
  readonly #directory: string;
  /** Sends, be there a worker or none. */
  readonly sender: Millrace;
  #worker: Millrace | null = null;

  private constructor(shop: ServedShop, log: Log, directory: string) {
    this.shop = shop;
    this.#log = log;
    this.#directory = directory;
    this.sender = this.#newApp();
  }

  static async start(): Promise<Deserted> {
    const directory = mkdtempSync(path.join(tmpdir(), "millrace-deserted-"));
    const log = await openEmbeddedLog({ path: path.join(directory, "log") });
    return new Deserted(await serveShop({ log, directory, declare: declareParcels, options: { dashboard: DASHBOARD } }), log, directory);
  }

  /** The one that it began with, or the one that came since. */
  async stopWorker(): Promise<void> {
    await (this.#worker ?? this.shop.app).stop();
    this.#worker = null;
  }

  async startWorker(): Promise<void> {
    this.#worker = this.#newApp();
    await this.#worker.start();
  }

  #newApp(): Millrace {
    const app = new Millrace({ id: "shop", partitions: 2, logger: silentPino }, { log: this.#log });
    declareParcels(app);
    return app;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker?.stop();
    await this.sender.stop();
    await this.shop[Symbol.asyncDispose]();
    await this.#log.close();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
