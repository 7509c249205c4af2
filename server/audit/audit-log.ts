// Writes down what people ask for before it is done: an operation that the log does not take is not carried out.
import type { Log, TopicPartition } from "../../engine/log/log.ts";
import type { AppTopics } from "../../engine/task/app-topics.ts";
import type { Audit, AuditedStep } from "../served-app.ts";
import { encodeAuditEntry, type StoredAuditEntry } from "./audit-entry.ts";
import { auditPartition, auditTopicSpec } from "./audit-topic.ts";

const APPEND_MS = 10_000;
const MAX_DETAIL = 2_000;
const MAX_PARAMETERS = 20_000;

export class AuditLog implements Audit {
  readonly #log: Log;
  readonly #topics: AppTopics;
  readonly #target: TopicPartition;
  #topic: Promise<unknown> | null = null;

  constructor(log: Log, topics: AppTopics) {
    this.#log = log;
    this.#topics = topics;
    this.#target = auditPartition(topics);
  }

  /** @throws LogError: then nothing is to be done */
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
    const { baseOffset } = await this.#log.append(this.#target, [encodeAuditEntry(entry)], { signal: AbortSignal.timeout(APPEND_MS) });
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
    if ((await this.#log.describeTopic(this.#target.topic)) === null) await this.#log.createTopics([auditTopicSpec(this.#topics)]);
  }
}

/** A list of ten thousand ids says no more here than its beginning. */
function bounded(parameters: object): Record<string, unknown> {
  const text = JSON.stringify(parameters);
  return text.length <= MAX_PARAMETERS ? { ...parameters } : { cut: text.slice(0, MAX_PARAMETERS) };
}
