// Settings that flags and the environment may give, by their place in a file of settings. The file may give all others of `settings.ts`, too.

/** How what stands in a flag or in the environment is read. `list`: with commas. `json`: as a file would have it. */
export type SettingKind = "text" | "number" | "boolean" | "list" | "json";

export interface SettingSpec {
  /** Place in the file, such as `log.brokers`. */
  readonly name: string;
  readonly kind: SettingKind;
  readonly environment: string;
  /** As commander takes it; null: passwords and rarities are for files and the environment. */
  readonly flag: string | null;
  readonly says: string;
  /** Never printed. */
  readonly isSecret?: true;
}

export const SETTINGS: readonly SettingSpec[] = [
  of("app", "text", "MILLRACE_APP", "--app <id>", "the app's id, where no module says it"),
  of("log.kind", "text", "MILLRACE_LOG", "--log <kind>", "kafka or embedded; by default kafka where brokers are given, else embedded"),
  of("log.brokers", "list", "MILLRACE_BROKERS", "--brokers <addresses>", "host:port of Kafka's brokers, with commas"),
  of("log.path", "text", "MILLRACE_PATH", "--path <directory>", "of an embedded log (default: .millrace)"),
  of("log.clientId", "text", "MILLRACE_CLIENT_ID", null, "how this process calls itself to brokers (default: millrace)"),
  of("log.ssl", "json", "MILLRACE_SSL", null, "true, or TLS options as in kafkajs (default: false)"),
  of("log.sasl.mechanism", "text", "MILLRACE_SASL_MECHANISM", null, "plain, scram-sha-256, scram-sha-512, …, as in kafkajs"),
  of("log.sasl.username", "text", "MILLRACE_SASL_USERNAME", null, "for brokers"),
  { ...of("log.sasl.password", "text", "MILLRACE_SASL_PASSWORD", null, "for brokers"), isSecret: true },
  of(
    "log.sessionTimeoutMs",
    "number",
    "MILLRACE_SESSION_TIMEOUT_MS",
    null,
    "how long a worker may be silent before its partitions go to others (default: 6000)",
  ),
  of(
    "log.replicationFactor",
    "number",
    "MILLRACE_REPLICATION_FACTOR",
    null,
    "copies of topics that are made (default: 3, or as many as there are brokers)",
  ),
  of("log.compression", "text", "MILLRACE_COMPRESSION", null, "none or zstd (default: none)"),
  of("topicPrefix", "text", "MILLRACE_TOPIC_PREFIX", "--topic-prefix <prefix>", "in front of the app's topics (default: nothing)"),
  of("partitions", "number", "MILLRACE_PARTITIONS", "--partitions <number>", "of a new app; the count never changes (default: 8)"),
  of("createTopics", "boolean", "MILLRACE_CREATE_TOPICS", null, "whether topics that are missing are made (default: true)"),
  of("maxActiveRuns", "number", "MILLRACE_MAX_ACTIVE_RUNS", null, "runs that a partition may have in memory (default: 2000)"),
  of("stopGraceMs", "number", "MILLRACE_STOP_GRACE_MS", null, "how long running steps may go on when a worker stops (default: 10000)"),
  of("standbys", "number", "MILLRACE_STANDBYS", null, "copies of each partition's state in other workers, 0 or 1 (default: 0)"),
  of("registry.url", "text", "MILLRACE_REGISTRY_URL", null, "of a schema registry (default: the app's own topic)"),
  of("registry.auth.username", "text", "MILLRACE_REGISTRY_USERNAME", null, "for the registry"),
  { ...of("registry.auth.password", "text", "MILLRACE_REGISTRY_PASSWORD", null, "for the registry"), isSecret: true },
  of("server.host", "text", "MILLRACE_HOST", "--host <address>", "where API and dashboard listen (default: 127.0.0.1)"),
  of("server.port", "number", "MILLRACE_PORT", "--port <number>", "of API and dashboard (default: 8288)"),
  of("server.tokens", "text", "MILLRACE_TOKENS", "--tokens <file>", "who may call the API: see `millrace token`"),
  of(
    "server.login",
    "boolean",
    "MILLRACE_LOGIN",
    "--no-login",
    "no login: whoever is on this machine may do everything; only on a loopback address",
  ),
  of(
    "server.history",
    "text",
    "MILLRACE_HISTORY",
    "--history <file>",
    "of SQLite, with the server's history of runs (default: .millrace/history-<app>.db, or beside the embedded log)",
  ),
  of("server.cors", "list", "MILLRACE_CORS", "--cors <origins>", "origins of other sites' pages that may call the API, with commas"),
  of(
    "server.logLink",
    "text",
    "MILLRACE_LOG_LINK",
    "--log-link <address>",
    "where a run's log lines are found elsewhere, with {run} in it",
  ),
  {
    ...of(
      "server.alerts.url",
      "text",
      "MILLRACE_ALERTS_URL",
      "--alerts <url>",
      "of a webhook that hears what the server sees by itself, such as that no worker runs",
    ),
    isSecret: true,
  },
  {
    ...of("server.alerts.secret", "text", "MILLRACE_ALERTS_SECRET", null, "signs what is told there, 16 characters or more"),
    isSecret: true,
  },
  of("server.alerts.on", "list", "MILLRACE_ALERTS_ON", null, "codes of what is told there, with commas (default: all that a server sees)"),
  of(
    "server.alerts.maxLag",
    "number",
    "MILLRACE_ALERTS_MAX_LAG",
    null,
    "records of a source partition that may wait before that is told (default: 100000)",
  ),
  of("worker.host", "text", "MILLRACE_WORKER_HOST", "--host <address>", "where a worker tells its health and metrics (default: 0.0.0.0)"),
  of("worker.port", "number", "MILLRACE_WORKER_PORT", "--port <number>", "of a worker's health and metrics; 0: it has none (default: 0)"),
  of(
    "client.server",
    "text",
    "MILLRACE_SERVER",
    "--server <url>",
    "of the API that a command asks (default: this machine's, at `server.port`)",
  ),
  {
    ...of("client.token", "text", "MILLRACE_TOKEN", "--token <token>", "for that API; in the environment it is in no list of processes"),
    isSecret: true,
  },
];

/** What is under these names is never printed, whatever a file has there. */
export const SECRET_NAMES: readonly string[] = [
  "log.sasl",
  "log.ssl",
  "registry.auth",
  "registry.headers",
  "alerts",
  "server.alerts.headers",
];

function of(name: string, kind: SettingKind, environment: string, flag: string | null, says: string): SettingSpec {
  return { name, kind, environment, flag, says };
}
