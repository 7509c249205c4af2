// The schemas by which an app's events were written, for those who only look: its own topic is asked, then its registry, and nothing is copied.
import type { CheckedOptions } from "../config/options.ts";
import type { Log } from "../log/log.ts";
import type { Logger } from "../observability/logger.ts";
import { openConfluentApi } from "../schemas/registry/confluent-api.ts";
import { openTopicRegistry, type TopicRegistry } from "../schemas/registry/topic-registry.ts";
import type { AppTopics } from "../task/app-topics.ts";

export interface KnownSchemasOptions {
  readonly log: Log;
  readonly topics: Pick<AppTopics, "schemas">;
  readonly options: CheckedOptions["registry"];
  readonly logger: Logger;
}

export class KnownSchemas implements AsyncDisposable {
  readonly #options: KnownSchemasOptions;
  #copies: Promise<TopicRegistry | null> | null = null;

  /** Reads nothing before it is asked. */
  constructor(options: KnownSchemasOptions) {
    this.#options = options;
  }

  /** Normal text; null where nobody knows the id. @throws LogError; SchemaError `REGISTRY_UNAVAILABLE`, `SCHEMA_INVALID` */
  async schemaOf(id: number): Promise<string | null> {
    this.#copies ??= this.#openCopies();
    const copied = await (await this.#copies)?.schemaOf(id);
    return copied ?? this.#askRegistry(id);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.#copies?.catch(() => null))?.close();
  }

  /** Null where the app has no such topic. */
  async #openCopies(): Promise<TopicRegistry | null> {
    const { log, topics, logger } = this.#options;
    if ((await log.describeTopic(topics.schemas)) === null) return null;
    return openTopicRegistry({ log, topic: topics.schemas, logger });
  }

  async #askRegistry(id: number): Promise<string | null> {
    const { url, auth, headers, timeoutMs } = this.#options.options;
    if (url === undefined) return null;
    const api = await openConfluentApi({
      url,
      ...(auth === undefined ? {} : { auth }),
      ...(headers === undefined ? {} : { headers }),
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    });
    return api.schemaOf(id);
  }
}
