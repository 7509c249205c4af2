// One call of `send`: its events as letters, which are checked, then as parcels, which have their place in the order of a partition.
import type { CheckedEvent } from "../../execution/outgoing-event.ts";
import { LogError } from "../../log/errors.ts";
import type { LogRecord } from "../../log/log.ts";
import type { OutgoingBody } from "../outgoing-record.ts";
import { DeliveryError, type Delivery, type SendResult } from "./delivery.ts";

export interface Letter {
  readonly event: CheckedEvent;
  /** Null until it is written: see `pending`. */
  body: OutgoingBody | null;
  /** Resolves with the body, where that takes something that is not here yet. */
  readonly pending: Promise<OutgoingBody> | null;
  readonly partition: number;
  /** Events of one key, or else of one id, keep the order of their calls. Null: it has neither. */
  readonly orderedBy: string | null;
  /** When it happened. */
  readonly time: number;
  /** About what its record takes in a batch. */
  readonly bytes: number;
}

export class Parcel {
  readonly id: string;
  readonly record: LogRecord;
  readonly bytes: number;
  readonly partition: number;
  /** In a batch that the log was given. */
  isUnderWay = false;
  /** Its offset, or why it has none; null while that is open. */
  outcome: number | LogError | null = null;
  readonly #call: SendCall;

  constructor(call: SendCall, letter: Letter, id: string, record: LogRecord) {
    this.#call = call;
    this.id = id;
    this.record = record;
    this.bytes = letter.bytes;
    this.partition = letter.partition;
  }

  /** Its first outcome counts. */
  settle(outcome: number | LogError): void {
    if (this.outcome !== null) return;
    this.outcome = outcome;
    this.#call.settled(outcome);
  }
}

/** Resolves when the log has all of its events. Rejects when the fate of each is known, as far as it can be, and not all are in the log for certain. */
export class SendCall {
  readonly letters: readonly Letter[];
  readonly bytes: number;
  readonly promise: Promise<SendResult>;
  /** Ends with the call. */
  timer: NodeJS.Timeout | undefined;
  #parcels: readonly Parcel[] | null = null;
  readonly #topic: string;
  readonly #resolve: (result: SendResult) => void;
  readonly #reject: (error: unknown) => void;
  #open: number;
  #failure: LogError | null = null;

  constructor(topic: string, letters: readonly Letter[]) {
    const { promise, resolve, reject } = Promise.withResolvers<SendResult>();
    this.promise = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#topic = topic;
    this.letters = letters;
    this.#open = letters.length;
    let bytes = 0;
    for (const letter of letters) bytes += letter.bytes;
    this.bytes = bytes;
  }

  get isOver(): boolean {
    return this.#open === 0;
  }

  get isDispatched(): boolean {
    return this.#parcels !== null;
  }

  /** Empty until it is dispatched. */
  get parcels(): readonly Parcel[] {
    return this.#parcels ?? [];
  }

  dispatched(parcels: readonly Parcel[]): void {
    this.#parcels = parcels;
  }

  /** Before it was dispatched: nothing of it was sent, and nothing will be. */
  refuse(error: unknown): void {
    if (this.isOver) return;
    this.#open = 0;
    clearTimeout(this.timer);
    if (!(error instanceof LogError)) return this.#reject(error);
    const deliveries = this.letters.map(({ event }): Delivery => ({ status: "not-sent", id: event.id, reason: error.message }));
    this.#reject(new DeliveryError(error, deliveries));
  }

  /** Null where all bodies are written; else it resolves when they are, or when the call is over. */
  written(): Promise<void> | null {
    if (this.letters.every(({ body }) => body !== null)) return null;
    const over = this.promise.then(nothing, nothing);
    return Promise.race([this.#write().catch((error: unknown) => this.refuse(error)), over]);
  }

  async #write(): Promise<void> {
    await Promise.all(
      this.letters.map(async (letter) => {
        letter.body ??= await letter.pending;
      }),
    );
  }

  settled(outcome: number | LogError): void {
    if (typeof outcome !== "number") this.#failure ??= outcome;
    this.#open -= 1;
    if (this.#open > 0) return;
    clearTimeout(this.timer);
    if (this.#failure !== null) return this.#reject(new DeliveryError(this.#failure, this.#deliveries()));
    const topic = this.#topic;
    this.#resolve({
      ids: this.parcels.map(({ id }) => id),
      records: this.parcels.map(({ partition, outcome: offset }) => ({ topic, partition, offset: Number(offset) })),
    });
  }

  #deliveries(): Delivery[] {
    return this.parcels.map(({ id, partition, outcome }) => {
      if (typeof outcome === "number") return { status: "sent", id, record: { topic: this.#topic, partition, offset: outcome } };
      return { status: outcome?.outcomeUnknown === false ? "not-sent" : "unknown", id, reason: outcome?.message ?? "" };
    });
  }
}

const nothing = (): void => {};
