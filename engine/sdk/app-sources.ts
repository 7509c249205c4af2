// The topics that an app reads: its own events, and those of others that it was told of.
import type { CheckedOptions } from "../config/options.ts";
import { ConfigurationError } from "../core/configuration-error.ts";
import type { Log } from "../log/log.ts";
import type { AppTopics } from "../task/app-topics.ts";
import type { SourceSpec } from "../workflow/trigger/manifest.ts";

export interface SourcesOfApp {
  readonly log: Log;
  readonly topics: AppTopics;
  readonly partitions: number;
}

/** @throws ConfigurationError `INVALID_OPTIONS`; LogError */
export async function sourcesOf(
  others: CheckedOptions["sources"],
  { log, topics, partitions }: SourcesOfApp,
): Promise<readonly SourceSpec[]> {
  const foreign = await Promise.all(
    others.map(async ({ topic, from, deduplicate }) => {
      if (Object.values(topics).includes(topic)) {
        throw new ConfigurationError(
          "INVALID_OPTIONS",
          `sources: ${topic} is a topic of this app itself; what is decided from it would go round for ever`,
        );
      }
      const found = await log.describeTopic(topic);
      if (found === null)
        throw new ConfigurationError("INVALID_OPTIONS", `sources: there is no topic ${topic}. Create it, or correct its name`);
      return { topic, partitions: found.partitions, from, ...(deduplicate ? {} : { ignoreIds: true as const }) };
    }),
  );
  return [{ topic: topics.events, partitions, from: "beginning" }, ...foreign];
}
