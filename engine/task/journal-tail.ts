// The end of the journal as its owner sees it: appends, and proves by the offset of each that nobody came in between (R4).
import type { Clock } from "../core/clock.ts";
import { decodeEntry, encodeClaim } from "../journal/entry.ts";
import { JournalError } from "../journal/errors.ts";
import type { Log, TopicPartition } from "../log/log.ts";
import { epochInForce } from "../workflow/ownership/claim.ts";
import type { Histogram } from "../observability/instruments.ts";
import type { Meters } from "../observability/meters.ts";
import type { PartitionState } from "../workflow/state.ts";
import { randomNonce } from "../core/ids.ts";
import { foldEntry } from "./fold.ts";
import type { LogClock } from "./log-clock.ts";

/** Another claim counts: this owner is over, and releases nothing. */
export class FencedError extends Error {
  constructor(by: string) {
    super(`another owner claimed the partition: ${by}`);
    this.name = "FencedError";
  }
}

export interface JournalTailOptions {
  readonly log: Log;
  readonly journal: TopicPartition;
  readonly clock: Clock;
  readonly logClock: LogClock;
  readonly meters: Meters;
  readonly signal: AbortSignal;
  /** A successor has read all, and waits for this owner's last word. */
  readonly onKnock: () => void;
}

export class JournalTail {
  readonly #options: JournalTailOptions;
  readonly #measured: Readonly<Record<"append" | "bytes" | "records", Histogram>>;
  /** Offset that the next append must get. */
  #expected: number;
  #epoch = -1;
  #nonce = -1;
  /** When, at the latest, it was known that nobody else had claimed: the moment the proving request was sent. */
  #proof: { readonly monotonicMs: number; readonly wallMs: number } | null = null;

  constructor(options: JournalTailOptions, next: number) {
    const { meters } = options;
    this.#options = options;
    this.#measured = {
      append: meters.appendSeconds.of("journal"),
      bytes: meters.batchBytes.of("journal"),
      records: meters.batchRecords.of("journal"),
    };
    this.#expected = next;
  }

  get epoch(): { readonly epoch: number; readonly nonce: number } {
    return { epoch: this.#epoch, nonce: this.#nonce };
  }

  /** Milliseconds since this owner last was provably the owner. */
  proofAgeMs(): number {
    if (this.#proof === null) return Number.POSITIVE_INFINITY;
    const now = this.#moment();
    // Monotonic time stands still while a machine is suspended; wall time may be set. Either makes the proof old.
    return Math.max(now.monotonicMs - this.#proof.monotonicMs, Math.abs(now.wallMs - this.#proof.wallMs));
  }

  #moment(): { readonly monotonicMs: number; readonly wallMs: number } {
    const { clock } = this.#options;
    return { monotonicMs: clock.monotonicMs(), wallMs: clock.wallMs() };
  }

  /**
   * Claims the partition. What others appended meanwhile is folded first; a claim of theirs that counts is replaced only if `mayReplace`
   * still says so (R9: after a heartbeat since then).
   */
  async claim(state: PartitionState, worker: string, mayReplace: () => Promise<void>): Promise<void> {
    for (;;) {
      const nonce = randomNonce();
      const value = encodeClaim({ nonce, replaces: epochInForce(state), worker, time: this.#options.logClock.now() });
      const base = await this.#send(value);
      // Up to and with the acknowledged copy: an earlier copy of this very claim may be the one that counts (R6).
      await this.#read(base + 1, (offset, entry) => void foldEntry(state, offset, entry));
      if (state.owner !== null && state.owner.nonce === nonce) {
        this.#epoch = state.owner.epoch;
        this.#nonce = nonce;
        return;
      }
      await mayReplace();
    }
  }

  /** Appends a frame of this owner, with so many records in it. Returns its offset. @throws FencedError, JournalError `JOURNAL_TRUNCATED` */
  async append(value: Buffer, records: number): Promise<number> {
    const began = performance.now();
    const base = await this.#send(value);
    this.#measured.append.observe((performance.now() - began) / 1_000);
    this.#measured.bytes.observe(value.length);
    this.#measured.records.observe(records);
    if (base > this.#expected) await this.#read(base, (offset, entry) => this.#pass(offset, entry));
    this.#expected = base + 1;
    return base;
  }

  /** Looks if anybody appended since, without appending. Returns false where only an append can tell. Not while an append is in flight. */
  async verify(): Promise<boolean> {
    const { log, journal } = this.#options;
    const sent = this.#moment();
    const latest = await log.latestOffset(journal);
    if (latest < this.#expected) return false;
    if (latest > this.#expected) await this.#read(latest, (offset, entry) => this.#pass(offset, entry));
    this.#proof = sent;
    return true;
  }

  async #send(value: Buffer): Promise<number> {
    const { log, journal, clock, logClock, signal } = this.#options;
    const sent = this.#moment();
    const { baseOffset, appendTime } = await log.append(journal, [{ key: null, value }], { signal });
    logClock.observe(appendTime, sent.monotonicMs, clock.monotonicMs());
    if (baseOffset < this.#expected) {
      throw new JournalError(
        "JOURNAL_TRUNCATED",
        `journal ${journal.topic}/${journal.partition}: an append got offset ${baseOffset} where ${this.#expected} was expected, so the log lost what it had acknowledged ` +
          "(the topic was made anew, or an unclean leader was elected). The partition stops. Restore the topic from a backup, then start again",
      );
    }
    this.#proof = sent;
    return baseOffset;
  }

  /** Reads from where this owner knows the log up to `end`. */
  async #read(end: number, see: (offset: number, value: Buffer | null) => void): Promise<void> {
    const { log, journal, signal } = this.#options;
    const reader = log.openReader({ ...journal, from: this.#expected, mode: "bulk" });
    const stop = (): void => reader.close();
    signal.addEventListener("abort", stop);
    try {
      for (let next = this.#expected; next < end;) {
        signal.throwIfAborted();
        const batch = await reader.next();
        for (const record of batch.records) if (record.offset < end) see(record.offset, record.value);
        next = batch.nextOffset;
      }
      this.#expected = end;
    } finally {
      signal.removeEventListener("abort", stop);
      reader.close();
    }
  }

  /** What lies in a gap after this owner's claim: a claim that replaces it ends it, a knock is told; duplicates and old owners' frames mean nothing. */
  #pass(offset: number, value: Buffer | null): void {
    const entry = decodeEntry(value);
    if (entry.kind === "claim" && entry.claim.replaces === this.#epoch) throw new FencedError(`${entry.claim.worker} at offset ${offset}`);
    if (entry.kind === "knock" && entry.knock.epoch === this.#epoch) this.#options.onKnock();
  }
}
