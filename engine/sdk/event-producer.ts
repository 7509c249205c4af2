// Sends events.
//
//   checked ──▶ room in the buffer ──▶ its turn among those of its keys ──▶ lanes, one a partition ──▶ log
import { must } from "../core/errors.ts";
import { randomId } from "../core/ids.ts";
import { partitionOfKey } from "../core/murmur2.ts";
import { failureOf } from "../execution/failure.ts";
import { checkedEvent, outgoingEvent, type CheckedEvent, type LooseEvent } from "../execution/outgoing-event.ts";
import { LogError } from "../log/errors.ts";
import type { Appended, Log, LogRecord } from "../log/log.ts";
import type { Meters } from "../observability/meters.ts";
import { noTracing, type Span, type Tracing } from "../observability/tracing.ts";
import { encodeEvent, markedId } from "../workflow/event/cloud-event.ts";
import { jsonBody, type BodyEncoder, type OutgoingBody } from "./outgoing-record.ts";
import type { SendResult } from "./sending/delivery.ts";
import { KeyOrder } from "./sending/key-order.ts";
import { Lane } from "./sending/lane.ts";
import { Parcel } from "./sending/parcel.ts";
import { Room } from "./sending/room.ts";
import { SendCall } from "./sending/send-call.ts";

export interface EventProducerOptions {
  readonly log: Log;
  readonly topic: string;
  readonly partitions: number;
  /** CloudEvents' source. */
  readonly source: string;
  readonly maxEventBytes: number;
  readonly now: () => number;
  readonly signal: AbortSignal;
  readonly send: SendOptions;
  readonly meters?: Meters;
  readonly tracing?: Tracing;
  /** Default: JSON. */
  readonly encode?: BodyEncoder;
}

export interface SendOptions {
  /** So long a batch that is not full waits for more. */
  readonly lingerMs: number;
  readonly maxBatchBytes: number;
  /** So much may wait to be sent; then `send` waits. */
  readonly maxBufferedBytes: number;
  /** So long after `send` was called it gives up. What was on its way then may be in the log. */
  readonly timeoutMs: number;
}

const MAX_BATCH_EVENTS = 1_000;
/** Of an id that is made here, at the most. */
const OWN_ID_BYTES = 48;
/** The other headers of an event, and what a batch has beside its records' contents. */
const FRAMING_BYTES = 420;

export class EventProducer {
  readonly #options: EventProducerOptions;
  readonly #id = randomId();
  readonly #room: Room<SendCall>;
  readonly #order = new KeyOrder();
  readonly #lanes: readonly Lane[];
  /** Calls that have not been dispatched yet. */
  readonly #early = new Set<SendCall>();
  #next = 0;

  constructor(options: EventProducerOptions) {
    const { partitions, send, signal } = options;
    this.#options = options;
    this.#room = new Room(send.maxBufferedBytes, (call) => this.#admit(call));
    const limits = { maxEvents: MAX_BATCH_EVENTS, maxBytes: send.maxBatchBytes };
    this.#lanes = Array.from(
      { length: partitions },
      (_, partition) =>
        new Lane({
          limits,
          lingerMs: send.lingerMs,
          append: (records, giveUp) => this.#append(partition, records, giveUp),
          onGone: (bytes) => this.#room.giveBack(bytes),
        }),
    );
    signal.addEventListener("abort", () => this.#stop(), { once: true });
  }

  /**
   * Resolves when the log has them all. All are checked before the first goes out.
   * @throws ConfigurationError `INVALID_EVENT`, `EVENT_TOO_LARGE`, `NOT_JSON`; DeliveryError; whatever the encoder throws
   */
  async send(events: readonly LooseEvent[]): Promise<SendResult> {
    return this.#send(events, checkedEvent, this.#options.encode ?? jsonBody);
  }

  /** As `send`, for an event that is the engine's own by its name. */
  async sendOwn(event: LooseEvent): Promise<SendResult> {
    return this.#send([event], outgoingEvent, jsonBody);
  }

  #send(events: readonly LooseEvent[], check: typeof checkedEvent, encode: BodyEncoder): Promise<SendResult> | SendResult {
    const { maxEventBytes, topic, send, signal } = this.#options;
    const checked = events.map((event) => check(event, maxEventBytes));
    if (checked.length === 0) return { ids: [], records: [] };
    const span = this.#span(checked);
    const parcels = checked.map((event, index) => {
      // A span of one event is within the trace of that; a span of many can be in one trace alone.
      const trace = checked.length === 1 ? (span?.trace ?? event.trace) : (event.trace ?? span?.trace ?? null);
      return this.#parcel(event, encode(event, events[index]?.data), trace);
    });
    const call = new SendCall(topic, parcels);
    call.timer = setTimeout(() => this.#expire(call), send.timeoutMs);
    this.#room.enter(call);
    if (!call.isDispatched) this.#early.add(call);
    if (signal.aborted) this.#stop();
    return span === null ? call.promise : delivered(call.promise, span);
  }

