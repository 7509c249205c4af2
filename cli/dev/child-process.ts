// The process that runs the app, as the one that watches its files sees it.
import { fork, type ChildProcess } from "node:child_process";
import { getCompileCacheDir } from "node:module";
import { fileURLToPath } from "node:url";
import { printReadable } from "../print/log-lines.ts";
import type { Begin, ChildMessage, Failed } from "./messages.ts";

/** Longer than an app's `stopGraceMs` and what it takes beside it, as by default; then the process is killed, and nothing is lost by that. */
const STOP_MS = 25_000;
/** One that does not even hear it is caught in a loop. */
const HEAR_MS = 3_000;

/** What it says of itself while it runs. */
export type AppNews = Exclude<ChildMessage, Failed | { readonly type: "stopping" }>;

export interface ChildEnd {
  /** Why, where it said so itself. */
  readonly failed: Failed | null;
  /** `exit code 1`, `SIGSEGV`. */
  readonly how: string;
}

export class AppProcess {
  /** Never rejects. */
  readonly over: Promise<ChildEnd>;
  readonly #child: ChildProcess;
  #failed: Failed | null = null;
  #late: NodeJS.Timeout | undefined;

  constructor(begin: Begin, onMessage: (message: AppNews) => void) {
    // Run from source it is .ts, run from dist it is .js. Both are written out, for tools that follow such addresses.
    const script = import.meta.url.endsWith(".ts")
      ? new URL("./app-process.ts", import.meta.url)
      : new URL("./app-process.js", import.meta.url);
    const cache = getCompileCacheDir();
    // On a terminal its log is for people; elsewhere for whoever reads JSON.
    const isRead = process.stdout.isTTY;
    this.#child = fork(fileURLToPath(script), [], {
      stdio: ["ignore", isRead ? "pipe" : "inherit", "inherit", "ipc"],
      env: { ...(isRead ? { FORCE_COLOR: "1" } : {}), ...process.env, ...(cache === undefined ? {} : { NODE_COMPILE_CACHE: cache }) },
    });
    if (this.#child.stdout !== null) void printReadable(this.#child.stdout, process.stdout);
    this.#child.on("message", (message: ChildMessage) => {
      if (message.type === "failed") this.#failed = message;
      else if (message.type === "stopping") this.#killIn(STOP_MS);
      else onMessage(message);
    });
    this.over = new Promise((resolve) => {
      this.#child.once("error", (error) => resolve({ failed: this.#failed, how: error.message }));
      this.#child.once("close", (code, signal) => resolve({ failed: this.#failed, how: signal ?? `exit code ${code}` }));
    });
    this.#child.send(begin, () => {});
  }

  /** In good order; killed when that takes too long. */
  async stop(): Promise<void> {
    this.#killIn(HEAR_MS);
    this.#child.kill("SIGTERM");
    await this.over;
    clearTimeout(this.#late);
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }

  #killIn(ms: number): void {
    clearTimeout(this.#late);
    this.#late = setTimeout(() => this.kill(), ms);
  }
}
