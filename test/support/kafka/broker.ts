// What a test holds of a real broker, whoever runs it (a JVM of ours, or a container).

export interface Broker extends AsyncDisposable {
  readonly id: number;
  /** What clients are told to connect to, `host:port`. */
  readonly address: string;
  /** What the broker really listens on; differs from `address` where a proxy stands between. */
  readonly listenAddress: string;
  /** What the broker said, for people who look into a failure: a file, or the container's name. */
  readonly log: string;

  /** Dies without a word, as a machine does. Resolves when the process is gone. */
  kill9(): Promise<void>;
  /** Leaves in order: hands leadership over, then ends. */
  stop(): Promise<void>;
  /** Stops answering while its sockets stay open. */
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  /** Starts again on the same data and ports, after `kill9` or `stop`. Resolves when it serves. */
  restart(): Promise<void>;
  /** Ends it for good and removes its data. Idempotent. */
  close(): Promise<void>;
}

export interface Cluster extends AsyncDisposable {
  readonly brokers: readonly Broker[];
  readonly addresses: readonly string[];
  close(): Promise<void>;
}

export interface StartOptions {
  /** Broker settings by Kafka's own names; they win over ours. */
  readonly settings?: Readonly<Record<string, string>>;
  /** `tests` starts fast and stays small; `benchmark` gets 1 GiB and the collector that Kafka ships with. Default `tests`. */
  readonly heap?: Heap;
  /** Progress in words for people; silent by default. */
  readonly say?: Say;
}

export interface BrokerOptions extends StartOptions {
  /** Default: a free one. */
  readonly port?: number;
  /** The port clients are told to connect to, e.g. a proxy's. Default: the broker's own. */
  readonly advertisedPort?: number;
  /** Keep the data here, beyond this process, and find it again at the next start. Default: a scratch folder, removed at the end. */
  readonly folder?: string;
}

export interface ClusterOptions extends StartOptions {
  readonly nodes: number;
  /** The same as `settings`. */
  readonly extra?: Readonly<Record<string, string>>;
}

export type Heap = "tests" | "benchmark";
export type Say = (line: string) => void;

/** No broker can be had this way; the message says why and what would help. */
export class KafkaUnavailable extends Error {
  override readonly name = "KafkaUnavailable";
}
