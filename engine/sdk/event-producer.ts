// Sends events: one batch in flight for each partition, so that order is kept and the producer's own retries are known for what they are.
import { ConfigurationError } from "../core/configuration-error.ts";
import { randomId } from "../core/ids.ts";
import { partitionOfKey } from "../core/murmur2.ts";
import { toJson } from "../execution/json.ts";
import { LogError } from "../log/errors.ts";
import type { Log, LogRecord } from "../log/log.ts";
import { encodeEvent, isReservedId, markedId, MAX_ID, MAX_NAME } from "../workflow/event/cloud-event.ts";

export interface LooseEvent {
  readonly name: string;
  readonly data?: unknown;
  readonly key?: string;
  readonly id?: string;
  readonly time?: Date | number;
}

export interface EventProducerOptions {
  readonly log: Log;
  readonly topic: string;
  readonly partitions: number;
  /** CloudEvents' source. */
  readonly source: string;
  readonly maxEventBytes: number;
  readonly now: () => number;
  readonly signal: AbortSignal;
  /** After so long without an ack `send` gives up; the outcome is then unknown. */
  readonly timeoutMs: number;
}

const MAX_BATCH_EVENTS = 1_000;
const MAX_BATCH_BYTES = 512 * 1024;
/** What may wait to be sent, as Kafka's `buffer.memory`. */
const MAX_BUFFERED_BYTES = 64 * 1024 * 1024;

interface Waiting {
  readonly record: LogRecord;
  readonly bytes: number;
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
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

  constructor(options: EventProducerOptions) {
    this.#options = options;
    this.#lanes = Array.from({ length: options.partitions }, () => ({ queue: [], sequence: 0, sending: false }));
  }

  /** Resolves with the events' ids when the log has them all. @throws ConfigurationError `INVALID_EVENT`, `EVENT_TOO_LARGE`, `NOT_JSON`; LogError */
  async send(events: readonly LooseEvent[]): Promise<readonly string[]> {
    // All are checked before the first goes out.
    const prepared = events.map((event) => this.#prepare(event));
    this.#checkRoom(prepared.reduce((sum, { bytes }) => sum + bytes, 0));
    await Promise.all(prepared.map(({ partition, record, bytes }) => this.#enqueue(partition, record, bytes)));
    return prepared.map(({ id }) => id);
  }

  #prepare(event: LooseEvent): { id: string; partition: number; record: LogRecord; bytes: number } {
    const { name, key, data = null } = event;
    checkEvent(event);
    const time = event.time === undefined ? this.#options.now() : event.time.valueOf();
    const json = toJson(data, `the data of event "${name}"`) ?? "null";
    const place = key ?? event.id;
    const partition =
      place === undefined ? this.#next++ % this.#options.partitions : partitionOfKey(Buffer.from(place), this.#options.partitions);
    const id = event.id ?? this.#makeId(partition);
    const { key: keyBytes, value, headers } = encodeEvent({ id, name, data: json, time, key: key ?? null, source: this.#options.source });
    const bytes = (value?.length ?? 0) + (keyBytes?.length ?? 0);
    if (bytes > this.#options.maxEventBytes) {
      throw new ConfigurationError(
        "EVENT_TOO_LARGE",
        `event "${name}" has ${bytes} bytes; the limit is ${this.#options.maxEventBytes}. Store the data elsewhere and send where it is, or raise maxEventBytes`,
      );
    }
    return { id, partition, record: { key: keyBytes, value, headers }, bytes: bytes + name.length + id.length + 150 };
  }

  /** The sequence counts within a producer and partition: in the order in which the log gets them. */
  #makeId(partition: number): string {
    const lane = this.#lane(partition);
    lane.sequence += 1;
    return markedId(`${this.#id}.${partition}`, lane.sequence);
  }

  #enqueue(partition: number, record: LogRecord, bytes: number): Promise<void> {
    const lane = this.#lane(partition);
    return new Promise<void>((done, failed) => {
      lane.queue.push({ record, bytes, done, failed });
      this.#buffered += bytes;
      if (lane.sending) return;
      lane.sending = true;
      setImmediate(() => void this.#drain(lane, partition));
    });
  }

  async #drain(lane: Lane, partition: number): Promise<void> {
    while (lane.queue.length > 0) {
      const batch = takeBatch(lane);
      try {
        await this.#append(
          partition,
          batch.map(({ record }) => record),
        );
        for (const { done } of batch) done();
      } catch (error) {
        for (const { failed } of batch) failed(error);
      }
      for (const { bytes } of batch) this.#buffered -= bytes;
    }
    lane.sending = false;
  }

  async #append(partition: number, records: readonly LogRecord[]): Promise<void> {
    const { log, topic, signal, timeoutMs } = this.#options;
    const giveUp = new AbortController();
    const timer = setTimeout(() => giveUp.abort(), timeoutMs);
    const stop = (): void => giveUp.abort();
    signal.addEventListener("abort", stop);
    try {
      await log.append({ topic, partition }, records, { signal: giveUp.signal });
    } catch (cause) {
      if (!giveUp.signal.aborted || signal.aborted) throw cause;
      throw new LogError(
        "LOG_UNAVAILABLE",
        `the log took no events for ${timeoutMs} ms. Whether these ${records.length} are in it is not known: send them again with an id of their own, so that they count once`,
        { retriable: true, outcomeUnknown: true, cause },
      );
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
    }
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

function takeBatch(lane: Lane): readonly Waiting[] {
  let bytes = 0;
  let count = 0;
  for (const waiting of lane.queue) {
    if (count > 0 && (count >= MAX_BATCH_EVENTS || bytes + waiting.bytes > MAX_BATCH_BYTES)) break;
    bytes += waiting.bytes;
    count += 1;
  }
  return lane.queue.splice(0, count);
}

function checkEvent({ name, key, id, time }: LooseEvent): void {
  const invalid = (problem: string): never => {
    throw new ConfigurationError("INVALID_EVENT", `event ${JSON.stringify(name)}: ${problem}`);
  };
  if (typeof name !== "string" || name === "" || name.length > MAX_NAME) invalid(`a name is a text of 1 to ${MAX_NAME} characters`);
  if (name.startsWith("millrace/")) invalid('names that begin with "millrace/" are the engine\'s own');
  if (name.endsWith("*")) invalid("a name cannot end in *: that is how triggers say any");
  if (key !== undefined && (typeof key !== "string" || key === "")) invalid("a key is a text that is not empty");
  if (id !== undefined && (typeof id !== "string" || id === "" || id.length > MAX_ID || isReservedId(id))) {
    invalid(`an id is a text of 1 to ${MAX_ID} characters that does not begin with "mr:"`);
  }
  if (time !== undefined && Number.isNaN(new Date(time).getTime())) invalid("time is a Date or milliseconds since 1970");
}
