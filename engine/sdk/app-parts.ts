// What an app is made of, for the commands and the server of this package: they open its log and call its functions by themselves.
import type { SettledOptions } from "../config/options.ts";
import type { Sealing } from "../core/sealing.ts";
import type { RegisteredFunction } from "../execution/function.ts";
import type { Executing } from "../execution/in-process/executing.ts";
import type { CheckedEvent } from "../execution/outgoing-event.ts";
import type { Codec } from "../log/encrypted/codec.ts";
import type { Log } from "../log/log.ts";
import type { Meters } from "../observability/meters.ts";
import type { RecentLogs } from "../observability/recent-logs.ts";
import type { EventReader } from "../task/event-reader.ts";
import type { AppTopics } from "../task/app-topics.ts";
import type { FunctionSpec, SourceSpec } from "../workflow/trigger/manifest.ts";

export interface AppParts {
  readonly options: SettledOptions;
  /** By id; those of `onFailure` and `onCancel`, too. */
  readonly functions: ReadonlyMap<string, RegisteredFunction>;
  /** What each function declares, by its id. */
  readonly specs: ReadonlyMap<string, FunctionSpec>;
  /** Ids of its consumers. */
  readonly consumers: readonly string[];
  /** Its module started it already. */
  readonly hasBegun: boolean;
  /** Names of events that have a schema. */
  readonly declaredEvents: ReadonlySet<string>;
  /** Text of the Avro schema that an event of this name is read by; null where none is declared. */
  readonly avroOf: (event: string) => string | null;
  /** The same as its author wrote it, with its documentation: for people. */
  readonly writtenAvroOf: (event: string) => string | null;
  /** As JSON, the data that who reads an event gets for what is sent: by its schema, where it has one. @throws SchemaError EVENT_DATA_INVALID */
  readonly dataOf: (event: CheckedEvent, given: unknown) => string | Promise<string>;
  readonly topics: AppTopics;
  /** How its sources are read. */
  readonly reader: EventReader;
  /** Opens data of subjects, once it is connected; null where nothing is sealed. */
  readonly sealing: Sealing | null;
  /** The topics that it reads. @throws ConfigurationError `INVALID_OPTIONS`; LogError */
  readonly sourcesOf: (log: Log, partitions: number) => Promise<readonly SourceSpec[]>;
  /** What encrypts its topics; null where nothing does. */
  readonly codec: Codec | null;
  /** What runs of this process logged of late. */
  readonly recentLogs: RecentLogs;
  /** Counts messages to webhooks. */
  readonly meters: Pick<Meters, "alertsSent">;
  /** Which steps execute in this process. */
  readonly executing: Pick<Executing, "of">;
  /** The app's own connection, which it closes: opened, with its topics, where it is not. An embedded log has no other. @throws LogError; TopicError */
  readonly connect: () => Promise<{ readonly log: Log; readonly partitions: number }>;
}
