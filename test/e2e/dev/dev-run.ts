// `millrace dev` as a person runs it: a process in a folder of its own, with an app that they edit.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { vi } from "vitest";

export const ROOT = path.resolve(import.meta.dirname, "../../..");
const PATIENCE = { timeout: 60_000, interval: 25 };

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
}

export class DevRun implements AsyncDisposable {
  readonly folder: string;
  readonly #processes: ChildProcess[] = [];
  url = "";
  said = "";

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** A folder with an app, in which nothing runs yet. */
  static async in(files: Readonly<Record<string, string>>): Promise<DevRun> {
    const folder = await mkdtemp(path.join(tmpdir(), "millrace-dev-"));
    await mkdir(path.join(folder, "node_modules"));
    await symlink(ROOT, path.join(folder, "node_modules/millrace"));
    await writeFile(path.join(folder, "package.json"), `{ "type": "module" }`);
    const run = new DevRun(folder);
    for (const [name, text] of Object.entries(files)) await run.write(name, text);
    return run;
  }

  write(name: string, text: string): Promise<void> {
    return writeFile(path.join(this.folder, name), text);
  }

  /** As editors do who want no half-written file. */
  async replace(name: string, text: string): Promise<void> {
    await this.write(`.${name}.tmp~`, text);
    await rename(path.join(this.folder, `.${name}.tmp~`), path.join(this.folder, name));
  }

  /** Without waiting for anything. */
  spawn(...args: readonly string[]): ChildProcess {
    const child = spawn(process.execPath, ["--conditions=@millrace/source", path.join(ROOT, "cli/main.ts"), ...args], {
      cwd: this.folder,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, LOG_LEVEL: "warn" },
    });
    this.#processes.push(child);
    for (const stream of [child.stdout, child.stderr]) stream?.setEncoding("utf8").on("data", (text: string) => (this.said += text));
    return child;
  }

  /** `millrace dev`, on a port of its own. */
  dev(port: number, ...args: readonly string[]): ChildProcess {
    this.url = `http://localhost:${port}`;
    return this.spawn("dev", ...args, "--port", String(port));
  }

  /** Resolves when it has said so, from `from` on. */
  async hears(words: string | RegExp, from = 0): Promise<void> {
    await vi.waitFor(() => {
      const said = this.said.slice(from);
      if (typeof words === "string" ? !said.includes(words) : !words.test(said)) throw new Error(`it has not said ${words}, but:\n${said}`);
    }, PATIENCE);
  }

  async ask(at: string, options: RequestInit = {}): Promise<Answer> {
    const response = await fetch(this.url + at, options);
    return { status: response.status, text: await response.text(), headers: response.headers };
  }

  async send(...events: readonly object[]): Promise<Answer> {
    return this.ask("/api/v1/events", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(events) });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#processes) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill("SIGTERM");
      await ended(child);
    }
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** `0`, `SIGKILL`. All that it said has come by then; but for what children of its own, which outlive it, have yet to say. */
export async function ended(child: ChildProcess): Promise<number | string | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  const said = [child.stdout, child.stderr].filter((stream) => stream !== null && !stream.closed);
  await Promise.race([
    Promise.all(said.map((stream) => once(stream as Readable, "close"))),
    delay(LAST_WORDS_MS, undefined, { ref: false }),
  ]);
  return child.exitCode ?? child.signalCode;
}

const LAST_WORDS_MS = 5_000;
