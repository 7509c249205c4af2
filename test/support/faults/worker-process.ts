// What a test holds of a worker in a process of its own: kill, freeze, thaw, ask.
import { type ChildProcess, fork } from "node:child_process";
import path from "node:path";
import { createInterface } from "node:readline";

import type { Alert } from "../../../engine/sdk/index.ts";
import { leash } from "../kafka/leash.ts";
import type { Ask, Asks, Told, WorkerSettings } from "./worker.ts";

export interface LogLine {
  readonly level: number;
  readonly msg: string;
  readonly code?: string;
  readonly partition?: number;
}

type Answer = Extract<Told, { number: number }>;

const KEPT_LINES = 2_000;

export class WorkerProcess {
  readonly pid: number;
  /** What it said, as pino wrote it. */
  readonly said: LogLine[] = [];
  readonly alerts: Alert[] = [];
  /** Settles as `app.start()` did. */
  readonly started: Promise<void>;
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;
  readonly #asked = new Map<number, (answer: Answer) => void>();
  #number = 0;
  #state: "running" | "frozen" | "gone" = "running";

  constructor(settings: WorkerSettings) {
    this.#child = fork(path.join(import.meta.dirname, "worker.ts"), [JSON.stringify(settings)], {
      stdio: ["ignore", "pipe", "inherit", "ipc"],
      execArgv: [],
    });
    const { pid, stdout } = this.#child;
    if (pid === undefined || stdout === null) throw new Error("a worker could not be started");
    this.pid = pid;
    const unleash = leash(pid, null);
    createInterface({ input: stdout }).on("line", (line) => this.#hear(line));
    const started = Promise.withResolvers<void>();
    this.started = started.promise;
    this.started.catch(() => {}); // a worker that is killed while it starts is nobody's error
    // A question to a worker that is dying is an `error` of the channel: its asker hears of the end.
    this.#child.on("error", () => {});
    const exited = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#exited = exited.then(() => {
      unleash();
      this.#state = "gone";
      started.reject(new Error(`worker ${pid} ended before it had started`));
    });
    this.#child.on("message", (told: Told) => {
      if (told.told === "started") started.resolve();
      else if (told.told === "failed") started.reject(Object.assign(new Error(told.message), { code: told.code }));
      else if (told.told === "alert") this.alerts.push(told.alert);
      else this.#asked.get(told.number)?.(told);
    });
  }

  get isGone(): boolean {
    return this.#state === "gone";
  }

  get isFrozen(): boolean {
    return this.#state === "frozen";
  }

  /** Dies as a machine does. */
  async kill9(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#exited;
  }

  freeze(): void {
    this.#child.kill("SIGSTOP");
    this.#state = "frozen";
  }

  thaw(): void {
    this.#child.kill("SIGCONT");
    this.#state = "running";
  }

  ask<A extends keyof Asks>(ask: A, give: Asks[A]["give"]): Promise<Asks[A]["get"]> {
    this.#number += 1;
    const number = this.#number;
    const answered = new Promise<Asks[A]["get"]>((resolve, reject) => {
      this.#asked.set(number, (answer) => {
        this.#asked.delete(number);
        if (answer.told === "answer") resolve(answer.get as Asks[A]["get"]);
        else reject(Object.assign(new Error(answer.message), { code: answer.code }));
      });
    });
    this.#child.send({ number, ask, give } satisfies Ask);
    const gone = this.#exited.then((): never => {
      throw new Error(`worker ${this.pid} ended before it answered "${ask}"`);
    });
    return Promise.race([answered, gone]);
  }

  /** Goes in good order. */
  async stop(): Promise<void> {
    if (this.#state === "gone") return;
    await this.ask("stop", null);
    this.#child.disconnect();
    await this.#exited;
  }

  /** Lines with this code. */
  saidCode(code: string): readonly LogLine[] {
    return this.said.filter((line) => line.code === code);
  }

  #hear(line: string): void {
    try {
      this.said.push(JSON.parse(line) as LogLine);
    } catch {
      this.said.push({ level: 60, msg: line }); // cut off by death, or nobody's log line
    }
    if (this.said.length > KEPT_LINES) this.said.shift();
  }
}
