// The app's topics: created with the settings that the rules need, and checked at every start (DESIGN §3).
import type { Log, TopicDescription, TopicSpec } from "../log/log.ts";
import type { Logger } from "../observability/logger.ts";
import { MillraceError } from "../core/errors.ts";
import { topicCommand, topicSpecs, type TopicWishes } from "./topic-specs.ts";

export type TopicErrorCode = "TOPICS_MISSING" | "TOPIC_PARTITIONS_DIFFER" | "TOPIC_SETTING_UNSAFE";

export class TopicError extends MillraceError {
  override readonly family = "topic";
  declare readonly code: TopicErrorCode;
  /** Names of topics that are not there. */
  readonly missing: readonly string[];

  constructor(code: TopicErrorCode, message: string, missing: readonly string[] = []) {
    super(code, message);
    this.missing = missing;
  }
}

export interface TopicSetupOptions extends TopicWishes {
  readonly log: Log;
  /** False: nothing is created; the commands that would do it are in the error. */
  readonly createTopics: boolean;
  /** Whether owners delete from journals what is old: then images are the only copy of what was before. Default: they do not. */
  readonly trimsJournals?: boolean;
  readonly logger: Logger;
}

/** Returns how many partitions the app has. @throws TopicError */
export async function setUpTopics(options: TopicSetupOptions): Promise<number> {
  const { log, logger, createTopics } = options;
  const specs = topicSpecs(options);
  const before = await Promise.all(specs.map((spec) => log.describeTopic(spec.topic)));
  const missing = specs.filter((_, index) => before[index] === null);
  // The count is fixed when the app is created: what exists wins over what this process would have chosen.
  const existing = before.find((description) => description?.topic === options.topics.journal);
  const partitions = existing?.partitions ?? options.partitions;
  if (missing.length > 0) {
    const wanted = missing.map((spec) => (spec.partitions === 1 ? spec : { ...spec, partitions }));
    if (!createTopics)
      throw new TopicError(
        "TOPICS_MISSING",
        `topics are missing, and createTopics is false. Create them with:\n${wanted.map((spec) => topicCommand(spec)).join("\n")}`,
        wanted.map(({ topic }) => topic),
      );
    const created = await log.createTopics(wanted);
    if (created.length > 0) logger.info({ topics: created, partitions }, "topics created");
  }
  const now = await Promise.all(specs.map((spec) => log.describeTopic(spec.topic)));
  for (const [index, spec] of specs.entries()) {
    const description = now[index];
    if (description !== null && description !== undefined) check(spec, description, partitions, options);
  }
  return partitions;
}

/** What state depends on is an error; what durability depends on is a warning, since some managed Kafkas will not have it set. */
function check(spec: TopicSpec, found: TopicDescription, partitions: number, options: TopicSetupOptions): void {
  const { logger } = options;
  const wanted = spec.partitions === 1 ? 1 : partitions;
  if (found.partitions !== wanted) {
    throw new TopicError(
      "TOPIC_PARTITIONS_DIFFER",
      `topic ${spec.topic} has ${found.partitions} partitions; the app was created with ${wanted}, and the count never changes: state lives by it. Make the topic anew with ${wanted}, or create a new app`,
    );
  }
  if (found.settings === null) return;
  const { settings } = found;
  if (spec.settings["cleanup.policy"] === "delete" && settings["cleanup.policy"]?.includes("compact") === true) {
    throw new TopicError(
      "TOPIC_SETTING_UNSAFE",
      `topic ${spec.topic} has cleanup.policy=${settings["cleanup.policy"]}: entries without a key would be lost. Set cleanup.policy=delete`,
    );
  }
  const loss = lossByDeletion(spec.topic, options);
  if (loss !== null && deletesWhatIsOld(settings)) {
    throw new TopicError(
      "TOPIC_SETTING_UNSAFE",
      `topic ${spec.topic} has cleanup.policy=${settings["cleanup.policy"]}: brokers delete what is old, and ${loss}. Set cleanup.policy=compact`,
    );
  }
  const isKept = spec.settings["retention.ms"] === "-1";
  if (isKept && [settings["retention.ms"], settings["retention.bytes"]].some((limit) => limit !== undefined && limit !== "-1")) {
    logger.error(
      {
        code: "TOPIC_RETENTION_LIMITED",
        topic: spec.topic,
        "retention.ms": settings["retention.ms"],
        "retention.bytes": settings["retention.bytes"],
      },
      "this topic's retention is limited: when it deletes what state is built from, partitions cannot be opened any more. Set both to -1 now",
    );
  }
  const asked = { ...spec.settings, ...(found.replicationFactor < 3 ? spec.settingsBelowThreeReplicas : {}) };
  for (const [name, value] of Object.entries(asked)) {
    const actual = settings[name];
    const isCapped = name === "min.insync.replicas" && found.replicationFactor < Number(value);
    if (actual === undefined || actual === value || isCapped) continue;
    logger.warn(
      { code: "TOPIC_SETTING_DIFFERS", topic: spec.topic, setting: name, is: actual, wanted: value },
      "a topic's setting is not what the app asks for",
    );
  }
}

function deletesWhatIsOld(settings: Readonly<Record<string, string>>): boolean {
  const { "retention.ms": ms, "retention.bytes": bytes = "-1" } = settings;
  return settings["cleanup.policy"]?.includes("delete") === true && (ms !== "-1" || bytes !== "-1");
}

/** What would be lost for good where brokers deleted from the topic what is old; null where it can be made anew. */
function lossByDeletion(topic: string, { topics, trimsJournals = false }: TopicSetupOptions): string | null {
  if (topic === topics.keys) return "with the keys of subjects their data, for ever";
  const isOnlyCopy = topic === topics.state && trimsJournals;
  return isOnlyCopy ? "images are all that the app has of the time before its `retention`" : null;
}
