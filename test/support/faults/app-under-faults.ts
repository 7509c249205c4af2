// An app on a real Kafka with workers in processes of their own, events that keep coming, and eyes on its journals and effects.
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";

import pino from "pino";
import type { Log, StoredRecord } from "../../../engine/log/log.ts";
import { openKafkaLog } from "../../../engine/log/kafka/kafka-log.ts";
import { Millrace, MillraceError, type MillraceOptions } from "../../../engine/sdk/index.ts";
import { appTopics, type AppTopics } from "../../../engine/task/app-topics.ts";
import { type EffectCounter, startEffectCounter } from "./effect-counter.ts";
import {
  expectEffectsByOwners,
  expectEveryStepRan,
  expectNothingRecordedRanAgain,
  expectOneOutcomeEach,
  expectOneRunEach,
  expectSameDigests,
  type Thaw,
  withoutBodiesThatFroze,
} from "./expectations.ts";
import type { Chance } from "./chance.ts";
import { FUNCTIONS, type FunctionSet, type OrderData } from "./functions.ts";
import { JournalWatch } from "./journal-watch.ts";
import type { RebuildAnswer, RebuildOrder } from "./rebuild.ts";
import type { WorkerSettings } from "./worker.ts";
import { until } from "./until.ts";
import { WorkerProcess } from "./worker-process.ts";

const run = promisify(execFile);

export interface FaultOptions {
  /** Where workers connect. */
  readonly brokers: readonly string[];
  /** Where the test itself connects, when the workers' way is the one that is hurt. Default: the same. */
  readonly watchFrom?: readonly string[];
  readonly chance: Chance;
  readonly partitions?: number;
  readonly functions?: FunctionSet;
  readonly app?: Partial<MillraceOptions>;
}

export interface SpawnOptions {
  readonly functions?: FunctionSet;
  readonly app?: Partial<MillraceOptions>;
  readonly forced?: WorkerSettings["forced"];
  readonly skewMs?: number;
  readonly build?: "next";
}

export class AppUnderFaults implements AsyncDisposable {
  readonly id: string;
  readonly topics: AppTopics;
  readonly partitions: number;
  readonly log: Log;
  readonly watch: JournalWatch;
  readonly counter: EffectCounter;
  readonly workers: WorkerProcess[] = [];
  readonly accepted = new Set<string>();
  /** Sent, and the sender was told of trouble. */
  readonly uncertain = new Set<string>();
  readonly #options: FaultOptions;
  readonly #sender: Millrace;
  #sent = 0;

  private constructor(options: FaultOptions, id: string, log: Log, counter: EffectCounter, sender: Millrace) {
    this.#options = options;
    this.id = id;
    this.topics = appTopics(id);
    this.partitions = options.partitions ?? 4;
    this.log = log;
    this.counter = counter;
    this.#sender = sender;
    this.watch = new JournalWatch(log, this.topics.journal, this.partitions);
  }

  /** Makes the topics; no worker yet. */
  static async create(options: FaultOptions): Promise<AppUnderFaults> {
    const id = `faults-${randomUUID().slice(0, 8)}`;
    const from = options.watchFrom ?? options.brokers;
    const log = await openKafkaLog({ brokers: from });
    const counter = await startEffectCounter();
    const sender = new Millrace({
      id,
      log: { kind: "kafka", brokers: [...from] },
      partitions: options.partitions ?? 4,
      logger: pino({ level: "silent" }),
    });
    await sender.send([]); // makes the topics
    return new AppUnderFaults(options, id, log, counter, sender);
  }

