// What `new Millrace(…)` takes, checked once, with the environment read in this one place.
import { z } from "zod";
import { ConfigurationError } from "../core/configuration-error.ts";
import { durationMs } from "../core/duration.ts";
import { filledIn, outsideSettings } from "./outside.ts";
import { placesOfSchema } from "./schema-places.ts";

const appId = z
  .string()
  .regex(
    /^[a-zA-Z0-9._-]{1,100}$/,
    "an app's id is 1 to 100 letters, digits, dots, dashes and underscores: Kafka's topics are named after it",
  );

const kafkaLog = z.strictObject({
  kind: z.literal("kafka"),
  brokers: z.array(z.string().min(1)).min(1),
  clientId: z.string().optional(),
  /** As in kafkajs: true, or TLS options. */
  ssl: z.union([z.boolean(), z.looseObject({})]).optional(),
  /** As in kafkajs. */
  sasl: z.looseObject({ mechanism: z.string() }).optional(),
  /** How long a worker may be silent before its partitions go to others. */
  sessionTimeoutMs: z.int().min(1_000).max(300_000).optional(),
  /** Default: 3, or as many as there are brokers. */
  replicationFactor: z.int().min(1).max(10).optional(),
  /** Of what is appended, where it pays. Brokers pass it on as it is, and every client of Kafka 2.1 or newer reads it. */
  compression: z.enum(["none", "zstd"]).optional(),
});

const embeddedLog = z.strictObject({ kind: z.literal("embedded"), path: z.string().min(1).optional() });

const sending = z.strictObject({
  /** So long events wait for others, to go together. 0: only for those of the same turn of the event loop, and while a batch is under way. */
  lingerMs: z.int().min(0).max(60_000).default(0),
  /** Of a partition. */
  maxBatchBytes: z
    .int()
    .min(1_024)
    .max(1024 * 1024)
    .default(512 * 1024),
  /** So much may wait to be sent; then `send` waits for room, in the order of the calls. */
  maxBufferedBytes: z
    .int()
    .min(1_024)
    .default(64 * 1024 * 1024),
  /** How long `send` tries. */
  timeoutMs: z.int().min(100).max(3_600_000).default(120_000),
});

const COMPATIBILITIES = ["NONE", "BACKWARD", "BACKWARD_TRANSITIVE", "FORWARD", "FORWARD_TRANSITIVE", "FULL", "FULL_TRANSITIVE"] as const;

const registry = z.strictObject({
  /** Of a registry with Confluent's API, with its path. Default: the app keeps its schemas in a topic of its own, `<app>.schemas`. */
  url: z.url({ protocol: /^https?$/ }).optional(),
  auth: z.strictObject({ username: z.string(), password: z.string() }).optional(),
  /** Sent with each question, such as `authorization`. */
  headers: z.record(z.string(), z.string()).optional(),
  /** Of one question. */
  timeoutMs: z.int().min(100).max(600_000).optional(),
  /** Which changes of a schema are refused. Default: what the registry says, or BACKWARD. */
  compatibility: z.enum(COMPATIBILITIES).optional(),
});

const DAY_MS = 86_400_000;
/** Milliseconds, or text such as "400 days"; milliseconds once it is checked. */
const retention = z.union([z.number(), z.string()]).transform((duration, context): number => {
  const ms = durationOrNull(duration);
  if (ms !== null && ms >= DAY_MS) return ms;
  context.addIssue({ code: "custom", message: 'a duration of a day or more, such as "400 days"' });
  return z.NEVER;
});

