// Apps on one simulated log, each as its own process would be, by a clock that is held.
import { pino } from "pino";
import type { FunctionContext } from "../../engine/execution/function.ts";
import { Millrace, type MillraceOptions } from "../../engine/sdk/index.ts";
import { restore } from "../../engine/task/restore.ts";
import { stateDigest } from "../../engine/task/state-digest.ts";
import { emptyState, type PartitionState } from "../../engine/workflow/state.ts";
import { FakeClock, settling } from "./fake-clock.ts";
import { SimulatedLog } from "./simulated-log.ts";

export const PARTITIONS = 3;
export const JOURNAL = "app.journal";
export const STATE = "app.state";

export type AppHandler = (context: FunctionContext) => unknown;
export type AppBenchOptions = Partial<MillraceOptions> & { readonly functionId?: string };

export class AppBench {
  readonly clock: FakeClock;
  readonly log: SimulatedLog;
  readonly apps: Millrace[] = [];
  /** What `noting` was called for. */
  readonly executed: string[] = [];
  /** How runs ended, in the frames of all apps. */
  readonly ended: string[] = [];

  private constructor(clock: FakeClock, log: SimulatedLog) {
    this.clock = clock;
    this.log = log;
  }

  static async open(): Promise<AppBench> {
    const clock = new FakeClock();
    return new AppBench(clock, await SimulatedLog.open(clock));
  }

  /** Time goes on until it is settled. */
  passing<T>(promise: Promise<T>): Promise<T> {
    return settling(this.clock, promise);
  }

  /** A step that leaves its event's id behind. */
  readonly noting: AppHandler = ({ step, event }) => step.run("a", () => this.executed.push(event.id));

  app(handler: AppHandler, { functionId = "f", ...options }: AppBenchOptions = {}): Millrace {
    const made = new Millrace(
      { id: "app", partitions: PARTITIONS, logger: pino({ level: "silent" }), stopGraceMs: 0, ...options },
      {
        log: this.log,
        clock: this.clock,
        random: () => 0.5,
        onFrame: (_, { records }) =>
          void this.ended.push(...records.map(({ type }) => type).filter((type) => type === "RunCompleted" || type === "RunFailed")),
      },
    );
    made.createFunction({ id: functionId, triggers: [{ event: "go" }] }, handler);
    this.apps.push(made);
    return made;
  }

  /** Events that spread over the partitions by their keys. */
  async send(from: Millrace, count: number): Promise<readonly string[]> {
    const { ids } = await from.send(Array.from({ length: count }, (_, n) => ({ name: "go", data: null, key: `k${n}` })));
    return ids;
  }

  /** The fold of a journal, by nobody's memory (R1). */
  async rebuild(partition: number, untilLsn?: number): Promise<PartitionState> {
    const state = emptyState(partition, PARTITIONS);
    const journal = { topic: JOURNAL, partition };
    const { signal } = new AbortController();
    await restore({ log: this.log, journal, state, signal, ...(untilLsn === undefined ? {} : { untilLsn }) });
    return state;
  }

  async rebuiltDigest(partition: number, untilLsn: number): Promise<string> {
    return stateDigest(await this.rebuild(partition, untilLsn));
  }

  async close(): Promise<void> {
    this.log.thaw();
    this.log.onAppend = () => null;
    this.log.onRead = () => null;
    await this.passing(Promise.all(this.apps.map((one) => one.stop())));
    await this.log.close();
  }
}

export function statuses(of: Millrace): readonly string[] {
  return of.status().map(({ partition, status }) => `${partition} ${status}`);
}
