// Brings workers back when they die, as whatever runs processes does.
import type { Alert, PartitionReport } from "../../../engine/sdk/index.ts";
import { until } from "./until.ts";
import { WorkerProcess, type LogLine } from "./worker-process.ts";
import type { WorkerSettings } from "./worker.ts";

export class Supervisor implements AsyncDisposable {
  readonly #settings: WorkerSettings;
  readonly #workers: WorkerProcess[] = [];
  readonly #count: number;
  readonly #timer: NodeJS.Timeout;

  constructor(settings: WorkerSettings, count = 1) {
    this.#settings = settings;
    this.#count = count;
    this.#timer = setInterval(() => this.#keep(), 50);
    this.#keep();
  }

  get deaths(): number {
    return this.#workers.filter(({ isGone }) => isGone).length;
  }

  /** What all of them told, dead or alive. */
  get alerts(): readonly Alert[] {
    return this.#workers.flatMap(({ alerts }) => alerts);
  }

  saidCode(code: string): readonly LogLine[] {
    return this.#workers.flatMap((worker) => worker.saidCode(code));
  }

  /** Of those that answer. */
  async status(): Promise<readonly PartitionReport[]> {
    const told = await Promise.all(this.#alive.map((worker) => worker.ask("status", null).catch(() => [])));
    return told.flat();
  }

  async digests(): Promise<ReadonlyMap<number, { readonly lsn: number; readonly digest: string }>> {
    const told = await Promise.all(this.#alive.map((worker) => worker.ask("digests", null)));
    return new Map(told.flat());
  }

  /** Resolves when all partitions are owned, nobody's run is open but those that are quarantined, and there are so many of those. */
  async settled(partitions: number, quarantined: number, timeoutMs: number): Promise<void> {
    let reports: readonly PartitionReport[] = [];
    const isSettled = async (): Promise<boolean> => {
      reports = (await this.status()).filter(({ status }) => status === "RUNNING");
      const open = reports.reduce((sum, { openRuns }) => sum + openRuns, 0);
      const told = reports.flatMap(({ problems }) => problems).filter((problem) => problem.startsWith("RUN_QUARANTINED"));
      return reports.length === partitions && open === quarantined && told.length === quarantined;
    };
    await until(`nothing is open but ${quarantined} runs in quarantine`, isSettled, {
      timeoutMs,
      insteadShow: () => ({ reports, deaths: this.deaths, said: this.#alive.map(({ said }) => said.slice(-10)) }),
    });
  }

  /** Nobody is brought back from now on, and those that live go in good order. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#alive.map((worker) => worker.stop()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#alive.map((worker) => worker.kill9()));
  }

  get #alive(): readonly WorkerProcess[] {
    return this.#workers.filter(({ isGone }) => !isGone);
  }

  #keep(): void {
    while (this.#alive.length < this.#count) this.#workers.push(new WorkerProcess(this.#settings));
  }
}
