// A real Postgres of a test's own, which can be killed and started again where it was.
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chown, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";

import pg from "pg";
import { freePorts } from "../kafka/ports.ts";
import { leash } from "../kafka/leash.ts";
import { until } from "../faults/until.ts";
import { postgresBinaries } from "./binaries.ts";

const run = promisify(execFile);
/** Postgres refuses to be root. */
const NOBODY = 65_534;
const IS_ROOT = process.getuid?.() === 0;
const AS = IS_ROOT ? { uid: NOBODY, gid: NOBODY } : {};

export class Postgres implements AsyncDisposable {
  readonly url: string;
  readonly #binaries: string;
  readonly #folder: string;
  readonly #port: number;
  #process: ChildProcess | null = null;
  #unleash: () => void = () => {};

  private constructor(binaries: string, folder: string, port: number) {
    this.#binaries = binaries;
    this.#folder = folder;
    this.#port = port;
    this.url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  }

  static async start(): Promise<Postgres> {
    const binaries = await postgresBinaries();
    const folder = await mkdtemp(path.join(tmpdir(), "millrace-postgres-"));
    if (IS_ROOT) await chown(folder, NOBODY, NOBODY);
    const [port = 0] = await freePorts(1);
    const postgres = new Postgres(binaries, folder, port);
    try {
      await run(path.join(binaries, "initdb"), ["-D", postgres.#data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"], {
        ...AS,
        cwd: folder,
      });
      await postgres.launch();
    } catch (error) {
      await postgres[Symbol.asyncDispose]();
      throw error;
    }
    return postgres;
  }

  /** Also after `kill9`: on the same port, with the same data. */
  async launch(): Promise<void> {
    await until("Postgres answers", async () => {
      if (this.#process === null || this.#process.exitCode !== null) this.#spawn();
      return this.#answers();
    });
  }

  /** The postmaster; what it had begun for connections ends with it. */
  async kill9(): Promise<void> {
    const child = this.#process;
    if (child === null || child.exitCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
    this.#process = null;
    this.#unleash();
  }

  async client(): Promise<pg.Client> {
    const client = new pg.Client(this.url);
    // Who has it hears of a broken connection by the next query.
    client.on("error", () => {});
    await client.connect();
    return client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill9();
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }

  get #data(): string {
    return path.join(this.#folder, "data");
  }

  #spawn(): void {
    const settings = ["listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off", "max_connections=50"];
    const args = ["-D", this.#data, "-p", String(this.#port), ...settings.flatMap((setting) => ["-c", setting])];
    const child = spawn(path.join(this.#binaries, "postgres"), args, { ...AS, cwd: this.#folder, stdio: "ignore" });
    this.#process = child;
    this.#unleash();
    this.#unleash = child.pid === undefined ? () => {} : leash(child.pid, this.#folder);
  }

  async #answers(): Promise<boolean> {
    try {
      const client = await this.client();
      await client.end();
      return true;
    } catch {
      return false;
    }
  }
}
