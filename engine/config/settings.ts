// One schema of all that can be set from outside of an app's code, and what of it is in force.
import { z } from "zod";
import { ConfigurationError } from "../core/configuration-error.ts";
import { nearName } from "../core/known-options.ts";
import { serverAlertsSchema } from "./alerts.ts";
import { GivenSettings, isPlain, placesOf } from "./given-settings.ts";
import { optionsSchema } from "./options.ts";
import { readEnvironment, readFile, readFlags, type Environment } from "./setting-sources.ts";
import { SETTINGS } from "./setting-list.ts";
import { placesOfSchema } from "./schema-places.ts";
import { strangeVariables } from "./strange-variables.ts";

const { id, log: _, sources: __, skipMissing: ___, ...appOptions } = optionsSchema.shape;

/** Flat: which of it counts depends on the kind, which the code may say. */
const log = z.strictObject({
  kind: z.enum(["kafka", "embedded"]).optional(),
  path: z.string().min(1).optional(),
  brokers: z.array(z.string().min(1)).min(1).optional(),
  clientId: z.string().optional(),
  ssl: z.union([z.boolean(), z.looseObject({})]).optional(),
  sasl: z.looseObject({ mechanism: z.string() }).optional(),
  sessionTimeoutMs: z.int().min(1_000).max(300_000).optional(),
  replicationFactor: z.int().min(1).max(10).optional(),
  compression: z.enum(["none", "zstd"]).optional(),
});

const port = z.int().min(0).max(65_535);

const limits = z.strictObject({
  /** Of a token that has none of its own. */
  requestsPerSecond: z.number().positive().optional(),
  /** Of one body. */
  bodyBytes: z.int().min(1_024).optional(),
  connections: z.int().min(1).optional(),
  /** Live updates. */
  streams: z.int().min(1).optional(),
  streamsEach: z.int().min(1).optional(),
  /** How long a request waits for the log; but for those that send events. */
  answerMs: z.int().min(100).optional(),
  /** How long a request that sends events waits for the log. */
  sendMs: z.int().min(100).optional(),
  /** While events wait for the log for longer, others are refused. */
  slowMs: z.int().min(100).optional(),
  /** Of events that wait for the log. */
  sendingBytes: z.int().min(1_024).optional(),
});

const server = z.strictObject({
  host: z.string().min(1).default("127.0.0.1"),
  port: port.default(8288),
  /** A file. */
  tokens: z.string().min(1).optional(),
  /** False: whoever reaches the port may do everything. */
  login: z.boolean().default(true),
  /** A file of SQLite. */
  history: z.string().min(1).optional(),
  cors: z.array(z.url()).default([]),
  logLink: z
    .string()
    .refine((text) => text.includes("{run}"), "an address with {run} in it")
    .optional(),
  /** How much one caller, and all of them, may ask for. What is left out is as the server has it. */
  limits: limits.prefault({}),
  /** What a server tells by itself. Alerts of an app's workers stand in its code. */
  alerts: serverAlertsSchema.prefault({}),
});

const worker = z.strictObject({
  /** Probes come from other machines, and what is told there is no secret. */
  host: z.string().min(1).default("0.0.0.0"),
  /** 0: it has none. */
  port: port.default(0),
});

/** Of commands that ask a server. */
const client = z.strictObject({
  server: z.url({ protocol: /^https?$/, error: noAddress }).optional(),
  token: z.string().min(1).optional(),
});

const schema = z.strictObject({
  app: id.optional(),
  log: log.prefault({}),
  ...appOptions,
  server: server.prefault({}),
  worker: worker.prefault({}),
  client: client.prefault({}),
});

const PLACES = placesOfSchema(schema);

export type SettingValues = z.output<typeof schema>;

export interface Settings {
  /** With what counts where nobody says anything. */
  readonly values: SettingValues;
  readonly given: GivenSettings;
  /** Variables that are called as settings are, and that nobody reads. */
  readonly unread: readonly string[];
}

export interface SettingSources {
  /** As commander has them. */
  readonly flags: Readonly<Record<string, unknown>>;
  /** Names of the settings that the command takes as flags. */
  readonly taken: readonly string[];
  readonly environment: Environment;
  /** Default: `millrace.json` in the working directory, where there is one. */
  readonly file?: string | undefined;
}

/** `localhost:8288` reads as an address of a kind `localhost:`. It may have a password in it: it is not told. */
function noAddress({ input }: { readonly input?: unknown }): string {
  const isBare = typeof input === "string" && !input.includes("://") && URL.canParse(`http://${input}`);
  return `no address: it is one such as http://127.0.0.1:8288${isBare ? ", and http:// or https:// is missing in front of it" : ""}`;
}

/** @throws ConfigurationError `INVALID_SETTINGS`, with everything that is wrong and where it comes from */
export function readSettings({ flags, taken, environment, file }: SettingSources): Settings {
  const given = new GivenSettings();
  readFile(given, file);
  readEnvironment(given, environment);
  const { wrong, unread } = strangeVariables(environment, PLACES);
  const problems = [...wrong];
  readFlags(given, flags, taken);
  const result = schema.safeParse(given.tree);
  if (!result.success) problems.push(...result.error.issues.flatMap((issue) => problemsOf(issue, given)));
  if (problems.length > 0 || !result.success) {
    throw new ConfigurationError("INVALID_SETTINGS", `settings are wrong:\n${problems.map((problem) => `  ${problem}`).join("\n")}`);
  }
  return { values: result.data, given, unread };
}

function problemsOf(issue: z.core.$ZodIssue, given: GivenSettings): readonly string[] {
  const at = issue.path.filter((part) => typeof part === "string").join(".");
  if (issue.code !== "unrecognized_keys") return [`${at}: ${messageOf(issue, given)}${originOf(at, given)}`];
  return issue.keys.map((key) => {
    const place = at === "" ? key : `${at}.${key}`;
    const near = nearName(place, namesKnown());
    return `${place} is no setting${near === null ? "" : `: did you mean ${near}?`}${originOf(place, given)}`;
  });
}

/** Of what is no secret, with what was given. */
function messageOf(issue: z.core.$ZodIssue, { tree }: GivenSettings): string {
  const wanted = issue.code === "invalid_type" ? WANTED[issue.expected] : undefined;
  const value = issue.path.reduce<unknown>((at, part) => (isPlain(at) && typeof part === "string" ? at[part] : undefined), tree);
  return wanted === undefined || typeof value !== "string" ? issue.message : `${wanted} is wanted, not ${JSON.stringify(value)}`;
}

const WANTED: Readonly<Record<string, string>> = { number: "a number", int: "a whole number", boolean: "true or false" };

function originOf(place: string, given: GivenSettings): string {
  const origin =
    given.originOf(place) ?? placesOf(given.tree).flatMap(([name]) => (name.startsWith(`${place}.`) ? [given.originOf(name)] : []))[0];
  return origin === null || origin === undefined ? "" : ` (${origin.name})`;
}

/** Those of the list, and those that only a file has. */
function namesKnown(): readonly string[] {
  const groups = PLACES.flatMap((place) => {
    const names = place.split(".");
    return names.map((_, index) => names.slice(0, index + 1).join("."));
  });
  return [...new Set([...SETTINGS.map(({ name }) => name), ...groups])];
}
