// The partitions of a consumer on a simulated log, each with one owner after the other, and all that they do to the outside.
import { Meters } from "../../../engine/observability/meters.ts";
import { pino } from "pino";
import { InProcessInvoker } from "../../../engine/execution/in-process/in-process-invoker.ts";
import { newestFormat } from "../../../engine/journal/frame-formats.ts";
import { appTopics, type AppTopics } from "../../../engine/task/app-topics.ts";
import type { ConsumerCode } from "../../../engine/task/consumer/consumer-code.ts";
import { consumerTopics } from "../../../engine/task/consumer/consumer-topics.ts";
import type { SealedFrame } from "../../../engine/task/frame-queue.ts";
import { Lane } from "../../../engine/task/lane.ts";
import { LogClock } from "../../../engine/task/log-clock.ts";
import { restore } from "../../../engine/task/restore.ts";
import type { TaskEnd } from "../../../engine/task/status.ts";
import { Task } from "../../../engine/task/task.ts";
import type { SeenManifest } from "../../../engine/task/task-options.ts";
import { tellPartition } from "../../../engine/task/tell-partition.ts";
import { encodeEvent, markedId } from "../../../engine/workflow/event/cloud-event.ts";
import { emptyState, type PartitionState } from "../../../engine/workflow/state.ts";
import { manifestText } from "../../../engine/workflow/trigger/manifest.ts";
import { FakeClock, turns } from "../fake-clock.ts";
import { SimulatedLog } from "../simulated-log.ts";

export const PARTITIONS = 2;
export const APP = appTopics("app");
export const TOPICS = consumerTopics(APP, "c");
const TICK_MS = 500;

export interface SaidLine {
  readonly code: unknown;
  readonly message: string;
}

/** Of one partition. */
export class ConsumerOwner {
  readonly task: Task;
  readonly frames: SealedFrame[] = [];
  readonly said: SaidLine[] = [];
  end: TaskEnd | null = null;
  isActive = false;

  constructor(bench: ConsumerBench, partition: number, name: string, code: ConsumerCode) {
    const { log, clock } = bench;
    const say = (fields: object, message: string): void => void this.said.push({ code: "code" in fields ? fields.code : null, message });
    this.task = new Task({
      partition,
      partitions: PARTITIONS,
      topics: bench.topics,
      log,
      clock,
      logClock: new LogClock(clock),
      logger: { debug: () => {}, info: say, warn: say, error: say },
      worker: name,
      meters: new Meters(),
      lane: new Lane(),
      alert: () => {},
      invoker: (host) => new InProcessInvoker({ functions: new Map(), logger: pino({ level: "silent" }) }, host),
      consumer: code,
      limits: { maxEventBytes: 1024 * 1024, maxActiveRuns: 1_000, maxQueuedRuns: 1_000 },
      skipMissing: [],
      mayReclaim: () => Promise.resolve(),
      isAlive: () => Promise.resolve(false),
      format: newestFormat,
      ahead: () => Promise.resolve(null),
      knownLsn: () => 0,
      onActivated: () => void (this.isActive = true),
      onFrame: (_, frame) => void this.frames.push(frame),
      onSourceStopped: (error) => void this.said.push({ code: "SOURCE", message: error.message }),
      onEnd: (end) => {
        this.end = end;
        forgetTick();
      },
    });
    const forgetTick = clock.every(TICK_MS, () => this.task.tick());
    this.task.manifestSeen(bench.manifest);
  }
}

export class ConsumerBench implements AsyncDisposable {
  readonly clock: FakeClock;
  readonly log: SimulatedLog;
  /** Of its version of the consumer. */
  readonly topics: AppTopics;
  manifest: SeenManifest;
  readonly #code: ConsumerCode;
  readonly #owners: (ConsumerOwner | undefined)[] = [];
  readonly #all: ConsumerOwner[] = [];
  #sent = 0;

  private constructor(clock: FakeClock, log: SimulatedLog, code: ConsumerCode) {
    this.clock = clock;
    this.log = log;
    this.#code = code;
    this.topics = consumerTopics(APP, "c", code.spec.version);
    const sources = [{ topic: APP.events, partitions: PARTITIONS, from: "beginning" as const }];
    this.manifest = { version: 0, hash: "hash-0", content: manifestText({ functions: [], sources, consumer: code.spec }) };
  }

