// How much of anything a client gets.

export interface ServerLimits {
  /** Of a token that has none of its own. */
  readonly requestsPerSecond: number;
  /** Of one body. Lines of NDJSON count each by itself. */
  readonly bodyBytes: number;
  /** Of all bodies that are in memory. */
  readonly allBodiesBytes: number;
  /** Of those of one token: others find room. */
  readonly bodiesBytesEach: number;
  /** A body has to be here within that. Of NDJSON: its next bytes. */
  readonly bodyMs: number;
  /** What is still sent of a body that was refused is passed over for so long. Then the connection is closed. */
  readonly lingerMs: number;
  readonly headersMs: number;
  /** Nothing was said on a connection for so long. */
  readonly idleMs: number;
  readonly connections: number;
  readonly streams: number;
  /** Streams of one token. */
  readonly streamsEach: number;
  readonly heartbeatMs: number;
  /** Of a stream: what its reader has not taken. Then it is ended. */
  readonly unreadBytes: number;
  /** How long a request waits for the log; but for those that send events. */
  readonly answerMs: number;
  /** How long a request that sends events waits for the log. */
  readonly sendMs: number;
  /** While events wait for the log for longer, others are refused. */
  readonly slowMs: number;
  /** Of events that wait for the log: further ones are refused. */
  readonly sendingBytes: number;
  /** Of NDJSON: lines that wait for the log. */
  readonly linesAtOnce: number;
  readonly lineBytes: number;
  /** Of NDJSON: answers that are not read. Then no further line is. */
  readonly unreadAnswerBytes: number;
  /** Streams of NDJSON at once. */
  readonly uploads: number;
  /** Of one token. */
  readonly uploadsEach: number;
}

const MIB = 1024 * 1024;

export const DEFAULT_LIMITS: ServerLimits = {
  requestsPerSecond: 200,
  bodyBytes: 16 * MIB,
  allBodiesBytes: 128 * MIB,
  bodiesBytesEach: 64 * MIB,
  bodyMs: 60_000,
  lingerMs: 2_000,
  headersMs: 10_000,
  idleMs: 180_000,
  connections: 10_000,
  streams: 500,
  streamsEach: 100,
  heartbeatMs: 15_000,
  unreadBytes: 256 * 1024,
  answerMs: 20_000,
  sendMs: 30_000,
  slowMs: 10_000,
  sendingBytes: 32 * MIB,
  linesAtOnce: 1_000,
  lineBytes: 4 * MIB,
  unreadAnswerBytes: 16 * MIB,
  uploads: 50,
  uploadsEach: 25,
};
