// Writes down what people ask for before it is done: an operation that the log does not take is not carried out.
import type { Log, TopicPartition } from "../../engine/log/log.ts";
import type { AppTopics } from "../../engine/task/app-topics.ts";
import { appendInTime } from "../append-in-time.ts";
import type { Audit, AuditedStep } from "../served-app.ts";
import { encodeAuditEntry, type StoredAuditEntry } from "./audit-entry.ts";
import { auditPartition, auditTopicSpec, checkAuditTopic } from "./audit-topic.ts";

/** Of what was asked for. */
const IN_TIME = { ms: 10_000, otherwise: "what is to be done is written there first, so nothing was done. Ask again when brokers answer" };
const MAX_DETAIL = 2_000;
const MAX_PARAMETERS = 20_000;

export class AuditLog implements Audit {
  readonly #log: Log;
  readonly #topics: AppTopics;
  readonly #target: TopicPartition;
  readonly #createTopics: boolean;
  #topic: Promise<unknown> | null = null;

  /** `createTopics`: whether it may make its topic; where not, and it is not there, nothing can be asked for. Default: true. */
  constructor(log: Log, topics: AppTopics, { createTopics = true }: { readonly createTopics?: boolean } = {}) {
    this.#log = log;
    this.#topics = topics;
    this.#target = auditPartition(topics);
    this.#createTopics = createTopics;
  }

  /** @throws LogError, TopicError `TOPICS_MISSING`: then nothing is to be done */
  async asked(entry: {
    readonly actor: string;
    readonly operation: string;
    readonly target: string;
    readonly parameters?: object;
  }): Promise<AuditedStep> {
    const parameters = bounded(entry.parameters ?? {});
    const stored = { ...entry, parameters, outcome: "asked", detail: null, of: null } as const;
    const of = await this.#append(stored);
    const failed = async (detail: string): Promise<void> => {
      await this.#append({ ...stored, outcome: "failed", detail: detail.slice(0, MAX_DETAIL), of });
    };
    return { failed };
  }

  async #append(entry: StoredAuditEntry): Promise<number> {
    await this.#ready();
    const { baseOffset } = await appendInTime(this.#log, this.#target, [encodeAuditEntry(entry)], IN_TIME);
    return baseOffset;
  }

  /** Made when it is first needed: whoever only looks at an app makes no topics. */
  #ready(): Promise<unknown> {
    this.#topic ??= this.#makeTopic().catch((error: unknown) => {
      this.#topic = null;
      throw error;
    });
    return this.#topic;
  }

  async #makeTopic(): Promise<void> {
    if (!this.#createTopics) await checkAuditTopic(this.#log, this.#topics);
    else if ((await this.#log.describeTopic(this.#target.topic)) === null) await this.#log.createTopics([auditTopicSpec(this.#topics)]);
  }
}

/** A list of ten thousand ids says no more here than its beginning. */
function bounded(parameters: object): Record<string, unknown> {
  const text = JSON.stringify(parameters);
  return text.length <= MAX_PARAMETERS ? { ...parameters } : { cut: text.slice(0, MAX_PARAMETERS) };
}
