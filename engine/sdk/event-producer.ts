// Sends events: one batch in flight for each partition, so that order is kept and the producer's own retries are known for what they are.
import { randomId } from "../core/ids.ts";
import { partitionOfKey } from "../core/murmur2.ts";
import { checkedEvent, outgoingEvent, type CheckedEvent, type LooseEvent } from "../execution/outgoing-event.ts";
import { LogError } from "../log/errors.ts";
import type { Log, LogRecord } from "../log/log.ts";
import { encodeEvent, markedId } from "../workflow/event/cloud-event.ts";

export interface EventProducerOptions {
  readonly log: Log;
  readonly topic: string;
  readonly partitions: number;
  /** CloudEvents' source. */
  readonly source: string;
  readonly maxEventBytes: number;
  readonly now: () => number;
  readonly signal: AbortSignal;
  /** So long after `send` was called it gives up. What was on its way then may be in the log. */
  readonly timeoutMs: number;
}

const MAX_BATCH_EVENTS = 1_000;
const MAX_BATCH_BYTES = 512 * 1024;
/** The other headers of an event, and what a batch has beside its records' contents. */
const FRAMING_BYTES = 350;
/** What may wait to be sent, as Kafka's `buffer.memory`. */
const MAX_BUFFERED_BYTES = 64 * 1024 * 1024;

interface Waiting {
  readonly record: LogRecord;
  readonly bytes: number;
  /** Null while it waits for its turn. */
  batch: Batch | null;
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

/** On its way to the log. */
interface Batch {
  readonly giveUp: AbortController;
  /** How many of its events somebody still waits for. */
  awaited: number;
}

interface Lane {
  queue: Waiting[];
  sequence: number;
  sending: boolean;
}

export class EventProducer {
  readonly #options: EventProducerOptions;
  readonly #id = randomId();
  readonly #lanes: readonly Lane[];
  #next = 0;
  #buffered = 0;
  #maxBatchBytes = MAX_BATCH_BYTES;

  constructor(options: EventProducerOptions) {
    this.#options = options;
    this.#lanes = Array.from({ length: options.partitions }, () => ({ queue: [], sequence: 0, sending: false }));
  }

  /** Resolves with the events' ids when the log has them all. @throws ConfigurationError `INVALID_EVENT`, `EVENT_TOO_LARGE`, `NOT_JSON`; LogError */
  async send(events: readonly LooseEvent[]): Promise<readonly string[]> {
    // All are checked before the first goes out.
    return this.#send(events.map((event) => checkedEvent(event, this.#options.maxEventBytes)));
  }

  /** As `send`, for an event that is the engine's own by its name. */
  async sendOwn(event: LooseEvent): Promise<readonly string[]> {
    return this.#send([outgoingEvent(event, this.#options.maxEventBytes)]);
  }

  async #send(events: readonly CheckedEvent[]): Promise<readonly string[]> {
    const prepared = events.map((event) => this.#prepare(event));
    this.#checkRoom(prepared.reduce((sum, { bytes }) => sum + bytes, 0));
    const waiting: Waiting[] = [];
    const all = Promise.all(
      prepared.map(
        ({ partition, record, bytes }) =>
          new Promise<void>((done, failed) => {
            const one = { record, bytes, batch: null, done, failed };
            waiting.push(one);
            this.#enqueue(partition, one);
          }),
      ),
    );
    const timer = setTimeout(() => this.#expire(waiting), this.#options.timeoutMs);
    try {
      await all;
    } finally {
      clearTimeout(timer);
    }
    return prepared.map(({ id }) => id);
  }

  #prepare(event: CheckedEvent): { id: string; partition: number; record: LogRecord; bytes: number } {
    const { name, data, key } = event;
    const { partitions, source, now } = this.#options;
    const place = key ?? event.id;
    const partition = place === null ? this.#next++ % partitions : partitionOfKey(Buffer.from(place), partitions);
    const id = event.id ?? this.#makeId(partition);
    const record = encodeEvent({ id, name, data, time: event.time ?? now(), key, source });
    return { id, partition, record, bytes: event.bytes + Buffer.byteLength(name) + Buffer.byteLength(id) + FRAMING_BYTES };
  }

