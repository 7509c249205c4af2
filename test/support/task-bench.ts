// One partition of an app on a simulated log: any number of owners, each as its own process would be, and what they do to the outside.
import { Meters } from "../../engine/observability/meters.ts";
import { pino } from "pino";
import type { Clock } from "../../engine/core/clock.ts";
import type { Handler, RegisteredFunction } from "../../engine/execution/function.ts";
import { InProcessInvoker } from "../../engine/execution/in-process/in-process-invoker.ts";
import { FIRST_FORMAT } from "../../engine/journal/frame-formats.ts";
import type { StoredRecord } from "../../engine/log/log.ts";
import type { Alert } from "../../engine/observability/alert.ts";
import { appTopics } from "../../engine/task/app-topics.ts";
import type { EventReader } from "../../engine/task/event-reader.ts";
import type { FoldedAhead } from "../../engine/task/bring-up.ts";
import type { SealedFrame } from "../../engine/task/frame-queue.ts";
import { Lane } from "../../engine/task/lane.ts";
import { LogClock } from "../../engine/task/log-clock.ts";
import { restore } from "../../engine/task/restore.ts";
import type { TaskSealing } from "../../engine/task/sealed-data.ts";
import type { SkipMissing } from "../../engine/task/sources.ts";
import { stateDigest } from "../../engine/task/state-digest.ts";
import type { TaskEnd } from "../../engine/task/status.ts";
import { Task } from "../../engine/task/task.ts";
import type { SeenManifest, TaskLimits } from "../../engine/task/task-options.ts";
import { encodeEvent, markedId } from "../../engine/workflow/event/cloud-event.ts";
import type { FlowSpec } from "../../engine/workflow/flow/spec.ts";
import type { JournalRecord } from "../../engine/workflow/records.ts";
import { emptyState, type PartitionState } from "../../engine/workflow/state.ts";
import { manifestText, type SourceSpec } from "../../engine/workflow/trigger/manifest.ts";
import type { TriggerSpec } from "../../engine/workflow/trigger/trigger-spec.ts";
import { FakeClock, T0, turns, until } from "./fake-clock.ts";
import { SimulatedLog } from "./simulated-log.ts";

export const TOPICS = appTopics("app");
export const JOURNAL = { topic: TOPICS.journal, partition: 0 };
export const EVENTS = { topic: TOPICS.events, partition: 0 };
export const DEAD_LETTERS = { topic: TOPICS.deadLetter, partition: 0 };
const TICK_MS = 500;

export interface OwnerOptions {
  readonly handlers?: Readonly<Record<string, Handler>>;
  readonly retries?: number;
  readonly limits?: Partial<TaskLimits>;
  readonly skipMissing?: readonly SkipMissing[];
  readonly reader?: EventReader;
  readonly sealing?: TaskSealing;
  readonly mayReclaim?: () => Promise<void>;
  /** What a standby of its process has folded. */
  readonly ahead?: FoldedAhead;
  /** Names of workers that the group believes alive. */
  readonly alive?: readonly string[];
  /** Number of a frame that the functions topic knows of. */
  readonly knownLsn?: number;
  /** The machine's own clock. */
  readonly clock?: Clock;
  readonly manifest?: SeenManifest;
  /** Of its process. */
  readonly lane?: Lane;
}

export interface BenchFunction {
  readonly triggers?: TriggerSpec[];
  readonly onFailure?: boolean;
  readonly flow?: FlowSpec;
}

export interface SaidLine {
  readonly level: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

/** A task, and everything that it told its worker. */
export class Owner {
  readonly name: string;
  readonly task: Task;
  readonly frames: SealedFrame[] = [];
  readonly sourceErrors: Error[] = [];
  readonly activations: number[] = [];
  readonly said: SaidLine[] = [];
  readonly alerts: Alert[] = [];
  end: TaskEnd | null = null;
  /** Of its claim; -1 before it decided by a manifest. */
  epoch = -1;
  readonly #forgetTick: () => void;

  constructor(bench: TaskBench, name: string, options: OwnerOptions) {
    const { handlers = {}, retries = 2, limits, skipMissing = [], mayReclaim = () => Promise.resolve(), clock = bench.clock } = options;
    this.name = name;
    const say =
      (level: string) =>
      (fields: object, message: string): void =>
        void this.said.push({ level, fields: { ...fields }, message });
    const functions = new Map(
      Object.entries(handlers).map(([id, handler]): [string, RegisteredFunction] => [id, { id, retries, handler }]),
    );
    this.task = new Task({
      partition: 0,
      partitions: 1,
      topics: TOPICS,
      log: bench.log,
      clock,
      logClock: new LogClock(clock),
      logger: { debug: () => {}, info: say("info"), warn: say("warn"), error: say("error") },
      worker: name,
      meters: new Meters(),
      lane: options.lane ?? new Lane(),
      alert: (alert) => void this.alerts.push(alert),
      invoker: (host) =>
        new InProcessInvoker({ functions, logger: pino({ level: "silent" }), random: () => 0.5, divergenceGraceMs: 0 }, host),
      limits: { maxEventBytes: 1024 * 1024, maxActiveRuns: 1_000, maxQueuedRuns: 1_000_000, ...limits },
      skipMissing,
      ...(options.reader === undefined ? {} : { reader: options.reader }),
      ...(options.sealing === undefined ? {} : { sealing: options.sealing }),
      mayReclaim,
      isAlive: (worker) => Promise.resolve(options.alive?.includes(worker) === true),
      format: () => FIRST_FORMAT,
      ahead: () => Promise.resolve(options.ahead ?? null),
      knownLsn: () => options.knownLsn ?? 0,
      onActivated: ({ version, epoch }) => {
        this.activations.push(version);
        this.epoch = epoch;
      },
      onFrame: (_, frame) => void this.frames.push(frame),
      onSourceStopped: (error) => void this.sourceErrors.push(error),
      onEnd: (end) => {
        this.end = end;
        this.#forgetTick();
      },
    });
    this.#forgetTick = clock.every(TICK_MS, () => this.task.tick());
    const manifest = options.manifest ?? bench.manifest;
    if (manifest !== null) this.task.manifestSeen(manifest);
  }

