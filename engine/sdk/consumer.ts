// A consumer of an app, as users hold it: its state can be read, it can be paused, and it says how it fares.
import type { Logger } from "pino";
import { ConfigurationError } from "../core/configuration-error.ts";
import { shown } from "../core/shown.ts";
import type { Log } from "../log/log.ts";
import type { AppTopics } from "../task/app-topics.ts";
import { groupOf } from "../task/app-topics.ts";
import type { ConsumerCode } from "../task/consumer/consumer-code.ts";
import type { CommandTarget } from "../task/tell-partition.ts";
import { homeOfKey } from "../workflow/consumer/consume.ts";
import { keyText } from "../workflow/expression/key.ts";
import { manifestText, type SourceSpec } from "../workflow/trigger/manifest.ts";
import { decodeFacts } from "../worker/member-facts.ts";
import { swapConsumer, type Swapped } from "../worker/swap/swap.ts";
import type { Worker } from "../worker/worker.ts";
import { ConsumerError } from "./consumer-error.ts";
import type { ConsumerStatus } from "./consumer-types.ts";
import type { DeclaredConsumer } from "./create-consumer.ts";
import { pauseCommand, resumeCommand, tellFunction } from "./function-commands.ts";

export interface Consumer<State extends object = Readonly<Record<string, unknown>>> {
  readonly id: string;
  /** The app's id. */
  readonly app: string;
  /**
   * What is kept under a key, as far as it is in the journal; undefined for nothing. Only the process that owns the key's partition has it.
   * @throws ConsumerError `CONSUMER_NOT_STARTED`, `CONSUMER_NOT_HERE`, which says who has it
   */
  get<Store extends keyof State & string>(store: Store, key: string): Promise<State[Store] | undefined>;
  /** All that is kept in the partitions that this process owns, in no order that means anything. @throws ConsumerError `CONSUMER_NOT_STARTED` */
  entries<Store extends keyof State & string>(store: Store): Iterable<readonly [key: string, value: State[Store]]>;
  /** Reads no further and handles nothing until it is resumed, through restarts, in all processes. Needs no `start`. @throws LogError */
  pause(): Promise<void>;
  /** Ends a pause: it goes on where it was. Needs no `start`. @throws LogError */
  resume(): Promise<void>;
  /**
   * Has this version take the place of an earlier one (by default the one before), which has to run, here or elsewhere: it catches up, the other
   * handles what it has read, and this one goes on from there. With `compare`, what they keep is compared at the same positions first.
   * @throws SwapError; JournalError, LogError
   */
  takeOver(options?: { readonly from?: number; readonly compare?: "refuse" | "report" }): Promise<Swapped>;
  /** How the partitions fare that this process owns. @throws ConsumerError `CONSUMER_NOT_STARTED` */
  status(): Promise<readonly ConsumerStatus[]>;
  /** Digest of the state of every partition that this process owns: equal to that of a rebuild from its journal (`millrace verify`). */
  digests(): Promise<ReadonlyMap<number, { readonly lsn: number; readonly digest: string }>>;
}

/** What the app does for its consumers. */
export interface ConsumerHost {
  readonly app: string;
  /** Of the consumer. */
  readonly topics: AppTopics;
  /** Of the app. */
  readonly appTopics: AppTopics;
  readonly logger: Logger;
  /** Opens the log, with the consumer's topics in it. */
  ground(): Promise<{ readonly log: Log; readonly partitions: number; readonly signal: AbortSignal }>;
  /** Whether the log has an earlier version of it. */
  hasEarlier(consumer: DeclaredConsumer): Promise<boolean>;
  sources(consumer: DeclaredConsumer): Promise<readonly SourceSpec[]>;
  worker(content: string, code: ConsumerCode): Promise<Worker>;
}

export class RunningConsumer implements Consumer {
  readonly id: string;
  readonly app: string;
  readonly declared: DeclaredConsumer;
  readonly #host: ConsumerHost;
  #worker: Worker | null = null;

  constructor(declared: DeclaredConsumer, host: ConsumerHost) {
    this.id = declared.spec.id;
    this.app = host.app;
    this.declared = declared;
    this.#host = host;
  }