/** Also what settings from outside of the code go by. */
export const optionsSchema = z.strictObject({
  id: appId,
  log: z.discriminatedUnion("kind", [kafkaLog, embeddedLog]).optional(),
  /** Of a new app; an app's count never changes. */
  partitions: z.int().min(1).max(1_000).default(8),
  createTopics: z.boolean().default(true),
  /** Whether brokers flush every append of the engine to disk before they answer. `auto`: on topics with fewer than three copies. */
  fsync: z.enum(["auto", "always", "never"]).default("auto"),
  topicPrefix: z
    .string()
    .regex(/^[a-zA-Z0-9._-]*$/)
    .default(""),
  maxEventBytes: z
    .int()
    .min(1_024)
    .max(1536 * 1024)
    .default(1024 * 1024),
  maxActiveRuns: z.int().min(1).max(1_000_000).default(2_000),
  /** Of a partition, in lines; then it reads no further events. */
  maxQueuedRuns: z.int().min(1).max(10_000_000).default(1_000_000),
  /** How long running steps may go on when partitions are handed over, by `stop` or to a worker that joins; and how long `stop` waits for successors. */
  stopGraceMs: z.int().min(0).max(3_600_000).default(10_000),
  /** How many workers hold a copy of each partition's state beside its owner, to take over without reading its journal first. Costs their memory. */
  standbys: z.int().min(0).max(1).default(0),
  send: sending.prefault({}),
  /** Whether events may have a `subject`, whose data is sealed and can be erased. */
  erasable: z.boolean().default(false),
  /** What may be deleted. `journal`: entries older than this, such as "400 days", where nothing is built from them any more. Default: nothing is. */
  retention: z.strictObject({ journal: retention.optional() }).prefault({}),
  /** Where the schemas of events are. */
  registry: registry.prefault({}),
  activationTimeoutMs: z.int().min(100).max(3_600_000).default(60_000),
  /** Foreign topics of CloudEvents. `deduplicate`: an id counts once in 24 hours, as in the app's own events; by default only the offset counts. */
  sources: z
    .array(
      z.strictObject({
        topic: z.string().min(1),
        from: z.enum(["beginning", "now"]).default("now"),
        deduplicate: z.boolean().default(false),
      }),
    )
    .default([]),
  skipMissing: z.array(z.strictObject({ topic: z.string().min(1), partition: z.int().min(0), to: z.int().min(0) })).default([]),
});

export type AppOptions = z.input<typeof optionsSchema>;
export type CheckedOptions = z.output<typeof optionsSchema>;
export type LogOptions = NonNullable<CheckedOptions["log"]>;

export type SettledOptions = CheckedOptions & {
  readonly log: LogOptions;
  /** What code or settings say; absent where `partitions` is the default, which nobody said. */
  readonly partitionsSaid?: number;
};

/** Of what may come from outside; the rest stands in code alone. */
const PLACES = placesOfSchema(optionsSchema.omit({ id: true, sources: true, skipMissing: true }));

/** pino's level: `LOG_LEVEL`, else `info`. */
export function logLevel(environment: Readonly<Record<string, string | undefined>> = process.env): string {
  return environment["LOG_LEVEL"] ?? "info";
}

/**
 * What is left out comes from outside: from a command's flags, file and environment, or from the environment alone (`outside.ts`). Where nobody
 * names a log it is embedded, in `.millrace`. @throws ConfigurationError `INVALID_OPTIONS`, naming every option that is wrong, and each variable
 * that nobody reads although somebody meant one of these.
 */
export function checkOptions(options: AppOptions, environment: Readonly<Record<string, string | undefined>> = process.env): SettledOptions {
  const { settings, wrong } = outsideSettings(environment, PLACES);
  const filled = filledIn(options, settings, Object.keys(optionsSchema.shape));
  const result = optionsSchema.safeParse(filled);
  const problems = result.success ? wrong : [z.prettifyError(result.error), ...wrong];
  if (!result.success || problems.length > 0) throw new ConfigurationError("INVALID_OPTIONS", `new Millrace: ${problems.join("\n")}`);
  const { log = { kind: "embedded" }, partitions } = result.data;
  const isSaid = "partitions" in filled && filled.partitions !== undefined;
  return { ...result.data, log, ...(isSaid ? { partitionsSaid: partitions } : {}) };
}

function durationOrNull(duration: number | string): number | null {
  try {
    return durationMs(duration);
  } catch (error) {
    if (error instanceof ConfigurationError) return null;
    throw error;
  }
}
