// A link: one socket to one broker, opened when needed, one request at a time.
import { connect as connectTcp, isIP } from "node:net";
import { connect as connectTls } from "node:tls";
import { LogError } from "../errors.ts";
import { fromKafkajs } from "./errors.ts";
import {
  KafkajsConnection,
  type ApiVersions,
  type Connection,
  type ISocketFactory,
  type KafkaConfig,
  type QuietLogger,
} from "./kafkajs.ts";
import { apiVersionsRequest, missingFromBroker } from "./protocol/api-versions.ts";
import type { WireRequest } from "./protocol/request.ts";
import { ByteReader } from "./protocol/wire.ts";

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

export const addressOf = ({ host, port }: Endpoint): string => `${host}:${port}`;

/** How to reach brokers; the same for every connection of a log. */
export interface Credentials {
  readonly clientId: string;
  readonly ssl?: KafkaConfig["ssl"];
  readonly sasl?: NonNullable<KafkaConfig["sasl"]>;
}

const CONNECT_TIMEOUT_MS = 5_000;
const HANDSHAKE_TIMEOUT_MS = 2_500;
const SASL_TIMEOUT_MS = 10_000;

/**
 * Requests wait for each other: a broker serves one connection's requests one at a time anyhow, and kafkajs mixes up answers
 * when it has to authenticate again while one is awaited. An answer that does not come in time costs the socket, so that
 * nothing waits on a frozen broker twice; the next request opens another.
 */
export class Link {
  readonly address: string;
  readonly #endpoint: Endpoint;
  readonly #credentials: Credentials;
  #connection: Connection | null = null;
  #turn: Promise<unknown> = Promise.resolve();
  #throttledUntil = 0;
  #closed = false;

  constructor(endpoint: Endpoint, credentials: Credentials) {
    this.#endpoint = endpoint;
    this.#credentials = credentials;
    this.address = addressOf(endpoint);
  }

  /** @throws LogError; retriable ones are trouble of the connection, after which an outcome is unknown. */
  request<Answer extends { readonly throttleTimeMs: number }>(request: WireRequest<Answer>, timeoutMs: number): Promise<Answer> {
    const answer = this.#turn.then(() => this.#exchange(request, timeoutMs));
    this.#turn = answer.catch(() => {});
    return answer;
  }

  /** Lets go of the socket at once; what waits for an answer is rejected. A later request opens it again. */
  drop(reason: LogError): void {
    const connection = this.#connection;
    this.#connection = null;
    if (connection !== null) discard(connection, reason);
  }

  close(): void {
    this.#closed = true;
    this.drop(new LogError("LOG_CLOSED", "The log was closed."));
  }

