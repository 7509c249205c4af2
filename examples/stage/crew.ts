// The worker processes: hired, sent events through, killed, dismissed.
import path from "node:path";
import type { AppOptions, OwnDigest, StageEvent } from "./messages.ts";
import { WorkerDied, WorkerProcess, type OnTold } from "./worker-process.ts";

export interface CrewOptions<Told> {
  /** What runs in each process. */
  readonly script: string;
  readonly app: AppOptions;
  /** For what the engine logs. */
  readonly folder: string;
  readonly onTold: OnTold<Told>;
}

export class Crew<Told> implements AsyncDisposable {
  /** Those that were killed, as the services know them, and when they were gone (milliseconds since 1970). */
  readonly deaths = new Map<string, number>();
  readonly #options: CrewOptions<Told>;
  readonly #hired: WorkerProcess<Told>[] = [];
  #ready = Promise.withResolvers<WorkerProcess<Told>>();

  constructor(options: CrewOptions<Told>) {
    this.#options = options;
  }

  get alive(): readonly WorkerProcess<Told>[] {
    return this.#hired.filter((worker) => !worker.isOver);
  }

  get fallen(): readonly WorkerProcess<Told>[] {
    return this.#hired.filter((worker) => worker.hasFallen);
  }

  get ownedPartitions(): number {
    return new Set(this.alive.flatMap((worker) => worker.running)).size;
  }

  get openRuns(): number {
    return this.alive.reduce((sum, worker) => sum + worker.openRuns, 0);
  }

  get logs(): string {
    return this.#hired.map((worker) => worker.log).join("");
  }

  /** Resolves when its `app.start()` did. @throws WorkerDied */
  async hire(): Promise<WorkerProcess<Told>> {
    const { script, app, folder, onTold } = this.#options;
    const name = `worker ${this.#hired.length + 1}`;
    const logFile = path.join(folder, `${name.replace(" ", "-")}.log`);
    const worker = new WorkerProcess(name, { script, setUp: { options: app, logFile }, onTold });
    this.#hired.push(worker);
    await worker.started;
    this.#ready.resolve(worker);
    return worker;
  }

  /** Through a worker; if that is killed meanwhile, through the next. Sending twice is harmless: the event has an id. @throws WorkerDied by itself */
  async send(event: StageEvent): Promise<void> {
    for (;;) {
      const ready = this.#ready;
      const worker = await ready.promise;
      try {
        return await worker.send(event);
      } catch (error) {
        const isReplaced = ready !== this.#ready;
        if (!(error instanceof WorkerDied && isReplaced)) throw error;
      }
    }
  }

  async kill(worker: WorkerProcess<Told>): Promise<void> {
    this.#ready = Promise.withResolvers();
    await worker.kill();
    this.deaths.set(worker.caller, Date.now());
  }

  /** Of every partition, by its owner's word. @throws WorkerDied */
  async digests(): Promise<readonly OwnDigest[]> {
    return (await Promise.all(this.alive.map((worker) => worker.digests()))).flat();
  }

  async dismiss(): Promise<void> {
    await Promise.all(this.alive.map((worker) => worker.stop()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.alive.map((worker) => worker.kill()));
  }
}
