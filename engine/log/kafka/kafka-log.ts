// The Log port on Kafka.
import { LogError } from "../errors.ts";
import type {
  Appended,
  GroupMember,
  JoinOptions,
  Log,
  LogRecord,
  Membership,
  PartitionReader,
  ReaderOptions,
  TopicDescription,
  TopicPartition,
  TopicSpec,
} from "../log.ts";
import { backoffMs, pause } from "./backoff.ts";
import { Cluster } from "./cluster.ts";
import { Connections } from "./connections.ts";
import { Fetcher } from "./fetch.ts";
import { GroupMembers } from "./group-members.ts";
import { Kafka, logLevel, type KafkaConfig, type LogEntry } from "./kafkajs.ts";
import { openSocket, type Credentials, type Endpoint } from "./link.ts";
import { GroupMembership } from "./membership.ts";
import { NoticeBoard, type Notice, type OnNotice } from "./notices.ts";
import { Offsets } from "./offsets.ts";
import { Appender, MAX_PAYLOAD_BYTES } from "./produce.ts";
import { zstdBatch } from "./protocol/compress.ts";
import { Topics } from "./topics.ts";

export interface KafkaLogOptions {
  /** `host:port` of some brokers; the others are learned from them. */
  readonly brokers: readonly string[];
  readonly clientId?: string;
  /** True for the system's certificate authorities, or options of `tls.connect`, e.g. `{ ca }`. */
  readonly ssl?: NonNullable<KafkaConfig["ssl"]>;
  readonly sasl?: NonNullable<KafkaConfig["sasl"]>;
  /** After this silence a member counts as dead. Default 6000, the least that brokers allow unless told otherwise. */
  readonly sessionTimeoutMs?: number;
  /** Copies of topics that this log creates. Default: three, or as many as there are brokers. */
  readonly replicationFactor?: number;
  /** Of what is appended. Default: none. */
  readonly compression?: "none" | "zstd";
  /** Told of trouble that the log is living through, and of settings that this Kafka refuses. Nothing is ever printed. */
  readonly onNotice?: OnNotice;
  /** Ends the opening of the log. */
  readonly signal?: AbortSignal;
}

const DEFAULT_SESSION_TIMEOUT_MS = 6_000;

/**
 * Resolves when a broker has answered. Brokers that are not there (yet) are waited for, with a notice.
 * @throws LogError `LOG_AUTHENTICATION_FAILED` for wrong credentials or certificates, `LOG_FAILED` for what is no broker of Kafka ≥ 2.3, `LOG_ABORTED`.
 */
export async function openKafkaLog(options: KafkaLogOptions): Promise<Log> {
  const log = new KafkaLog(options);
  try {
    await log.open(options.signal);
    return log;
  } catch (error) {
    await log.close();
    throw error;
  }
}

class KafkaLog implements Log {
  readonly description: string;
  readonly maxBatchBytes = MAX_PAYLOAD_BYTES;
  readonly settleMs = 101;
  readonly #options: KafkaLogOptions;
  readonly #credentials: Credentials;
  readonly #notices: NoticeBoard;
  readonly #closing = new AbortController();
  readonly #connections: Connections;
  readonly #cluster: Cluster;
  readonly #appender: Appender;
  readonly #offsets: Offsets;
  readonly #fetcher: Fetcher;
  readonly #topics: Topics;
  readonly #groupMembers: GroupMembers;
  readonly #memberships = new Set<Membership>();
  #closed: Promise<void> | null = null;

