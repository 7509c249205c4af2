// The order of things at the end of the loop: one frame in flight, acknowledged and proved, and only then its effects (R3, R4, R6).
// Nothing outside happens but through here.
import type { RunId } from "../core/ids.ts";
import { encodeFrame } from "../journal/frame-formats.ts";
import type { FrameQueue, SealedFrame } from "./frame-queue.ts";
import type { JournalTail } from "./journal-tail.ts";

/** Effects need a proof of ownership that is no older than this: so a frozen owner looks before it does anything (R4, R9). */
const MAX_PROOF_AGE_MS = 1_000;
const IDLE_CHECK_MS = 500;
const LATE_PROOFS_TOLD = 3;

export interface PumpHost {
  /** The frame is in the log, and nobody else owned the partition then. */
  acknowledged(frame: SealedFrame, place: FramePlace): void;
  failed(error: unknown): void;
  /** The format that the app has activated (R14). */
  format(): number;
  /** The log's answers take longer than a proof lasts: nothing is released meanwhile. */
  slow(proofMs: number): void;
}

/** Where a frame stands in the journal, and how long it is. */
export interface FramePlace {
  readonly offset: number;
  readonly bytes: number;
}

export class Pump {
  readonly #frames: FrameQueue;
  readonly #host: PumpHost;
  #tail: JournalTail | null = null;
  /** Number of the last frame that is acknowledged and proved. */
  #ackedLsn = 0;
  /** The last frame that changed a run, where it is not acknowledged yet. */
  readonly #touched = new Map<RunId, number>();
  /** Effects that wait for a fresh proof and, where they concern a run, for its last frame. */
  #owed: { readonly run: RunId | null; readonly act: () => void }[] = [];
  #running = false;
  #scheduled = false;
  #verifyWanted = false;
  #closed = false;
  readonly #idleWaiters: (() => void)[] = [];
  readonly #ackWaiters: (() => void)[] = [];
  /** Looks in a row that came too late to prove anything. */
  #lateProofs = 0;

  constructor(frames: FrameQueue, host: PumpHost) {
    this.#frames = frames;
    this.#host = host;
  }

  /** The partition is claimed; everything up to `lsn` is in the log. */
  open(tail: JournalTail, lsn: number): void {
    this.#tail = tail;
    this.#ackedLsn = lsn;
    this.schedule();
  }

  /** The frame that is open changes this run. */
  touch(run: RunId, lsn: number): void {
    this.#touched.set(run, lsn);
  }

  /** Does something outside for a run, once its last change is acknowledged and ownership is proved afresh. */
  owe(run: RunId, act: () => void): void {
    this.#owed.push({ run, act });
    this.schedule();
  }

  /** Acts at once where the proof is fresh, else when ownership is proved again. */
  whenProved(act: () => void): void {
    if (this.#tail !== null && this.#tail.proofAgeMs() <= MAX_PROOF_AGE_MS && !this.#closed) act();
    else {
      this.#owed.push({ run: null, act });
      this.schedule();
    }
  }

  /** Decisions of one turn of the event loop share a frame. */
  schedule(): void {
    if (this.#scheduled || this.#running || this.#tail === null || this.#closed) return;
    const tail = this.#tail;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      void this.#run(tail);
    });
  }

  /** Called twice a second, or more often: an owner that appended nothing for so long looks if anybody else did. */
  tick(idleMs = IDLE_CHECK_MS): void {
    if (this.#tail === null || this.#running || this.#tail.proofAgeMs() < idleMs) return;
    this.#verifyWanted = true;
    this.schedule();
  }

  /** Resolves when everything decided by now is acknowledged, or the task is over. */
  async flushed(): Promise<void> {
    const lsn = this.#frames.lastLsn;
    while (!this.#closed && this.#ackedLsn < lsn) {
      await new Promise<void>((resolve) => {
        this.#ackWaiters.push(resolve);
        this.schedule();
      });
    }
  }

  /** Resolves at a moment when nothing that was decided is not acknowledged, or the task is over. Under load that may take long. */
  async idle(): Promise<void> {
    while (!this.#closed && (!this.#frames.isEmpty || this.#running)) {
      await new Promise<void>((resolve) => {
        this.#idleWaiters.push(resolve);
        this.schedule();
      });
    }
  }

  close(): void {
    this.#closed = true;
    this.#owed = [];
    for (const waiter of this.#ackWaiters.splice(0)) waiter();
    this.#wakeIdle();
  }

  async #run(tail: JournalTail): Promise<void> {
    if (this.#running || this.#closed) return;
    this.#running = true;
    try {
      await this.#appendAll(tail);
    } catch (error) {
      this.#host.failed(error);
    } finally {
      this.#running = false;
    }
    if (this.#frames.isEmpty) this.#wakeIdle();
    if (!this.#frames.isEmpty || this.#owed.length > 0) this.schedule();
  }

  async #appendAll(tail: JournalTail): Promise<void> {
    const acked: { readonly frame: SealedFrame; readonly place: FramePlace }[] = [];
    while (!this.#isClosed()) {
      const frame = this.#frames.take();
      if (frame !== null) {
        const value = encodeFrame({ ...tail.epoch, ...frame }, this.#host.format());
        acked.push({ frame, place: { offset: await tail.append(value, frame.records.length), bytes: value.length } });
      } else if (this.#verifyWanted || tail.proofAgeMs() > MAX_PROOF_AGE_MS) {
        // Where the log seems shorter than it was, an append tells for certain.
        if (!(await tail.verify())) this.#frames.open();
      }
      this.#verifyWanted = false;
      const isProved = tail.proofAgeMs() <= MAX_PROOF_AGE_MS;
      this.#lateProofs = isProved ? 0 : this.#lateProofs + 1;
      if (this.#lateProofs === LATE_PROOFS_TOLD) this.#host.slow(MAX_PROOF_AGE_MS);
      if (isProved && !this.#isClosed()) {
        for (const { frame: proved, place } of acked.splice(0)) this.#acknowledged(proved, place);
        this.#settleOwed();
      }
      if (this.#frames.isEmpty && this.#owed.length === 0 && acked.length === 0) return;
      await nextTurn();
    }
  }

  #acknowledged(frame: SealedFrame, place: FramePlace): void {
    this.#ackedLsn = frame.lsn;
    for (const record of frame.records) {
      if ("run" in record && this.#touched.get(record.run) === frame.lsn) this.#touched.delete(record.run);
    }
    this.#host.acknowledged(frame, place);
    for (const waiter of this.#ackWaiters.splice(0)) waiter();
  }

  #settleOwed(): void {
    if (this.#owed.length === 0) return;
    const owed = this.#owed;
    this.#owed = [];
    for (const effect of owed) {
      const isAcked = effect.run === null || (this.#touched.get(effect.run) ?? 0) <= this.#ackedLsn;
      if (isAcked) effect.act();
      else this.#owed.push(effect);
    }
  }

  /** The end may come at every await. */
  #isClosed(): boolean {
    return this.#closed;
  }

  #wakeIdle(): void {
    for (const waiter of this.#idleWaiters.splice(0)) waiter();
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
