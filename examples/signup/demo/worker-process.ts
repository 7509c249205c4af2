// A worker process, seen from the demo: start, send, kill, stop.
import { fork, type ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import type { FromWorker, SignUp, ToWorker, WorkerSetUp } from "./messages.ts";
import type { Told } from "./told.ts";

export class WorkerDied extends Error {
  override readonly name = "WorkerDied";
}

export type OnTold = (told: readonly Told[], at: number) => void;

export class WorkerProcess {
  readonly name: string;
  /** As the services know it. */
  readonly caller: string;
  /** Partitions that it owns now, and their open runs. */
  running: readonly number[] = [];
  openRuns = 0;
  readonly #child: ChildProcess;
  readonly #setUp: WorkerSetUp;
  readonly #onTold: OnTold;
  readonly #gone = Promise.withResolvers<void>();
  readonly #started = Promise.withResolvers<void>();
  readonly #sending = new Map<string, PromiseWithResolvers<void>>();
  #isOver = false;
  #isExpectedToEnd = false;

  constructor(name: string, setUp: WorkerSetUp, onTold: OnTold) {
    this.name = name;
    this.#setUp = setUp;
    this.#onTold = onTold;
    this.#child = fork(path.join(import.meta.dirname, "worker.ts"), [JSON.stringify(setUp)]);
    this.caller = `signup-worker/${this.#child.pid}`;
    this.#started.promise.catch(() => {}); // whoever waits for it hears of it
    this.#child.on("message", (message) => this.#told(message as FromWorker));
    // "close" comes after the last message that it had written.
    this.#child.once("close", () => this.#ended());
  }

  /** Settles with the worker's `app.start()`. @throws WorkerDied */
  get started(): Promise<void> {
    return this.#started.promise;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** It ended by itself, and should not have. */
  get hasFallen(): boolean {
    return this.#isOver && !this.#isExpectedToEnd;
  }

  /** Has the worker send an event. Resolves when the log has it. @throws WorkerDied, and then nobody knows whether it has */
  async send(event: SignUp): Promise<void> {
    if (this.#isOver) throw new WorkerDied(this.name);
    const sending = Promise.withResolvers<void>();
    this.#sending.set(event.id, sending);
    const message: ToWorker = { type: "send", event };
    this.#child.send(message, () => {}); // if it cannot be told, it is dead, and `#ended` says so
    return sending.promise;
  }

  /** SIGKILL: no farewell, no flush. Resolves when it is gone. */
  async kill(): Promise<void> {
    this.#isExpectedToEnd = true;
    this.#child.kill("SIGKILL");
    await this.#gone.promise;
  }

  /** As a deployment would: it hands over and ends by itself. */
  async stop(): Promise<void> {
    this.#isExpectedToEnd = true;
    if (!this.#isOver) this.#child.kill("SIGTERM");
    await this.#gone.promise;
  }

  /** What the engine had to say, for people who look into a failure. */
  get log(): string {
    try {
      return readFileSync(this.#setUp.logFile, "utf8");
    } catch {
      return "";
    }
  }

  #told(message: FromWorker): void {
    switch (message.type) {
      case "started":
        return this.#started.resolve();
      case "accepted":
        this.#sending.get(message.id)?.resolve();
        this.#sending.delete(message.id);
        return;
      case "acknowledged":
        return this.#onTold(message.told, message.at);
      case "status":
        this.running = message.running;
        this.openRuns = message.openRuns;
    }
  }

  #ended(): void {
    this.#isOver = true;
    this.running = [];
    this.openRuns = 0;
    const died = new WorkerDied(`${this.name} ended with ${this.#child.signalCode ?? this.#child.exitCode}`);
    this.#started.reject(died);
    for (const sending of this.#sending.values()) sending.reject(died);
    this.#sending.clear();
    this.#gone.resolve();
  }
}
