// The registry of an app's schemas: one with Confluent's API, copied to a topic of the app's, or that topic alone.
import type { CheckedOptions } from "../config/options.ts";
import type { Log } from "../log/log.ts";
import type { Logger } from "../observability/logger.ts";
import { openConfluentRegistry } from "../schemas/registry/confluent-registry.ts";
import type { SchemaRegistry } from "../schemas/registry/registry.ts";
import { openTopicRegistry } from "../schemas/registry/topic-registry.ts";
import type { AppTopics } from "../task/app-topics.ts";

export interface RegistryOfApp {
  readonly log: Log;
  readonly topics: AppTopics;
  readonly options: CheckedOptions["registry"];
  readonly logger: Logger;
}

/** @throws LogError; SchemaError `REGISTRY_UNAVAILABLE` */
export async function openRegistry({ log, topics, options, logger }: RegistryOfApp): Promise<SchemaRegistry> {
  const { url, auth, headers, timeoutMs, compatibility } = options;
  const mode = compatibility === undefined ? {} : { compatibility };
  const copies = await openTopicRegistry({ log, topic: topics.schemas, logger, ...mode });
  if (url === undefined) return copies;
  return openConfluentRegistry({
    url,
    copies,
    logger,
    ...mode,
    ...(auth === undefined ? {} : { auth }),
    ...(headers === undefined ? {} : { headers }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  });
}