  async #exchange<Answer extends { readonly throttleTimeMs: number }>(request: WireRequest<Answer>, timeoutMs: number): Promise<Answer> {
    const connection = await this.#connected();
    const throttled = this.#throttledUntil - performance.now();
    if (throttled > 0) await new Promise((resolve) => setTimeout(resolve, throttled));
    const answer = await this.#watched(connection, send(connection, request), timeoutMs);
    if (answer.throttleTimeMs > 0) this.#throttledUntil = performance.now() + answer.throttleTimeMs;
    return answer;
  }

  async #connected(): Promise<Connection> {
    if (this.#connection?.isConnected() === true) return this.#connection;
    if (this.#closed) throw new LogError("LOG_CLOSED", "The log was closed.");
    const connection = this.#newConnection();
    this.#connection = connection;
    try {
      await connection.connect();
    } catch (error) {
      this.#connection = null;
      throw fromKafkajs(error, this.address);
    }
    if (this.#closed) throw new LogError("LOG_CLOSED", "The log was closed.");
    const shaken = this.#shakeHands(connection);
    await this.#watched(connection, shaken, this.#credentials.sasl === undefined ? HANDSHAKE_TIMEOUT_MS : SASL_TIMEOUT_MS);
    return connection;
  }

  #newConnection(): Connection {
    const { clientId, ssl, sasl } = this.#credentials;
    return new KafkajsConnection({
      host: this.#endpoint.host,
      port: this.#endpoint.port,
      clientId,
      ssl: typeof ssl === "object" ? { ...ssl } : ssl === true ? {} : null,
      sasl: sasl === undefined ? null : { ...sasl }, // kafkajs keeps its authenticator, password and all, in the object given
      logger: QUIET,
      socketFactory: openSocket,
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: CONNECT_TIMEOUT_MS,
      enforceRequestTimeout: false,
    });
  }

  async #shakeHands(connection: Connection): Promise<void> {
    const { versions } = await send(connection, apiVersionsRequest());
    const missing = missingFromBroker(versions);
    if (missing !== null) throw new LogError("LOG_FAILED", `${this.address} ${missing}`);
    authenticateBy(connection, versions);
    await connection.authenticate();
  }

  /** `work`, or after `timeoutMs` the end of the connection. */
  async #watched<T>(connection: Connection, work: Promise<T>, timeoutMs: number): Promise<T> {
    const silence = Promise.withResolvers<never>();
    // When this process itself was stuck, the answer may lie in the socket already: it is read before silence is declared.
    let verdict: NodeJS.Immediate | undefined;
    const watchdog = setTimeout(() => {
      verdict = setImmediate(() => silence.reject(unanswered(this.address, timeoutMs)));
    }, timeoutMs);
    try {
      return await Promise.race([work, silence.promise]);
    } catch (error) {
      const reason = fromKafkajs(error, this.address);
      if (this.#connection === connection) this.#connection = null;
      discard(connection, reason);
      throw reason;
    } finally {
      clearTimeout(watchdog);
      clearImmediate(verdict);
    }
  }
}

function unanswered(address: string, timeoutMs: number): LogError {
  return new LogError("LOG_UNAVAILABLE", `Kafka at ${address} gave no answer in ${timeoutMs} ms.`, { retriable: true });
}

function discard(connection: Connection, reason: LogError): void {
  connection.rejectRequests(reason);
  connection.socket?.destroy();
  connection.disconnect().catch(() => {}); // the socket is gone; this only settles kafkajs' own state
}

function authenticateBy(connection: Connection, versions: ApiVersions): void {
  connection.setVersions(versions);
  connection.setSupportAuthenticationProtocol(versions[SASL_AUTHENTICATE] !== undefined);
}

const SASL_AUTHENTICATE = 36;

function send<Answer extends { readonly throttleTimeMs: number }>(connection: Connection, request: WireRequest<Answer>): Promise<Answer> {
  const { apiKey, apiVersion, apiName, body } = request;
  return connection.send<Answer>({
    request: { apiKey, apiVersion, apiName, encode: () => Promise.resolve({ buf: body, buffer: body }) },
    response: {
      // Throttling is kept by the link, outside kafkajs' queue, or the time spent throttled would count as silence.
      decode: async (payload) => ({ clientSideThrottleTime: 0, answer: request.read(new ByteReader(payload)) }),
      parse: async ({ answer }) => answer,
    },
    logResponseError: false,
  });
}

/**
 * Sockets for kafkajs, whose own factory leaves Nagle's algorithm on, which holds back the last part of a large request; and
 * which waits for ever when the other side hangs up before a TLS connection stands.
 */
export const openSocket: ISocketFactory = ({ host, port, ssl, onConnect }) => {
  let isConnected = false;
  const connected = (): void => {
    isConnected = true;
    onConnect();
  };
  const socket =
    ssl === undefined || ssl === null
      ? connectTcp({ host, port }, connected)
      : connectTls({ host, port, ...(isIP(host) === 0 ? { servername: host } : {}), ...ssl }, connected);
  socket.setNoDelay(true);
  socket.setKeepAlive(true, 30_000);
  socket.on("end", () => {
    if (!isConnected) socket.emit("error", Object.assign(new Error("hung up while connecting"), { code: "ECONNRESET" }));
  });
  return socket;
};

const nothing = (): void => {};
const QUIET: QuietLogger = { namespace: () => QUIET, error: nothing, warn: nothing, info: nothing, debug: nothing };
