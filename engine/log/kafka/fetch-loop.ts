// One Fetch in flight to one broker, for all readers of one kind whose partitions it leads.
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Cluster, Leader } from "./cluster.ts";
import { keyOf } from "./cluster.ts";
import type { Link } from "./link.ts";
import { ERROR, errorOfCode } from "./protocol/error-codes.ts";
import { fetchRequest, type FetchAnswer, type FetchedPartition } from "./protocol/fetch.ts";
import type { BufferedReader } from "./reader.ts";
import { fromKafkajs } from "./errors.ts";

export interface FetchListener {
  /** The reader has its answer, or does not want one any more. */
  done(reader: BufferedReader): void;
  refused(reader: BufferedReader, errorCode: number): void;
  /** The broker said nothing. */
  unanswered(reader: BufferedReader): void;
}

const LONG_POLL_MS = 250;
const SHORT_POLL_MS = 10;
const BULK_POLL_MS = 20;
const GRACE_MS = 2_500;
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

export class FetchLoop {
  /** A long poll is under way: who joins now waits for its end. */
  isInLongPoll = false;
  /** Readers of this loop that another serves meanwhile. */
  readonly guests = new Set<BufferedReader>();

  readonly #mode: "follow" | "bulk";
  readonly #committedOnly: boolean;
  readonly #leader: Leader;
  readonly #link: Link;
  readonly #cluster: Cluster;
  readonly #listener: FetchListener;
  #waiting = new Map<string, BufferedReader[]>();
  #isRunning = false;

  constructor(mode: "follow" | "bulk", committedOnly: boolean, leader: Leader, link: Link, cluster: Cluster, listener: FetchListener) {
    this.#mode = mode;
    this.#committedOnly = committedOnly;
    this.#leader = leader;
    this.#link = link;
    this.#cluster = cluster;
    this.#listener = listener;
  }

  add(reader: BufferedReader): void {
    const key = keyOf(reader.target);
    const others = this.#waiting.get(key);
    if (others === undefined) this.#waiting.set(key, [reader]);
    else others.push(reader);
    if (!this.#isRunning) void this.#run();
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#waiting.size > 0) {
      await nextTurn();
      const readers = this.#pick();
      if (readers.size > 0) await this.#fetch(readers);
    }
    this.#isRunning = false;
  }

  /** One reader a partition: a request can name a partition once only. Who comes first is asked for first, and served first. */
  #pick(): Map<string, BufferedReader> {
    const picked = new Map<string, BufferedReader>();
    const waiting = this.#waiting;
    this.#waiting = new Map();
    for (const [key, [reader, ...later]] of waiting) {
      if (later.length > 0) this.#waiting.set(key, later);
      if (reader === undefined) continue;
      if (reader.isHungry && this.#cluster.leader(reader.target)?.nodeId === this.#leader.nodeId) picked.set(key, reader);
      else this.#listener.done(reader);
    }
    return picked;
  }

  async #fetch(readers: Map<string, BufferedReader>): Promise<void> {
    const orders = [...readers.values()].map((reader) => ({
      ...reader.target,
      leaderEpoch: this.#cluster.leader(reader.target)?.epoch ?? -1,
      offset: reader.fetchOffset,
      maxBytes: reader.wantedBytes,
    }));
    const maxWaitMs = this.#maxWaitMs(readers);
    this.isInLongPoll = maxWaitMs === LONG_POLL_MS;
    let answer: FetchAnswer;
    try {
      const request = fetchRequest(orders, { maxWaitMs, maxBytes: MAX_ANSWER_BYTES, committedOnly: this.#committedOnly });
      answer = await this.#link.request(request, maxWaitMs + GRACE_MS);
      if (answer.errorCode !== ERROR.none) throw errorOfCode(answer.errorCode, `to read from ${this.#link.address}`);
    } catch (error) {
      this.isInLongPoll = false;
      this.#failed(readers, error);
      return;
    }
    this.isInLongPoll = false;
    this.#distribute(readers, answer);
  }

  #maxWaitMs(readers: Map<string, BufferedReader>): number {
    if (this.#mode === "bulk") return BULK_POLL_MS;
    const isSomebodyOut = this.guests.size > 0 || this.#waiting.size > 0;
    const isSomebodyNew = [...readers.values()].some(({ isAtEnd }) => !isAtEnd);
    return isSomebodyOut || isSomebodyNew ? SHORT_POLL_MS : LONG_POLL_MS;
  }

  #failed(readers: Map<string, BufferedReader>, error: unknown): void {
    const reason = fromKafkajs(error, this.#link.address);
    this.#cluster.distrust(this.#link.address);
    for (const reader of readers.values()) {
      if (reason.code === "LOG_FAILED") reader.fail(reason); // ours to mend, not time's
      this.#listener.unanswered(reader);
    }
  }

  #distribute(readers: Map<string, BufferedReader>, answer: FetchAnswer): void {
    // Who got nothing queues up first for the next request, so that the answer's size limit starves nobody.
    const emptyFirst = answer.partitions.toSorted((a, b) => Math.sign(a.records.length) - Math.sign(b.records.length));
    for (const partition of emptyFirst) {
      const key = keyOf(partition);
      const reader = readers.get(key);
      readers.delete(key);
      if (reader !== undefined) this.#take(reader, partition);
    }
    for (const reader of readers.values()) this.#listener.unanswered(reader);
  }

  #take(reader: BufferedReader, partition: FetchedPartition): void {
    if (partition.errorCode !== ERROR.none) return this.#listener.refused(reader, partition.errorCode);
    try {
      reader.accept(partition);
    } catch (error) {
      reader.fail(fromKafkajs(error, this.#link.address));
    }
    this.#listener.done(reader);
  }
}
