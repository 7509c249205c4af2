// Everything that this adapter uses of kafkajs 2.2.4, public or not, typed by hand where kafkajs has no types.
// kafkajs is frozen and pinned, so its inner files do not drift.
import { createRequire } from "node:module";
import type { Socket } from "node:net";
import type * as Kafkajs from "kafkajs";
import { stopIdleTimers } from "./patches.ts";

const require = createRequire(import.meta.url);

stopIdleTimers();

/** One socket to one broker, with its TLS, SASL, framing and correlation of requests to answers. */
export interface Connection {
  /** Undefined until `connect` was called. */
  readonly socket?: Socket;
  connect(): Promise<boolean>;
  disconnect(): Promise<boolean>;
  isConnected(): boolean;
  /** Rejects what waits for an answer. */
  rejectRequests(error: Error): void;
  setVersions(versions: ApiVersions): void;
  setSupportAuthenticationProtocol(isSupported: boolean): void;
  authenticate(): Promise<void>;
  send<Answer>(protocol: {
    request: { apiKey: number; apiVersion: number; apiName: string; encode: () => Promise<Encoded> };
    response: { decode: (payload: Buffer) => Promise<{ clientSideThrottleTime: number; answer: Answer }>; parse: Parse<Answer> };
    logResponseError: boolean;
  }): Promise<Answer>;
}

type Parse<Answer> = (decoded: { answer: Answer }) => Promise<Answer>;

/** What kafkajs needs of its own Encoder to put a request's body behind the header. */
export interface Encoded {
  readonly buf: Buffer;
  readonly buffer: Buffer;
}

export type ApiVersions = Readonly<Record<number, { readonly minVersion: number; readonly maxVersion: number }>>;

export interface QuietLogger {
  namespace(): QuietLogger;
  error(): void;
  warn(): void;
  info(): void;
  debug(): void;
}

interface ConnectionOptions {
  readonly host: string;
  readonly port: number;
  readonly clientId: string;
  readonly ssl: Kafkajs.KafkaConfig["ssl"] | null;
  readonly sasl: Kafkajs.SASLOptions | Kafkajs.Mechanism | null;
  readonly logger: QuietLogger;
  readonly socketFactory: Kafkajs.ISocketFactory;
  readonly connectionTimeout: number;
  readonly requestTimeout: number;
  /** False: kafkajs arms no timers, the caller watches the time. */
  readonly enforceRequestTimeout: boolean;
}

export const KafkajsConnection: new (options: ConnectionOptions) => Connection = require("kafkajs/src/network/connection");

const kafkajs: typeof Kafkajs = require("kafkajs");

export const Kafka: typeof Kafkajs.Kafka = kafkajs.Kafka;
export const { logLevel, AssignerProtocol } = kafkajs;
export type { Consumer, ISocketFactory, KafkaConfig, LogEntry, PartitionAssigner } from "kafkajs";