  /** Calls of its handler that are under way in this process. */
  get executing(): number {
    let executing = 0;
    for (const report of this.#worker?.consumerReports().values() ?? []) executing += report.executing;
    return executing;
  }

  /** Of its workers. */
  get group(): string {
    return groupOf(this.#host.topics);
  }

  get hasBegun(): boolean {
    return this.#worker !== null;
  }

  /** Resolves when every partition decides by this declaration. @throws ConfigurationError, LogError, TopicError, WorkerError */
  async start(): Promise<void> {
    await this.#host.ground();
    const spec = { ...this.declared.spec, builds: await this.#host.hasEarlier(this.declared) };
    const content = manifestText({ functions: [], sources: await this.#host.sources(this.declared), consumer: spec });
    this.#worker = await this.#host.worker(content, { ...this.declared.code(this.#host.logger), spec });
    await this.#worker.start();
  }

  async stop(): Promise<void> {
    await this.#worker?.stop();
  }

  async get(store: string, asked: string): Promise<unknown> {
    this.#check(store);
    // What an expression gives is shortened where it is very long.
    const key = this.declared.spec.key === null ? asked : keyText(asked);
    const worker = this.#started();
    const { partitions } = await this.#host.ground();
    const partition = homeOfKey(key, partitions);
    const here = worker.consumerAt(partition);
    if (here === null) throw await this.#notHere(key, partition);
    const value = here.get(store, key);
    return value === undefined ? undefined : (JSON.parse(value) as unknown);
  }

  *entries(store: string): Iterable<readonly [string, unknown]> {
    this.#check(store);
    for (const partition of this.#started().consumerReports().keys()) {
      for (const [key, value] of this.#worker?.consumerAt(partition)?.entries(store) ?? []) yield [key, JSON.parse(value) as unknown];
    }
  }

  async pause(): Promise<void> {
    await tellFunction(await this.#target(), pauseCommand(this.id));
  }

  async resume(): Promise<void> {
    await tellFunction(await this.#target(), resumeCommand(this.id));
  }

  async takeOver(options: { readonly from?: number; readonly compare?: "refuse" | "report" } = {}): Promise<Swapped> {
    const { id, version } = this.declared.spec;
    const { log, signal } = await this.#host.ground();
    const { from = version - 1, compare } = options;
    return swapConsumer({
      log,
      app: this.#host.appTopics,
      consumer: id,
      from,
      to: version,
      signal,
      ...(compare === undefined ? {} : { compare }),
    });
  }

  async status(): Promise<readonly ConsumerStatus[]> {
    const worker = this.#started();
    const { log } = await this.#host.ground();
    const reports = worker.consumerReports();
    return Promise.all(
      worker.report().map(async ({ partition, status, problems }) => {
        const { positions = [], isPaused = false, owed = 0, executing = 0 } = reports.get(partition) ?? {};
        const sources = await Promise.all(
          positions.map(async ({ topic, partition: of, next }) => {
            const end = await log.latestOffset({ topic, partition: of }).catch(() => null);
            return { topic, partition: of, position: next, end };
          }),
        );
        const lag = sources.reduce((sum, { position, end }) => sum + Math.max((end ?? position) - position, 0), 0);
        return { partition, status, problems, isPaused, waiting: owed, executing, lag, sources };
      }),
    );
  }

  async digests(): Promise<ReadonlyMap<number, { readonly lsn: number; readonly digest: string }>> {
    return (await this.#worker?.digests()) ?? new Map();
  }

  async #target(): Promise<CommandTarget> {
    const { log, partitions, signal } = await this.#host.ground();
    return { log, inbox: this.#host.topics.inbox, partitions, signal };
  }

  #started(): Worker {
    if (this.#worker !== null) return this.#worker;
    throw new ConsumerError(
      "CONSUMER_NOT_STARTED",
      `consumer "${this.id}": the app is not started here, so nothing of it is in this process`,
    );
  }

  #check(store: string): void {
    const { stores } = this.declared.spec;
    if (stores.includes(store)) return;
    const known = stores.length === 0 ? "it keeps no state" : `it keeps ${stores.join(", ")}`;
    throw new ConfigurationError("INVALID_CONSUMER", `consumer "${this.id}" has no state ${shown(store)}: ${known}`);
  }

  async #notHere(key: string, partition: number): Promise<ConsumerError> {
    const where = `consumer "${this.id}": ${shown(key)} is in partition ${partition}`;
    const { log } = await this.#host.ground();
    const members = await log.members(groupOf(this.#host.topics)).catch(() => []);
    const owner = members.find(({ assigned }) => assigned.includes(partition));
    const name = owner === undefined ? null : decodeFacts(owner.metadata).worker;
    const who = name === null ? "which nobody owns just now. Ask again in a moment" : `which worker ${name} owns. Ask there`;
    return new ConsumerError("CONSUMER_NOT_HERE", `${where}, ${who}`);
  }
}