  static async open(code: ConsumerCode): Promise<ConsumerBench> {
    const clock = new FakeClock();
    const log = await SimulatedLog.open(clock);
    return ConsumerBench.#on(clock, log, code);
  }

  /** Another version, on the same log. */
  async beside(code: ConsumerCode): Promise<ConsumerBench> {
    return ConsumerBench.#on(this.clock, this.log, code);
  }

  static async #on(clock: FakeClock, log: SimulatedLog, code: ConsumerCode): Promise<ConsumerBench> {
    const bench = new ConsumerBench(clock, log, code);
    const { journal, inbox, state, events, deadLetter } = bench.topics;
    const topics = [journal, inbox, state, events, deadLetter];
    await log.createTopics(topics.map((topic) => ({ topic, partitions: PARTITIONS, settings: {} })));
    return bench;
  }

  owner(partition: number): ConsumerOwner | undefined {
    return this.#owners[partition];
  }

  /** A new one, where there is none that lives; it owns the partition when this resolves, or is over. */
  async own(partition: number, code = this.#code): Promise<ConsumerOwner> {
    const known = this.#owners[partition];
    if (known !== undefined && known.end === null) return known;
    const owner = new ConsumerOwner(this, partition, `owner-${this.#all.length}`, code);
    this.#owners[partition] = owner;
    this.#all.push(owner);
    void owner.task.open();
    // Who follows an owner that was about to go waits for a time.
    for (let n = 0; n < 200 && owner.end === null && !owner.isActive; n++) {
      for (let turn = 0; turn < 50 && owner.end === null && !owner.isActive; turn++) await turns(1);
      if (owner.end === null && !owner.isActive) await this.clock.advance(100);
    }
    return owner;
  }

  /** As `app.send` does; with an id, as a user who gives one. To a partition of the events that its key says nothing of. */
  async send(
    partition: number,
    event: { readonly name?: string; readonly key?: string; readonly id?: string; readonly data?: unknown },
  ): Promise<string> {
    const { name = "e", key = null, id = markedId("p", ++this.#sent), data = null } = event;
    const record = encodeEvent({ id, name, key, data: JSON.stringify(data), time: this.clock.wallMs(), source: "test" });
    await this.log.appendAside({ topic: APP.events, partition }, [record]);
    return id;
  }

  async tellPause(isPaused: boolean): Promise<void> {
    const target = { log: this.log, inbox: this.topics.inbox, partitions: PARTITIONS };
    const events = isPaused ? "keep" : null;
    for (let partition = 0; partition < PARTITIONS; partition++) {
      await tellPartition(target, partition, { type: "PauseFunction", functionId: this.#code.spec.id, events });
    }
  }

  /** The journal's fold, by nobody's memory (R1). */
  async rebuild(partition: number): Promise<PartitionState> {
    const state = emptyState(partition, PARTITIONS);
    const journal = { topic: this.topics.journal, partition };
    await restore({ log: this.log, journal, state, signal: new AbortController().signal });
    return state;
  }

  /** Time passes until all that was sent is read, told and handled, by owners that live. */
  async drained(): Promise<readonly PartitionState[]> {
    for (let n = 0; n < 1_000; n++) {
      const states = await Promise.all(Array.from({ length: PARTITIONS }, (_, partition) => this.rebuild(partition)));
      const ends = await Promise.all(states.map((_, partition) => this.log.latestOffset({ topic: APP.events, partition })));
      if (states.every((state, partition) => isDrained(state, states, ends[partition] ?? 0))) return states;
      for (let partition = 0; partition < PARTITIONS; partition++) await this.own(partition);
      await turns(20);
      await this.clock.advance(500);
    }
    throw new Error("time passed in vain until everything was handled");
  }

  /** All its owners are over. */
  async abandon(): Promise<void> {
    for (const { task } of this.#all) task.abandon();
    await turns(2);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.log.thaw();
    await this.abandon();
    await this.log.close();
  }
}

function isDrained(
  { partition, sources, consumer, outboxes, emissions }: PartitionState,
  all: readonly PartitionState[],
  end: number,
): boolean {
  const told = [...outboxes].every(
    ([to, { next, pending }]) => pending.size === 0 && (all[to]?.senders.get(partition)?.sequence ?? 0) === next - 1,
  );
  return (sources.get(`${APP.events}/${partition}`)?.next ?? 0) >= end && consumer.owed.size === 0 && told && emissions.size === 0;
}
