// A dry run of a function of an app, with all that it needs of the app.
import { dryRun, type DryRunProgress } from "../../engine/replay/dry-run/dry-run.ts";
import type { DryRunReport } from "../../engine/replay/dry-run/report.ts";
import { WrittenEvents } from "../../engine/replay/dry-run/written-events.ts";
import type { RegisteredFunction } from "../../engine/execution/function.ts";
import type { Log } from "../../engine/log/log.ts";
import { keysOfLog } from "../../engine/sealing/keys-of-log.ts";
import type { Logger } from "../../engine/observability/logger.ts";
import type { AppParts } from "../../engine/sdk/app-parts.ts";
import { KnownSchemas } from "../../engine/sdk/known-schemas.ts";
import type { AppTopics } from "../../engine/task/app-topics.ts";

export interface AppDryRun {
  readonly parts: AppParts;
  readonly function: RegisteredFunction;
  readonly log: Log;
  readonly topics: AppTopics;
  readonly partitions: number;
  /** Milliseconds since 1970. */
  readonly since?: number;
  readonly until?: number;
  /** CEL over `event`. */
  readonly where?: string;
  readonly recompute?: readonly string[];
  readonly logger: Logger;
  readonly onProgress: (progress: DryRunProgress) => void;
}

/** @throws ConfigurationError `INVALID_EXPRESSION`; JournalError, LogError, SchemaError */
export async function dryRunOfApp({ parts, topics, logger, ...run }: AppDryRun): Promise<DryRunReport> {
  const { options, avroOf } = parts;
  const { log } = run;
  const ring = await keysOfLog({ log, topic: topics.keys, app: options.id, logger });
  await using closing = new AsyncDisposableStack();
  closing.defer(() => ring?.close());
  await using known = new KnownSchemas({ log: run.log, topics, options: options.registry, logger });
  const written = new WrittenEvents({
    schemaOf: (id) => known.schemaOf(id),
    readerOf: avroOf,
    onUnreadable: (id, reason) => logger.warn({}, `Events of the schema with the id ${id} are compared by name and key alone: ${reason}`),
  });
  const { maxEventBytes } = options;
  // Awaited here: the keys are let go of behind it.
  return await dryRun({ ...run, app: options.id, journal: topics.journal, maxEventBytes, schemas: parts, written, sealing: ring });
}