  /** The sequence counts within a producer and partition: in the order in which the log gets them. */
  #makeId(partition: number): string {
    const lane = this.#lane(partition);
    lane.sequence += 1;
    return markedId(`${this.#id}.${partition}`, lane.sequence);
  }

  #enqueue(partition: number, waiting: Waiting): void {
    const lane = this.#lane(partition);
    lane.queue.push(waiting);
    this.#buffered += waiting.bytes;
    if (lane.sending) return;
    lane.sending = true;
    setImmediate(() => void this.#drain(lane, partition));
  }

  async #drain(lane: Lane, partition: number): Promise<void> {
    while (lane.queue.length > 0) {
      const taken = takeBatch(lane, this.#maxBatchBytes);
      const bytes = taken.reduce((sum, waiting) => sum + waiting.bytes, 0);
      const batch: Batch = { giveUp: new AbortController(), awaited: taken.length };
      for (const waiting of taken) waiting.batch = batch;
      try {
        await this.#append(partition, taken, batch);
        for (const { done } of taken) done();
      } catch (error) {
        if (taken.length > 1 && batch.awaited > 0 && error instanceof LogError && error.code === "LOG_RECORD_TOO_LARGE") {
          // The topic takes less at once than it was asked to; each event may still fit. A refusal is final: none of them is in the log.
          this.#maxBatchBytes = Math.ceil(Math.min(bytes, this.#maxBatchBytes) / 2);
          for (const waiting of taken) waiting.batch = null;
          lane.queue.unshift(...taken);
          continue;
        }
        for (const { failed } of taken) failed(error);
      }
      this.#buffered -= bytes;
    }
    lane.sending = false;
  }

  async #append(partition: number, batch: readonly Waiting[], { giveUp }: Batch): Promise<void> {
    const { log, topic, signal } = this.#options;
    const stop = (): void => giveUp.abort();
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop);
    try {
      const records = batch.map(({ record }) => record);
      await log.append({ topic, partition }, records, { signal: giveUp.signal });
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }

  /** The time of one `send` is up: what waits is never sent; what is on its way goes on as long as others wait for its batch. */
  #expire(waiting: readonly Waiting[]): void {
    const outcomeUnknown = waiting.some(({ batch }) => batch !== null);
    const { timeoutMs } = this.#options;
    const outcome = outcomeUnknown
      ? `Whether these ${waiting.length} are in it is not known: send them again with an id of their own, so that they count once`
      : `These ${waiting.length} were not sent`;
    const error = new LogError("LOG_UNAVAILABLE", `the log took no events for ${timeoutMs} ms. ${outcome}`, {
      retriable: true,
      outcomeUnknown,
    });
    for (const { failed, batch } of waiting) {
      failed(error);
      if (batch === null) continue;
      batch.awaited -= 1;
      if (batch.awaited === 0) batch.giveUp.abort();
    }
    const unsent = new Set(waiting.filter(({ batch }) => batch === null));
    if (unsent.size === 0) return;
    for (const lane of this.#lanes) lane.queue = lane.queue.filter((one) => !unsent.has(one));
    for (const { bytes } of unsent) this.#buffered -= bytes;
  }

  #checkRoom(bytes: number): void {
    if (this.#buffered === 0 || this.#buffered + bytes <= MAX_BUFFERED_BYTES) return;
    throw new LogError(
      "LOG_UNAVAILABLE",
      `${MAX_BUFFERED_BYTES} bytes of events wait to be sent already: they come faster than the log takes them. Await send() before sending more; these events were not sent`,
      { retriable: true },
    );
  }

  #lane(partition: number): Lane {
    const lane = this.#lanes[partition];
    if (lane === undefined) throw new RangeError(`no partition ${partition}`);
    return lane;
  }
}

function takeBatch(lane: Lane, maxBytes: number): readonly Waiting[] {
  let bytes = 0;
  let count = 0;
  for (const waiting of lane.queue) {
    if (count > 0 && (count >= MAX_BATCH_EVENTS || bytes + waiting.bytes > maxBytes)) break;
    bytes += waiting.bytes;
    count += 1;
  }
  return lane.queue.splice(0, count);
}
