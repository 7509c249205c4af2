// The consumers of an app: each is an app of its own beside it, with topics and a group of its own, that reads what the app reads.
import type { Logger } from "pino";
import type { CheckedOptions } from "../config/options.ts";
import { ConfigurationError } from "../core/configuration-error.ts";
import type { Log } from "../log/log.ts";
import type { SourceMapping } from "../sources/mapping.ts";
import type { AppTopics } from "../task/app-topics.ts";
import type { ConsumerCode } from "../task/consumer/consumer-code.ts";
import { consumerTopics } from "../task/consumer/consumer-topics.ts";
import type { ConsumerSpec } from "../workflow/consumer/spec.ts";
import type { SourceSpec } from "../workflow/trigger/manifest.ts";
import { setUpTopics } from "../worker/topic-setup.ts";
import type { Worker } from "../worker/worker.ts";
import { withoutMappings, type ForeignTopic } from "./app-sources.ts";
import { RunningConsumer } from "./consumer.ts";
import type { DeclaredConsumer } from "./create-consumer.ts";

export interface WorkerWish {
  readonly log: Log;
  readonly partitions: number;
  readonly topics: AppTopics;
  /** Of the manifest. */
  readonly content: string;
  readonly consumer?: ConsumerCode;
}

export interface AppConsumersOptions {
  readonly app: string;
  readonly topics: AppTopics;
  readonly settings: Pick<CheckedOptions, "sources" | "createTopics" | "maxEventBytes" | "fsync">;
  /** Of foreign topics; those that consumers name are added. */
  readonly mappings: Map<string, SourceMapping>;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly connect: () => Promise<{ readonly log: Log; readonly partitions: number }>;
  readonly makeWorker: (wish: WorkerWish) => Worker;
}

/** So many numbers may lie between two versions that follow each other. */
const MAX_APART = 20;

type Ground = { readonly log: Log; readonly partitions: number; readonly signal: AbortSignal };

export class AppConsumers {
  readonly #options: AppConsumersOptions;
  readonly #byId = new Map<string, RunningConsumer>();
  readonly #grounds = new Map<string, () => Promise<Ground>>();

  constructor(options: AppConsumersOptions) {
    this.#options = options;
  }

  get all(): readonly RunningConsumer[] {
    return [...this.#byId.values()];
  }

  get groups(): readonly string[] {
    return this.all.map(({ group }) => group);
  }

  get haveBegun(): boolean {
    return this.all.some((consumer) => consumer.hasBegun);
  }

  /** @throws ConfigurationError `DUPLICATE_CONSUMER`, `INVALID_OPTIONS` */
  add(declared: DeclaredConsumer): RunningConsumer {
    const { app, topics: ofApp, logger, mappings } = this.#options;
    const { id, version } = declared.spec;
    const name = nameOf(id, version);
    if (this.#byId.has(name)) {
      throw new ConfigurationError("DUPLICATE_CONSUMER", `there are two consumers with the id "${id}" and the version ${version}`);
    }
    for (const [topic, mapping] of withoutMappings(declared.topics ?? []).mappings) {
      if ((mappings.get(topic) ?? mapping) !== mapping) {
        throw new ConfigurationError(
          "INVALID_CONSUMER",
          `consumer "${id}": topic ${topic} is read with another mapping already. Give both the same`,
        );
      }
      mappings.set(topic, mapping);
    }
    const topics = consumerTopics(ofApp, id, version);
    let ground: Promise<Ground> | null = null;
    const open = (): Promise<Ground> => {
      ground ??= this.#ground(declared.spec, topics).catch((error: unknown) => {
        ground = null;
        throw error;
      });
      return ground;
    };
    const consumer = new RunningConsumer(declared, {
      app,
      topics,
      appTopics: ofApp,
      logger: logger.child({ consumer: id, ...(version === 1 ? {} : { version }) }),
      ground: open,
      hasEarlier: async ({ spec }) => this.#hasEarlier(spec, (await open()).log),
      sources: async (of) => this.#sources(of, await this.#options.connect()),
      worker: async (content, code) => this.#options.makeWorker({ ...(await open()), topics, content, consumer: code }),
    });
    this.#byId.set(name, consumer);
    this.#grounds.set(name, open);
    return consumer;
  }

  /** Rejects with the first that cannot start; the others go on. */
  async start(): Promise<void> {
    await Promise.all(this.all.map((consumer) => consumer.start()));
  }

  async stop(): Promise<void> {
    await Promise.all(this.all.map((consumer) => consumer.stop()));
  }

  async #ground(spec: ConsumerSpec, topics: AppTopics): Promise<Ground> {
    const { connect, logger, signal, settings } = this.#options;
    const { createTopics, maxEventBytes, fsync } = settings;
    const { log, partitions: ofApp } = await connect();
    // What is declared side by side is made in its order.
    await this.#earlierHere(spec)?.().catch(() => {});
    await this.#refuseLate(spec, log);
    const partitions = await setUpTopics({ log, topics, partitions: ofApp, maxEventBytes, fsync, createTopics, logger, of: "consumer" });
    return { log, partitions, signal };
  }

  /** Makes the topics of the version before, if that is declared here, too. */
  #earlierHere({ id, version }: ConsumerSpec): (() => Promise<Ground>) | undefined {
    for (let earlier = version - 1; earlier >= Math.max(1, version - MAX_APART); earlier--) {
      const ground = this.#grounds.get(nameOf(id, earlier));
      if (ground !== undefined) return ground;
    }
    return undefined;
  }

  async #hasEarlier({ id, version }: ConsumerSpec, log: Log): Promise<boolean> {
    for (let earlier = version - 1; earlier >= Math.max(1, version - MAX_APART); earlier--) {
      if (await this.#hasTopics(log, id, earlier)) return true;
    }
    return false;
  }

  /** It would begin anew beside a later version that handles the same events. @throws ConfigurationError `INVALID_CONSUMER` */
  async #refuseLate({ id, version }: ConsumerSpec, log: Log): Promise<void> {
    if (await this.#hasTopics(log, id, version)) return;
    for (let later = version + 1; later <= version + MAX_APART; later++) {
      if (!(await this.#hasTopics(log, id, later))) continue;
      throw new ConfigurationError(
        "INVALID_CONSUMER",
        `consumer "${id}": version ${version} never ran, or its topics were deleted, and version ${later} is there already. Both would handle the same events. ` +
          `To go back to what version ${version} did, deploy its code as version ${later + 1}`,
      );
    }
  }

  async #hasTopics(log: Log, id: string, version: number): Promise<boolean> {
    return (await log.describeTopic(consumerTopics(this.#options.topics, id, version).journal)) !== null;
  }

  async #sources({ spec, from, topics }: DeclaredConsumer, { log }: { readonly log: Log }): Promise<readonly SourceSpec[]> {
    const { settings, topics: ofApp } = this.#options;
    const wanted: readonly Pick<ForeignTopic, "topic" | "deduplicate">[] = topics ?? [{ topic: ofApp.events }, ...settings.sources];
    return Promise.all(
      wanted.map(async ({ topic, deduplicate = false }) => {
        const found = await log.describeTopic(topic);
        if (found === null) {
          throw new ConfigurationError(
            "INVALID_CONSUMER",
            `consumer "${spec.id}": there is no topic ${topic}. Create it, or correct its name`,
          );
        }
        const isOwn = topic === ofApp.events;
        return { topic, partitions: found.partitions, from, ...(deduplicate || isOwn ? {} : { ignoreIds: true as const }) };
      }),
    );
  }
}

function nameOf(id: string, version: number): string {
  return `${id} ${version}`;
}
