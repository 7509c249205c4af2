// One call of `send`: it waits for room, for its turn, and for the fate of each of its events.
import { must } from "../../core/errors.ts";
import { LogError } from "../../log/errors.ts";
import { DeliveryError, type Delivery, type SendResult } from "./delivery.ts";
import type { OutcomeListener, Parcel } from "./parcel.ts";

/** Resolves when the log has all of its events. Rejects when the fate of each is known, as far as it can be, and not all are in the log for certain. */
export class SendCall implements OutcomeListener {
  readonly parcels: readonly Parcel[];
  readonly bytes: number;
  readonly promise: Promise<SendResult>;
  /** Its events are in the lanes. */
  isDispatched = false;
  /** Ends with the call. */
  timer: NodeJS.Timeout | undefined;
  readonly #topic: string;
  readonly #resolve: (result: SendResult) => void;
  readonly #reject: (error: unknown) => void;
  #open: number;
  #failure: LogError | null = null;

  constructor(topic: string, parcels: readonly Parcel[]) {
    const { promise, resolve, reject } = Promise.withResolvers<SendResult>();
    this.promise = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#topic = topic;
    this.parcels = parcels;
    this.#open = parcels.length;
    let bytes = 0;
    for (const parcel of parcels) {
      parcel.listener = this;
      bytes += parcel.bytes;
    }
    this.bytes = bytes;
  }

  get isOver(): boolean {
    return this.#open === 0;
  }

  /** Before it was dispatched: nothing of it was sent, and nothing will be. */
  refuse(error: unknown): void {
    if (this.isOver) return;
    this.#open = 0;
    clearTimeout(this.timer);
    if (!(error instanceof LogError)) return this.#reject(error);
    const deliveries = this.parcels.map(({ id }): Delivery => ({ status: "not-sent", id, reason: error.message }));
    this.#reject(new DeliveryError(error, deliveries));
  }

  /** Null where all bodies are written; else it resolves when they are, or when the call is over. */
  written(): Promise<void> | null {
    if (this.parcels.every(({ body }) => body !== null)) return null;
    const over = this.promise.then(nothing, nothing);
    return Promise.race([this.#write().catch((error: unknown) => this.refuse(error)), over]);
  }

  async #write(): Promise<void> {
    await Promise.all(
      this.parcels.map(async (parcel) => {
        parcel.body ??= await parcel.pending;
      }),
    );
  }

  settled(outcome: number | LogError): void {
    if (typeof outcome !== "number") this.#failure ??= outcome;
    this.#open -= 1;
    if (this.#open > 0) return;
    clearTimeout(this.timer);
    if (this.#failure === null) return this.#resolve(this.#result());
    this.#reject(new DeliveryError(this.#failure, this.#deliveries()));
  }

  #result(): SendResult {
    const topic = this.#topic;
    return {
      ids: this.parcels.map(({ id }) => id ?? ""),
      records: this.parcels.map(({ partition, outcome: offset }) => ({ topic, partition, offset: Number(offset) })),
    };
  }

  #deliveries(): Delivery[] {
    return this.parcels.map((parcel) => {
      const { partition, outcome } = parcel;
      const id = must(parcel.id, "the id of an event that was dispatched");
      if (typeof outcome === "number") return { status: "sent", id, record: { topic: this.#topic, partition, offset: outcome } };
      return { status: outcome?.outcomeUnknown === false ? "not-sent" : "unknown", id, reason: outcome?.message ?? "" };
    });
  }
}

const nothing = (): void => {};
