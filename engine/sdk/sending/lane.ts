// What goes to one partition: gathered into batches, one of which is in flight at a time, so that order holds through every retry.
//
//   send ──▶ [ batch · batch · batch that still takes more ] ──▶ in flight ──▶ each parcel's outcome
import { must } from "../../core/errors.ts";
import { LogError } from "../../log/errors.ts";
import type { Appended, LogRecord } from "../../log/log.ts";
import type { Parcel } from "./parcel.ts";

/** The same for all lanes of a producer. */
export interface BatchLimits {
  readonly maxEvents: number;
  /** Shrinks when the topic turns out to take less at once. */
  maxBytes: number;
}

export interface LaneOptions {
  readonly limits: BatchLimits;
  /** So long a batch that is not full waits for more. 0: for one turn of the event loop. */
  readonly lingerMs: number;
  readonly append: (records: readonly LogRecord[], signal: AbortSignal) => Promise<Appended>;
  /** So many bytes of parcels wait no more. */
  readonly onGone: (bytes: number) => void;
}

interface Batch {
  parcels: Parcel[];
  bytes: number;
  /** It has waited for more as long as it may. */
  isDue: boolean;
  timer: NodeJS.Timeout | undefined;
}

export class Lane {
  readonly #options: LaneOptions;
  /** Oldest first. */
  readonly #batches: Batch[] = [];
  #inFlight: readonly Parcel[] = [];
  #giveUp = new AbortController();
  #isRunning = false;
  #isStopped = false;
  #sequence = 0;

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  /** Counts what is put into this lane: in the order in which the log gets it. */
  nextSequence(): number {
    this.#sequence += 1;
    return this.#sequence;
  }

  put(parcel: Parcel): void {
    const last = this.#batches.at(-1);
    if (last === undefined || !this.#fits(last, parcel)) this.#batches.push(this.#newBatch(parcel));
    else {
      last.parcels.push(parcel);
      last.bytes += parcel.bytes;
    }
    this.#wake();
  }

  /** Its outcome is settled: where it still waits, it is not sent; where it is in flight, the flight ends if nobody else waits for it. */
  forsake(parcel: Parcel): void {
    if (!parcel.isUnderWay) return this.#options.onGone(parcel.bytes);
    if (this.#inFlight.every(({ outcome }) => outcome !== null)) this.#giveUp.abort();
  }

  /** Ends what is in flight, and lets nothing linger: the log is to say what becomes of it. */
  stop(): void {
    this.#isStopped = true;
    this.#giveUp.abort();
    this.#wake();
  }

  #fits({ parcels, bytes }: Batch, parcel: Parcel): boolean {
    const { maxEvents, maxBytes } = this.#options.limits;
    return parcels.length < maxEvents && bytes + parcel.bytes <= maxBytes;
  }

  #newBatch(first: Parcel): Batch {
    const { lingerMs } = this.#options;
    const batch: Batch = { parcels: [first], bytes: first.bytes, isDue: lingerMs === 0, timer: undefined };
    if (lingerMs === 0) return batch;
    batch.timer = setTimeout(() => {
      batch.isDue = true;
      this.#wake();
    }, lingerMs);
    return batch;
  }

  /** The oldest batch, if it is to go: its time has come, or it is full. */
  #due(): Batch | null {
    const [first] = this.#batches;
    if (first === undefined) return null;
    const { maxEvents, maxBytes } = this.#options.limits;
    const isFull = this.#batches.length > 1 || first.parcels.length >= maxEvents || first.bytes >= maxBytes;
    return first.isDue || isFull || this.#isStopped ? first : null;
  }

  #wake(): void {
    if (this.#isRunning || this.#due() === null) return;
    this.#isRunning = true;
    setImmediate(() => void this.#run());
  }

  async #run(): Promise<void> {
    for (let batch = this.#due(); batch !== null; batch = this.#due()) {
      this.#batches.shift();
      clearTimeout(batch.timer);
      const { parcels } = batch;
      const wanted = parcels.every(isOpen) ? parcels : parcels.filter(isOpen);
      if (wanted.length > 0) await this.#fly(wanted);
    }
    this.#isRunning = false;
  }

  async #fly(parcels: Parcel[]): Promise<void> {
    this.#inFlight = parcels;
    for (const parcel of parcels) parcel.isUnderWay = true;
    if (this.#giveUp.signal.aborted) this.#giveUp = new AbortController();
    try {
      const records = parcels.map(({ record }) => must(record, "the record of an event that has its turn"));
      const { baseOffset } = await this.#options.append(records, this.#giveUp.signal);
      for (const [index, parcel] of parcels.entries()) parcel.settle(baseOffset + index);
    } catch (error) {
      if (this.#isTooMuchAtOnce(parcels, error)) return this.#sendInSmaller(parcels);
      const failure = asLogError(error);
      for (const parcel of parcels) parcel.settle(failure);
    } finally {
      this.#inFlight = [];
    }
    this.#options.onGone(bytesOf(parcels));
  }

  /** The topic takes less at once than it was asked to; each event may still fit. A refusal is final: none of them is in the log. */
  #isTooMuchAtOnce(parcels: readonly Parcel[], error: unknown): boolean {
    return parcels.length > 1 && error instanceof LogError && error.code === "LOG_RECORD_TOO_LARGE" && !error.outcomeUnknown;
  }

  #sendInSmaller(parcels: readonly Parcel[]): void {
    const { limits, onGone } = this.#options;
    limits.maxBytes = Math.ceil(Math.min(bytesOf(parcels), limits.maxBytes) / 2);
    const smaller: Batch[] = [];
    for (const parcel of parcels) {
      parcel.isUnderWay = false;
      if (parcel.outcome !== null) {
        onGone(parcel.bytes);
        continue;
      }
      const last = smaller.at(-1);
      if (last === undefined || !this.#fits(last, parcel)) {
        smaller.push({ parcels: [parcel], bytes: parcel.bytes, isDue: true, timer: undefined });
      } else {
        last.parcels.push(parcel);
        last.bytes += parcel.bytes;
      }
    }
    this.#batches.unshift(...smaller);
  }
}

const isOpen = ({ outcome }: Parcel): boolean => outcome === null;

function bytesOf(parcels: readonly Parcel[]): number {
  return parcels.reduce((sum, { bytes }) => sum + bytes, 0);
}

function asLogError(error: unknown): LogError {
  if (error instanceof LogError) return error;
  return new LogError("LOG_FAILED", "an append failed in a way that nobody knows", { outcomeUnknown: true, cause: error });
}