  get functions(): readonly string[] {
    return FUNCTIONS[this.#options.functions ?? "orders"];
  }

  /** Another worker. Not awaited: see its `started`. */
  spawn(options: SpawnOptions = {}): WorkerProcess {
    const { functions = this.#options.functions ?? "orders", forced, skewMs, build } = options;
    const { logger: _, ...app } = { ...this.#options.app, ...options.app };
    const worker = new WorkerProcess({
      app: {
        id: this.id,
        partitions: this.partitions,
        log: { kind: "kafka", brokers: [...this.#options.brokers], sessionTimeoutMs: 2_000 },
        stopGraceMs: 2_000,
        ...app,
      },
      functions,
      ...(forced === undefined ? {} : { forced }),
      ...(skewMs === undefined ? {} : { skewMs }),
      ...(build === undefined ? {} : { build }),
      effectsUrl: this.counter.url,
    });
    this.workers.push(worker);
    return worker;
  }

  get alive(): readonly WorkerProcess[] {
    return this.workers.filter((worker) => !worker.isGone);
  }

  /** Sends whatever a test likes; it is not counted. */
  async send(name: string, data: unknown = {}): Promise<string> {
    const { ids } = await this.#sender.send({ name, data });
    return ids[0] ?? "";
  }

  /** All records of one partition of a topic. */
  async read(topic: string, partition: number): Promise<readonly StoredRecord[]> {
    const reader = this.log.openReader({ topic, partition, from: await this.log.earliestOffset({ topic, partition }), mode: "bulk" });
    const records: StoredRecord[] = [];
    try {
      for (;;) {
        const batch = await reader.next();
        records.push(...batch.records);
        if (batch.nextOffset >= batch.highWatermark) return records;
      }
    } finally {
      reader.close();
    }
  }

  /** Sends one order; it counts as accepted once the log has it. */
  async order(data: OrderData = {}): Promise<string> {
    this.#sent += 1;
    const id = `order-${this.#options.chance.seed}-${this.#sent}`;
    this.uncertain.add(id);
    await this.#sender.send({ name: "order/placed", id, data });
    this.uncertain.delete(id);
    this.accepted.add(id);
    return id;
  }

  /** Orders of every kind keep coming until the returned function is called and awaited. */
  keepOrdering(options: { readonly everyMs?: number } = {}): () => Promise<void> {
    const { everyMs = 40 } = options;
    const { random } = this.#options.chance;
    const stop = new AbortController();
    const one = async (): Promise<void> => {
      const data = { napMs: random() < 0.3 ? 300 : 0, flaky: random() < 0.1, thinkMs: random() < 0.3 ? 30 : 0 };
      try {
        await this.order(data);
      } catch (error) {
        if (!(error instanceof MillraceError)) throw error; // uncertain: the id stays there
      }
    };
    const ordering = (async () => {
      const under = new Set<Promise<void>>();
      while (!stop.signal.aborted) {
        const sending = one().finally(() => under.delete(sending));
        under.add(sending);
        if (under.size > 100) await Promise.race(under);
        await delay(everyMs);
      }
      await Promise.all(under);
    })();
    return async () => {
      stop.abort();
      await ordering;
    };
  }

  /** Every order so far has its runs, and every run its end. */
  async drained(timeoutMs = 60_000): Promise<void> {
    await until(
      "every accepted event has started runs, and every run has ended",
      () => this.watch.openRuns === 0 && this.#missing().length === 0,
      { timeoutMs, insteadShow: () => this.#whatIsOpen() },
    );
  }

  /** Resolves when live workers own every partition between them, each in a task that works. */
  async allOwned({ stopped = 0 }: { readonly stopped?: number } = {}): Promise<void> {
    await until("every partition is owned", async () => (await this.#owned()).size === this.partitions - stopped, {
      timeoutMs: 30_000,
      insteadShow: () => this.workers.map(({ pid, isGone, isFrozen, said }) => ({ pid, isGone, isFrozen, said: said.slice(-5) })),
    });
  }

  /** Live workers' digests equal those of a rebuild from offset 0 in a fresh process. All partitions must be owned, but for so many. */
  async expectRebuildsTheSame({ stopped = 0 }: { readonly stopped?: number } = {}): Promise<void> {
    const live = await until(
      "every partition tells its digest",
      async () => {
        const told = await Promise.all(this.#answering().map((worker) => worker.ask("digests", null)));
        const byPartition = new Map(told.flat());
        return byPartition.size === this.partitions - stopped ? byPartition : null;
      },
      { timeoutMs: 30_000 },
    );
    const order: RebuildOrder = {
      log: { kind: "kafka", brokers: this.#options.watchFrom ?? this.#options.brokers },
      journal: this.topics.journal,
      wanted: [...live].map(([partition, { lsn }]) => [partition, lsn] as const),
    };
    const { stdout } = await run(process.execPath, [path.join(import.meta.dirname, "rebuild.ts"), JSON.stringify(order)]);
    expectSameDigests(new Map(JSON.parse(stdout) as RebuildAnswer), live);
  }

  /** All that must hold once everything has settled. */
  async expectAllRight(given: { readonly ownersOverlapMs?: number; readonly thaws?: readonly Thaw[] } = {}): Promise<void> {
    const { ownersOverlapMs = 0, thaws = [] } = given;
    const { histories } = this.watch;
    const effects = withoutBodiesThatFroze(this.counter.effects, thaws);
    expectOneRunEach(histories, this, this.functions);
    expectOneOutcomeEach(histories);
    expectNothingRecordedRanAgain(histories, effects, ownersOverlapMs);
    expectEveryStepRan(histories, this.counter.effects);
    expectEffectsByOwners(histories, effects);
    await this.expectRebuildsTheSame();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.alive.map((worker) => worker.kill9()));
    await this.#sender.stop();
    await this.watch[Symbol.asyncDispose]();
    await this.log.close();
    await this.counter[Symbol.asyncDispose]();
  }

  #missing(): readonly string[] {
    const started = this.watch.startedEvents;
    return [...this.accepted].filter((id) => !started.has(id));
  }

  #answering(): readonly WorkerProcess[] {
    return this.alive.filter((worker) => !worker.isFrozen);
  }

  async #owned(): Promise<ReadonlySet<number>> {
    const reports = await Promise.all(this.#answering().map((worker) => worker.ask("status", null)));
    return new Set(reports.flat().flatMap(({ partition, status }) => (status === "RUNNING" ? [partition] : [])));
  }

  #whatIsOpen(): unknown {
    return {
      missing: this.#missing().slice(0, 20),
      open: [...this.watch.runs.values()]
        .filter(({ ends }) => ends.length === 0)
        .slice(0, 20)
        .map(({ id, functionId, eventId, partition, outcomes }) => ({
          id,
          functionId,
          eventId,
          partition,
          outcomes: [...outcomes.keys()],
        })),
      workers: this.workers.map(({ pid, isGone, isFrozen, said }) => ({ pid, isGone, isFrozen, said: said.slice(-8) })),
    };
  }
}
