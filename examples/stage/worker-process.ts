// A worker process, seen from the demo: start, send, kill, stop.
import { fork, type ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import type { FromWorker, OwnDigest, StageEvent, ToWorker, WorkerSetUp } from "./messages.ts";

export class WorkerDied extends Error {
  override readonly name = "WorkerDied";
}

/** `at`: when the log had acknowledged it, milliseconds since 1970. */
export type OnTold<Told> = (told: readonly Told[], at: number) => void;

export interface Role<Told> {
  /** What runs in the process: a script that calls `work`. */
  readonly script: string;
  readonly setUp: WorkerSetUp;
  readonly onTold: OnTold<Told>;
}

export class WorkerProcess<Told> {
  readonly name: string;
  /** As the services know it. */
  readonly caller: string;
  /** Partitions that it owns now, and their open runs. */
  running: readonly number[] = [];
  openRuns = 0;
  readonly #child: ChildProcess;
  readonly #role: Role<Told>;
  readonly #gone = Promise.withResolvers<void>();
  readonly #started = Promise.withResolvers<void>();
  readonly #sending = new Map<string, PromiseWithResolvers<void>>();
  #telling: PromiseWithResolvers<readonly OwnDigest[]> | null = null;
  #isOver = false;
  #isExpectedToEnd = false;

  constructor(name: string, role: Role<Told>) {
    this.name = name;
    this.#role = role;
    this.#child = fork(role.script, [JSON.stringify(role.setUp)]);
    this.caller = `worker/${this.#child.pid}`;
    this.#started.promise.catch(() => {}); // whoever waits for it hears of it
    this.#child.on("message", (message) => this.#told(message as FromWorker<Told>));
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
  async send(event: StageEvent): Promise<void> {
    if (this.#isOver) throw new WorkerDied(this.name);
    const sending = Promise.withResolvers<void>();
    this.#sending.set(event.id, sending);
    this.#tell({ type: "send", event });
    return sending.promise;
  }

  /** Of the partitions that it owns. @throws WorkerDied */
  async digests(): Promise<readonly OwnDigest[]> {
    if (this.#isOver) throw new WorkerDied(this.name);
    this.#telling ??= Promise.withResolvers();
    this.#tell({ type: "tell digests" });
    return this.#telling.promise;
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
      return readFileSync(this.#role.setUp.logFile, "utf8");
    } catch {
      return "";
    }
  }

  /** If it cannot be told, it is dead, and `#ended` says so. */
  #tell(message: ToWorker): void {
    this.#child.send(message, () => {});
  }

  #told(message: FromWorker<Told>): void {
    switch (message.type) {
      case "started":
        return this.#started.resolve();
      case "accepted":
        this.#sending.get(message.id)?.resolve();
        this.#sending.delete(message.id);
        return;
      case "acknowledged":
        return this.#role.onTold(message.told, message.at);
      case "digests":
        this.#telling?.resolve(message.digests);
        this.#telling = null;
        return;
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
    this.#telling?.reject(died);
    this.#gone.resolve();
  }
}