  #span(events: readonly CheckedEvent[]): Span | null {
    const { topic, tracing = noTracing } = this.#options;
    if (!tracing.isOn) return null;
    const one = events.length === 1 ? (events[0] ?? null) : null;
    const attributes = {
      "messaging.operation.type": "send",
      "messaging.operation.name": "send",
      "messaging.destination.name": topic,
      "messaging.batch.message_count": events.length,
      ...(one === null ? {} : { "millrace.event.name": one.name }),
    };
    return tracing.start({
      name: `send ${topic}`,
      kind: "producer",
      parent: one === null ? "active" : (one.trace ?? "active"),
      attributes,
    });
  }

  #parcel(event: CheckedEvent, body: OutgoingBody | Promise<OutgoingBody>, trace: string | null): Parcel {
    const { partitions, now } = this.#options;
    const place = event.key ?? event.id;
    const partition = place === null ? this.#next++ % partitions : partitionOfKey(Buffer.from(place), partitions);
    const idBytes = event.id === null ? OWN_ID_BYTES : Buffer.byteLength(event.id);
    const bytes = event.bytes + Buffer.byteLength(event.name) + idBytes + (trace?.length ?? 0) + FRAMING_BYTES;
    return new Parcel({ event, body, partition, time: event.time ?? now(), bytes, trace });
  }

  #admit(call: SendCall): void {
    const keys = (): readonly string[] => call.parcels.flatMap(({ orderedBy }) => orderedBy ?? []);
    this.#order.pass(keys, call.written(), () => this.#dispatch(call));
  }

  #dispatch(call: SendCall): void {
    this.#early.delete(call);
    if (call.isOver) return this.#room.giveBack(call.bytes);
    call.isDispatched = true;
    for (const parcel of call.parcels) {
      const lane = this.#lane(parcel.partition);
      this.#seal(parcel, lane);
      lane.put(parcel);
    }
  }

  /** The sequence of ids counts within a producer and partition: in the order in which the log gets them. */
  #seal(parcel: Parcel, lane: Lane): void {
    const { event, partition, time, body, trace } = parcel;
    const { name, data, key } = event;
    const id = event.id ?? markedId(`${this.#id}.${partition}`, lane.nextSequence());
    parcel.seal(id, encodeEvent({ id, name, data, key, time, trace, source: this.#options.source }, must(body, "an event's body")));
  }

  async #append(partition: number, records: readonly LogRecord[], giveUp: AbortSignal): Promise<Appended> {
    const { log, topic, signal, meters } = this.#options;
    if (signal.aborted) throw stopped();
    const began = performance.now();
    try {
      const appended = await log.append({ topic, partition }, records, { signal: giveUp });
      meters?.eventsSent.of().add(records.length);
      return appended;
    } catch (error) {
      meters?.sendFailures.of().add();
      throw error;
    } finally {
      meters?.appendSeconds.of("events").observe((performance.now() - began) / 1_000);
      meters?.batchRecords.of("events").observe(records.length);
    }
  }

  /** The time of one call is up: what waits is never sent; what is on its way goes on as long as others wait for its batch. */
  #expire(call: SendCall): void {
    const { timeoutMs, maxBufferedBytes } = this.#options.send;
    const gaveUp = (message: string, outcomeUnknown = false): LogError =>
      new LogError("LOG_UNAVAILABLE", message, { retriable: true, outcomeUnknown });
    if (!call.isDispatched) {
      const message = this.#room.leave(call)
        ? `${maxBufferedBytes} bytes of events wait to be sent already, and no room came free in ${timeoutMs} ms: they come faster than the log takes them. Await send() before sending more`
        : `these events could not be written in ${timeoutMs} ms: the ids of their schemas are not known (REGISTRY_UNAVAILABLE in the app's log says why), or a schema takes too long to check`;
      this.#early.delete(call);
      return call.refuse(gaveUp(message));
    }
    const waited = `the log took no events for ${timeoutMs} ms`;
    const [unknown, unsent] = [gaveUp(waited, true), gaveUp(waited)];
    for (const parcel of call.parcels) {
      if (parcel.outcome !== null) continue;
      parcel.settle(parcel.isUnderWay ? unknown : unsent);
      this.#lane(parcel.partition).forsake(parcel);
    }
  }

  /** What is in flight ends as the log says; what waits is not sent. */
  #stop(): void {
    for (const call of this.#early) {
      this.#early.delete(call);
      call.refuse(stopped());
      this.#room.leave(call);
    }
    for (const lane of this.#lanes) lane.stop();
  }

  #lane(partition: number): Lane {
    return must(this.#lanes[partition], "a lane");
  }
}

/** Its span is over when the log has them, or refused them. */
async function delivered(promise: Promise<SendResult>, span: Span): Promise<SendResult> {
  try {
    return await promise;
  } catch (error) {
    span.failed(failureOf(error));
    throw error;
  } finally {
    span.end();
  }
}

function stopped(): LogError {
  return new LogError("LOG_ABORTED", "the app was stopped before these events were sent");
}
