// The registry of an app's schemas: a topic of its own.
import type { CheckedOptions } from "../config/options.ts";
import type { Log } from "../log/log.ts";
import type { Logger } from "../observability/logger.ts";
import type { SchemaRegistry } from "../schemas/registry/registry.ts";
import { openTopicRegistry } from "../schemas/registry/topic-registry.ts";
import type { AppTopics } from "../task/app-topics.ts";

export interface RegistryOfApp {
  readonly log: Log;
  readonly topics: AppTopics;
  readonly options: CheckedOptions;
  readonly logger: Logger;
}

/** @throws LogError */
export function openRegistry({ log, topics, logger }: RegistryOfApp): Promise<SchemaRegistry> {
  return openTopicRegistry({ log, topic: topics.schemas, logger });
}
