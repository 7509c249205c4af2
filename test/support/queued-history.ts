// Journals in which runs are queued: with claims, knocks, copies and what deposed owners still send between the frames that count.
import fc from "fast-check";
import { deriveRunId, type RunId } from "../../engine/core/ids.ts";
import { encodeClaim, encodeKnock } from "../../engine/journal/entry.ts";
import { encodeFrame } from "../../engine/journal/frame-formats.ts";
import type { TriggerEvent } from "../../engine/workflow/records.ts";
import { T0 } from "./fake-clock.ts";
import { runQueued, triggerEvent } from "./records.ts";

export interface QueuedRow {
  readonly run: RunId;
  readonly lsn: number;
  readonly events: readonly TriggerEvent[];
}

/** What lands in a journal next. */
export const happening = fc.oneof(
  { weight: 12, arbitrary: fc.record({ kind: fc.constant("frame" as const), rows: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("claim" as const), sends: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("vain claim" as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("knock" as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("second copy" as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("late copy" as const), of: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("strange frame" as const), lsn: fc.nat(), repeats: fc.boolean() }) },
);
export type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never;

export class QueuedHistory {
  readonly entries: Buffer[] = [];
  readonly rows: QueuedRow[] = [];
  /** Offsets of what counts, by its number less one; and of the copies that were acknowledged. */
  readonly counted: number[] = [];
  readonly acked: number[] = [];
  readonly #dataBytes: number;
  #epoch = -1;
  #nonce = 0;
  #runs = 0;

  constructor(dataBytes = 20) {
    this.#dataBytes = dataBytes;
    this.claim();
  }

  get lsn(): number {
    return this.counted.length;
  }

  /** Offset of the claim in force. */
  get epoch(): number {
    return this.#epoch;
  }

  play(next: Happening): void {
    switch (next.kind) {
      case "frame":
        return this.frame(next.rows);
      case "claim": {
        const deposed = { epoch: this.#epoch, nonce: this.#nonce, lsn: this.lsn + 1 };
        this.claim();
        // Its last frame was on its way: the same events may be decided again, so it may hold runs that are queued later on.
        for (let n = 0; n < next.sends; n++) this.#push(this.#frameOf(deposed, [this.#row(this.#runs), this.#row(this.#runs + 1)]));
        return;
      }
      case "vain claim":
        this.#push(encodeClaim({ nonce: 99, replaces: this.#epoch - 1, worker: "late", time: T0 }));
        return;
      case "knock":
        this.#push(encodeKnock({ epoch: this.#epoch, nonce: this.#nonce, worker: "next", time: T0 }));
        return;
      case "second copy":
        if (this.acked.at(-1) === this.entries.length - 1 && this.acked.at(-1) !== this.#epoch) {
          this.acked[this.acked.length - 1] = this.#push(this.entries.at(-1) ?? Buffer.alloc(0));
        }
        return;
      case "late copy":
        this.#push(this.entries[next.of % this.entries.length] ?? Buffer.alloc(0));
        return;
      case "strange frame": {
        // Worse than any owner does: a number that is another's, with other runs, or with those that are queued by that very frame.
        const lsn = (next.lsn % (this.lsn + 1)) + 1;
        const same = next.repeats ? this.rows.filter((row) => row.lsn === lsn) : [];
        const rows = same.length > 0 ? same : [{ ...this.#row(1_000_000 + this.entries.length), lsn }];
        this.#push(this.#frameOf({ epoch: -7, nonce: 7, lsn }, rows));
        return;
      }
    }
  }

  claim(): void {
    this.#nonce += 1;
    this.#epoch = this.#push(encodeClaim({ nonce: this.#nonce, replaces: this.#epoch, worker: `w${this.#nonce}`, time: T0 }));
    this.#counts(this.#epoch);
  }

  /** Queues so many runs. */
  frame(rows: number): void {
    const lsn = this.lsn + 1;
    const queued = Array.from({ length: rows }, () => ({ ...this.#row(this.#runs++), lsn }));
    this.rows.push(...queued);
    this.#counts(this.#push(this.#frameOf({ epoch: this.#epoch, nonce: this.#nonce, lsn }, queued)));
  }

  /** The same run has the same events, whoever decides it. */
  #row(number: number): QueuedRow {
    const data = JSON.stringify("x".repeat(this.#dataBytes - 2));
    return {
      run: deriveRunId(T0, 0, "f", `queued ${number}`),
      lsn: this.lsn + 1,
      events: [triggerEvent({ id: `e${number}`, offset: number, data })],
    };
  }

  #frameOf(of: { readonly epoch: number; readonly nonce: number; readonly lsn: number }, rows: readonly QueuedRow[]): Buffer {
    const records = rows.map(({ run, events }) => runQueued(run, { events }));
    return encodeFrame({ ...of, time: T0, inputs: [], records });
  }

  #push(entry: Buffer): number {
    return this.entries.push(entry) - 1;
  }

  #counts(offset: number): void {
    this.counted.push(offset);
    this.acked.push(offset);
  }
}