  /** Opens, and waits until it owns the partition and decides by its manifest, or is over. */
  async open(): Promise<this> {
    void this.task.open();
    await until(`${this.name} owns the partition`, () => this.end !== null || this.activations.length > 0);
    return this;
  }

  /** Everything that it decided and released. */
  get records(): readonly JournalRecord[] {
    return this.frames.flatMap(({ records }) => records);
  }

  /** Resolves when everything decided is acknowledged. */
  /** When nothing is decided any more by itself. */
  async digest(): Promise<string> {
    for (;;) {
      const { lsn } = await this.task.digest();
      await turns(10);
      const later = await this.task.digest();
      if (later.lsn === lsn) return later.digest;
    }
  }
}

export class TaskBench implements AsyncDisposable {
  readonly clock: FakeClock;
  readonly log: SimulatedLog;
  readonly owners: Owner[] = [];
  manifest: SeenManifest | null = null;
  #sent = 0;

  private constructor(clock: FakeClock, log: SimulatedLog) {
    this.clock = clock;
    this.log = log;
  }

  static async open(functions: Readonly<Record<string, BenchFunction>> = { f: {} }): Promise<TaskBench> {
    const clock = new FakeClock(T0);
    const log = await SimulatedLog.open(clock);
    const topic = (name: string): { topic: string; partitions: number; settings: Record<string, string> } => ({
      topic: name,
      partitions: 1,
      settings: {},
    });
    await log.createTopics([TOPICS.journal, TOPICS.inbox, TOPICS.state, TOPICS.events, TOPICS.deadLetter, "foreign"].map(topic));
    const bench = new TaskBench(clock, log);
    bench.declare(functions);
    return bench;
  }

  /** The newest manifest from now on. */
  declare(
    functions: Readonly<Record<string, BenchFunction>>,
    sources: readonly SourceSpec[] = [{ topic: TOPICS.events, partitions: 1, from: "beginning" }],
  ): SeenManifest {
    const version = (this.manifest?.version ?? -1) + 1;
    const specs = Object.entries(functions).map(([id, { triggers = ["go"], onFailure = false, flow }]) => ({
      id,
      triggers,
      onFailure,
      ...(flow === undefined ? {} : { flow }),
    }));
    this.manifest = { version, hash: `hash-${version}`, content: manifestText({ functions: specs, sources }) };
    return this.manifest;
  }

  owner(name: string, options: OwnerOptions = {}): Owner {
    const owner = new Owner(this, name, options);
    this.owners.push(owner);
    return owner;
  }

  /** Sends as `app.send` does; with an id, as a user who gives one. */
  async send(over: { name?: string; id?: string; key?: string; data?: string; topic?: string } = {}): Promise<string> {
    const { name = "go", id = markedId("p", ++this.#sent), key = null, data = "{}", topic = TOPICS.events } = over;
    const record = encodeEvent({ id, name, key, data, time: this.clock.wallMs(), source: "test" });
    await this.log.appendAside({ topic, partition: 0 }, [record]);
    return id;
  }

  async sendMany(count: number): Promise<void> {
    for (let n = 0; n < count; n++) await this.send();
  }

  /** The journal's fold from its beginning, by nobody's memory (R1). */
  async rebuild(): Promise<PartitionState> {
    const state = emptyState(0, 1);
    await restore({ log: this.log, journal: JOURNAL, state, signal: new AbortController().signal });
    return state;
  }

  async rebuiltDigest(): Promise<string> {
    return stateDigest(await this.rebuild());
  }

  async deadLetters(): Promise<readonly StoredRecord[]> {
    return this.log.readAll(DEAD_LETTERS);
  }

  /** Time passes in small steps until it is so. */
  async advanceUntil(what: string, isSo: () => boolean, stepMs = 250, bound = 2_000): Promise<void> {
    for (let n = 0; n < bound; n++) {
      for (let turn = 0; turn < 20; turn++) {
        if (isSo()) return;
        await turns(1);
      }
      await this.clock.advance(stepMs);
    }
    throw new Error(`time passed in vain until ${what}`);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async close(): Promise<void> {
    this.log.thaw();
    for (const { task } of this.owners) task.abandon();
    await turns(2);
    await this.log.close();
  }
}