  constructor(options: KafkaLogOptions) {
    const { signal } = this.#closing;
    const clientId = options.clientId ?? "millrace";
    this.#options = options;
    this.description = `kafka ${options.brokers.join(",")}`;
    this.#credentials = {
      clientId,
      ...(options.ssl === undefined ? {} : { ssl: options.ssl }),
      ...(options.sasl === undefined ? {} : { sasl: options.sasl }),
    };
    this.#notices = new NoticeBoard(options.onNotice);
    this.#connections = new Connections(this.#credentials);
    this.#cluster = new Cluster(options.brokers.map(parseEndpoint), this.#connections, this.#notices, signal);
    this.#appender = new Appender(this.#cluster, this.#connections, signal, options.compression === "zstd" ? zstdBatch : undefined);
    this.#offsets = new Offsets(this.#cluster, this.#connections, signal);
    this.#fetcher = new Fetcher(this.#cluster, this.#connections, this.#offsets, signal);
    this.#topics = new Topics(this.#cluster, this.#connections, {
      notices: this.#notices,
      closing: signal,
      replicationFactor: options.replicationFactor,
    });
    this.#groupMembers = new GroupMembers(this.#cluster, this.#connections, signal);
  }

  /** A connection alone proves nothing: it takes an answer to a request that needs authentication. */
  async open(signal: AbortSignal | undefined): Promise<void> {
    const ending = signal === undefined ? this.#closing.signal : AbortSignal.any([signal, this.#closing.signal]);
    const where = this.#options.brokers.join(", ");
    const speech = `${this.#options.ssl === undefined ? "without" : "with"} TLS and ${this.#options.sasl === undefined ? "without" : "with"} SASL`;
    for (let failures = 1; ; failures++) {
      if (ending.aborted) throw new LogError("LOG_ABORTED", `Opening ${this.description} was aborted.`);
      try {
        await this.#cluster.refresh();
        return;
      } catch (error) {
        if (!(error instanceof LogError) || !error.retriable) throw error;
        const message = `No Kafka broker answers at ${where}, trying on. Check that it runs, the address, and that this listener is one ${speech}.`;
        this.#notices.post({ level: "warn", code: "LOG_UNAVAILABLE", message, cause: error });
        await pause(backoffMs(failures), ending).catch(() => {}); // the loop looks at `ending`
      }
    }
  }

  append(target: TopicPartition, records: readonly LogRecord[], options: { readonly signal?: AbortSignal } = {}): Promise<Appended> {
    return this.#appender.append(target, records, options.signal);
  }

  openReader(options: ReaderOptions): PartitionReader {
    return this.#fetcher.open(options);
  }

  earliestOffset(target: TopicPartition): Promise<number> {
    return this.#offsets.earliestOffset(target);
  }

  latestOffset(target: TopicPartition): Promise<number> {
    return this.#offsets.latestOffset(target);
  }

  offsetForTime(target: TopicPartition, time: number): Promise<number> {
    return this.#offsets.offsetForTime(target, time);
  }

  trim(target: TopicPartition, offset: number): Promise<void> {
    return this.#offsets.trim(target, offset);
  }

  createTopics(topics: readonly TopicSpec[]): Promise<readonly string[]> {
    return this.#topics.createTopics(topics);
  }

  describeTopic(topic: string): Promise<TopicDescription | null> {
    return this.#topics.describeTopic(topic);
  }

  listTopics(): Promise<readonly string[]> {
    return this.#topics.listTopics();
  }

  async join(options: JoinOptions): Promise<Membership> {
    await this.#cluster.locate({ topic: options.topic, partition: 0 }); // kafkajs would wait for the topic for ever
    if (this.#closing.signal.aborted) throw new LogError("LOG_CLOSED", "The log was closed.");
    const membership = await GroupMembership.join(options, {
      sessionTimeoutMs: this.#options.sessionTimeoutMs ?? DEFAULT_SESSION_TIMEOUT_MS,
      newClient: () => this.#newClient(),
      untilCoordinated: (group) => this.#groupMembers.untilCoordinated(group),
      distrust: (address) => this.#cluster.distrust(address),
      description: this.description,
      notices: this.#notices,
      closing: this.#closing.signal,
    });
    this.#memberships.add(membership);
    return membership;
  }

  members(group: string): Promise<readonly GroupMember[]> {
    return this.#groupMembers.members(group);
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#closing.abort();
    this.#connections.close();
    await Promise.all([...this.#memberships].map((membership) => membership.leave()));
  }

  #newClient(): InstanceType<typeof Kafka> {
    const { clientId, ssl, sasl } = this.#credentials;
    return new Kafka({
      brokers: this.#cluster.addresses,
      clientId,
      ...(ssl === undefined ? {} : { ssl: typeof ssl === "object" ? { ...ssl } : ssl }),
      ...(sasl === undefined ? {} : { sasl: { ...sasl } }),
      connectionTimeout: 3_000,
      requestTimeout: 2_500,
      retry: { retries: 2, initialRetryTime: 100, maxRetryTime: 1_000 },
      socketFactory: openSocket,
      logLevel: logLevel.WARN,
      logCreator: () => (entry) => this.#notices.post(noticeOf(entry)),
    });
  }
}

/** kafkajs' lines are for those who look for trouble; what matters of them reaches people as notices of ours. */
function noticeOf({ namespace, log }: LogEntry): Notice {
  return { level: "debug", code: "KAFKAJS", message: `${namespace}: ${log.message}` };
}

function parseEndpoint(address: string): Endpoint {
  const at = address.lastIndexOf(":");
  const port = Number(address.slice(at + 1));
  if (at < 1 || !Number.isInteger(port) || port < 1 || port > 65535) {
    throw new LogError("LOG_FAILED", `"${address}" is no broker's address: write it as host:port.`);
  }
  return { host: address.slice(0, at).replace(/^\[(.*)\]$/u, "$1"), port };
}
