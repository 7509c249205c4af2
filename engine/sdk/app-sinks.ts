// The sinks of an app: what its start() begins to feed, and its stop() ends.
import type { CheckedOptions, LogOptions } from "../config/options.ts";
import { ConfigurationError } from "../core/configuration-error.ts";
import type { Log } from "../log/log.ts";
import type { Logger } from "../observability/logger.ts";
import { groupOf, type AppTopics } from "../task/app-topics.ts";
import type { EventReader } from "../task/event-reader.ts";
import type { FeedReport, SinkBegin } from "../worker/sink/partition-feed.ts";
import { feedToEnd, runSink, type RunningSink, type SinkOptions } from "../worker/sink/run-sink.ts";
import type { Sink } from "../worker/sink/sink.ts";
import { sinkOfEvents, type EventSink } from "./event-sink.ts";

const ID = /^[a-zA-Z0-9][\w.-]{0,99}$/;

export type SinkDeclaration<Events extends object> = EventSinkDeclaration<Events> | JournalSinkDeclaration;

export interface EventSinkDeclaration<Events extends object> {
  /** Names its consumer group: `<app>.<id>`. Whoever runs it shares the topics' partitions. */
  readonly id: string;
  /** Default: the app's events, and its `sources`. */
  readonly topics?: readonly string[];
  /** Where a partition begins that the sink has nothing of. Default: the beginning. */
  readonly from?: SinkBegin;
  readonly sink: EventSink<Events>;
  readonly journal?: never;
}

export interface JournalSinkDeclaration {
  readonly id: string;
  /** Makes the sink that gets the entries of the app's journal. One that is disposable is disposed of when the app stops. */
  readonly journal: (of: { readonly app: string; readonly topic: string }) => Sink & Partial<Disposable>;
  readonly sink?: never;
  readonly topics?: never;
}

export interface AppSinksOptions {
  readonly topics: AppTopics;
  readonly settings: Pick<CheckedOptions, "sources" | "maxEventBytes"> & { readonly log: Pick<LogOptions, "kind"> };
  readonly reader: () => EventReader;
  readonly logger: Logger;
}

interface Running {
  readonly options: SinkOptions;
  readonly sink: Sink & Partial<Disposable>;
  readonly running: RunningSink;
}

export class AppSinks<Events extends object> {
  readonly #options: AppSinksOptions;
  readonly #declared = new Map<string, SinkDeclaration<Events>>();
  readonly #abort = new AbortController();
  readonly #running = new Map<string, Running>();

  constructor(options: AppSinksOptions) {
    this.#options = options;
  }

  get ids(): readonly string[] {
    return [...this.#declared.keys()];
  }

  get haveBegun(): boolean {
    return this.#running.size > 0;
  }

  /** @throws ConfigurationError `INVALID_CONSUMER`, `DUPLICATE_CONSUMER` */
  add(declaration: SinkDeclaration<Events>): void {
    const { id, topics } = declaration;
    if (!ID.test(id)) {
      throw new ConfigurationError("INVALID_CONSUMER", `sink "${id}": an id has up to 100 letters, digits, dots, underscores and dashes`);
    }
    if (topics?.length === 0)
      throw new ConfigurationError("INVALID_CONSUMER", `sink "${id}" reads no topic: name one, or leave \`topics\` out`);
    if (this.#declared.has(id)) throw new ConfigurationError("DUPLICATE_CONSUMER", `there are two sinks with the id "${id}"`);
    this.#declared.set(id, declaration);
  }

  /** Members of one group share partitions: each sink and each consumer has a group of its own. @throws ConfigurationError `DUPLICATE_CONSUMER` */
  checkGroups(taken: readonly string[]): void {
    for (const id of this.#declared.keys()) {
      if (!taken.includes(this.#groupOf(id))) continue;
      throw new ConfigurationError("DUPLICATE_CONSUMER", `sink "${id}" would share its group with a consumer. Give it another id`);
    }
  }

  #groupOf(id: string): string {
    return `${groupOf(this.#options.topics)}.${id}`;
  }

  /** @throws ConfigurationError `INVALID_CONSUMER`, LogError, and what a sink throws that is made here */
  async start(log: Log): Promise<void> {
    const { logger } = this.#options;
    for (const [id, declaration] of this.#declared) {
      await this.#checkTopics(log, declaration);
      const sink = this.#sinkOf(declaration);
      const { from } = declaration.journal === undefined ? declaration : {};
      const options = {
        log,
        sink,
        topics: this.#topicsOf(declaration),
        group: this.#groupOf(id),
        logger,
        ...(from === undefined ? {} : { begin: from }),
      };
      this.#running.set(id, { options, sink, running: await runSink(options) });
    }
  }

  /** Nobody else has the log: what is there when the app stops is fed before it goes. */
  get #isAlone(): boolean {
    return this.#options.settings.log.kind === "embedded";
  }

  async #checkTopics(log: Log, declaration: SinkDeclaration<Events>): Promise<void> {
    for (const topic of this.#topicsOf(declaration)) {
      if ((await log.describeTopic(topic)) !== null) continue;
      throw new ConfigurationError(
        "INVALID_CONSUMER",
        `sink "${declaration.id}": there is no topic ${topic}. Create it, or correct its name`,
      );
    }
  }

  /** By the sink's id. */
  report(): ReadonlyMap<string, readonly FeedReport[]> {
    return new Map([...this.#running].map(([id, { running }]) => [id, running.report()]));
  }

  /** After the app has written its last. */
  async stop(): Promise<void> {
    if (!this.#isAlone) this.#abort.abort(new Error("the app stops"));
    await Promise.all([...this.#running.values()].map((one) => this.#end(one)));
    this.#abort.abort();
    this.#running.clear();
  }

  async #end({ options, sink, running }: Running): Promise<void> {
    const isInTrouble = running.report().some(({ state }) => state === "retrying" || state === "stopped");
    await running.close();
    // Where it is in trouble, nobody waits for that to end: it goes on when the app starts again.
    if (this.#isAlone && !isInTrouble) await this.#feedRest(options);
    sink[Symbol.dispose]?.();
  }

  async #feedRest(options: SinkOptions): Promise<void> {
    const { log, topics } = options;
    for (const topic of topics) {
      const found = await log.describeTopic(topic);
      if (found !== null) await feedToEnd({ ...options, topic, partitions: found.partitions, signal: AbortSignal.timeout(REST_MS) });
    }
  }

  #sinkOf(declaration: SinkDeclaration<Events>): Sink & Partial<Disposable> {
    const { topics, settings, reader } = this.#options;
    if (declaration.journal !== undefined) return declaration.journal({ app: groupOf(topics), topic: topics.journal });
    return sinkOfEvents(declaration.id, declaration.sink, {
      reader: reader(),
      maxEventBytes: settings.maxEventBytes,
      signal: this.#abort.signal,
    });
  }

  #topicsOf({ journal, topics }: SinkDeclaration<Events>): readonly string[] {
    const { topics: ofApp, settings } = this.#options;
    if (journal !== undefined) return [ofApp.journal];
    return topics ?? [ofApp.events, ...settings.sources.map(({ topic }) => topic)];
  }
}

const REST_MS = 10_000;
