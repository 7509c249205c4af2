// The consumers of an app, found by their topics: whoever runs them may be elsewhere.
import type { Log } from "../../engine/log/log.ts";
import { groupOf, type AppTopics } from "../../engine/task/app-topics.ts";
import { consumerTopics } from "../../engine/task/consumer/consumer-topics.ts";
import { withFunctions } from "../../engine/worker/upgrade.ts";
import type { ConsumerSpec } from "../../engine/workflow/consumer/spec.ts";
import { parseManifest, type SourceSpec } from "../../engine/workflow/trigger/manifest.ts";

export interface FoundConsumer {
  readonly spec: ConsumerSpec;
  readonly sources: readonly SourceSpec[];
  readonly topics: AppTopics;
  readonly partitions: number;
}

const JOURNAL = ".journal";

/** In the order of ids and versions. @throws LogError */
export async function findConsumers({ log, topics }: { readonly log: Log; readonly topics: AppTopics }): Promise<readonly FoundConsumer[]> {
  const prefix = `${groupOf(topics)}.`;
  const names = (await log.listTopics()).filter((name) => name.startsWith(prefix) && name.endsWith(JOURNAL) && name !== topics.journal);
  const found = await Promise.all(names.map((name) => consumerOf(log, topics, name)));
  return found
    .filter((consumer) => consumer !== null)
    .toSorted(({ spec: a }, { spec: b }) => (a.id === b.id ? a.version - b.version : a.id < b.id ? -1 : 1));
}

/** Null where the journal is of another app, whose name begins like this one's. */
async function consumerOf(log: Log, app: AppTopics, journal: string): Promise<FoundConsumer | null> {
  const functions = `${journal.slice(0, -JOURNAL.length)}.functions`;
  const [described, isReadable] = await Promise.all([log.describeTopic(journal), log.describeTopic(functions)]);
  if (described === null || isReadable === null) return null;
  const active = await withFunctions({ log, topics: { ...app, functions } }, (read) => Promise.resolve(read.active));
  if (active === null) return null;
  const { consumer: spec = null, sources } = parseManifest(active.content);
  if (spec === null) return null;
  const topics = consumerTopics(app, spec.id, spec.version);
  return topics.journal === journal ? { spec, sources, topics, partitions: described.partitions } : null;
}
