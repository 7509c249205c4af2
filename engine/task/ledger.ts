// Where a decision is written down: its records change the state and go into the open frame, its messages to other partitions with them. What
// a partition tells itself it decides at once, in the same frame (R5, R7).
import { encodeMessage } from "../journal/inbox.ts";
import type { Decided, Message } from "../workflow/decision.ts";
import { evolve } from "../workflow/evolve.ts";
import { decideMessage } from "../workflow/message/deliver.ts";
import { isOwnOnItsWay, messageSent } from "../workflow/message/send.ts";
import type { JournalRecord } from "../workflow/records.ts";
import type { PartitionState } from "../workflow/state.ts";
import { abridged } from "../workflow/wait/tell.ts";
import type { FrameQueue } from "./frame-queue.ts";
import { isQuestion, type Question } from "./questions.ts";

export interface LedgerOptions {
  readonly state: PartitionState;
  readonly frames: FrameQueue;
  /** A record is about to change the state. */
  readonly recording: (record: JournalRecord) => void;
  /** A record is in the frame with this number. */
  readonly recorded: (record: JournalRecord, lsn: number) => void;
  /** A partition wants to know something that is not decided, but looked up. */
  readonly asked: (from: number, question: Question) => void;
  /** What follows from what was decided, at the time of the frame: who waits is let in. Null for nothing. */
  readonly next: (now: number) => Decided | null;
}

/** In a frame that holds more, nothing further is decided at once: what a partition tells itself then comes by its inbox (R15). */
const MAX_AT_ONCE_BYTES = 512 * 1024;

export class Ledger {
  readonly #options: LedgerOptions;

  constructor(options: LedgerOptions) {
    this.#options = options;
  }

  /** Returns the time of the frame. */
  commit(decision: Decided): { readonly time: number } {
    const { state, asked } = this.#options;
    const questions: Question[] = [];
    const frame = this.#put(decision, questions);
    for (const question of questions) asked(state.partition, question);
    return frame;
  }

  #put(decision: Decided, questions: Question[]): { readonly time: number } {
    const { frames, next } = this.#options;
    frames.beginTogether();
    try {
      const frame = frames.open(decision.records);
      for (let one: Decided | null = decision; one !== null; one = frames.openBytes > MAX_AT_ONCE_BYTES ? null : next(frame.time)) {
        this.#putAll(one.records, frame);
        if (one.messages.length > 0) this.#tell(one.messages, frame, questions);
      }
      return frame;
    } finally {
      frames.endTogether();
    }
  }

  #tell(told: readonly Message[], frame: { readonly lsn: number; readonly time: number }, questions: Question[]): void {
    const { state, frames } = this.#options;
    const messages: Message[] = [...told];
    // Each is decided when what was told before is folded: the list grows while it is gone through.
    for (const { to, body } of messages) {
      if (to === state.partition && isQuestion(body)) questions.push(body);
      else if (to !== state.partition || isOwnOnItsWay(state) || frames.openBytes > MAX_AT_ONCE_BYTES) {
        this.#putAll([messageSent(state, to, encodeMessage(abridged(body)))], frame);
      } else {
        const own = decideMessage(state, to, body, frame.time);
        if (own.outcome === "ignored") continue;
        this.#putAll(own.records, frame);
        messages.push(...own.messages);
      }
    }
  }

  #putAll(records: readonly JournalRecord[], { lsn, time }: { readonly lsn: number; readonly time: number }): void {
    const { state, frames, recording, recorded } = this.#options;
    for (const record of records) {
      recording(record);
      evolve(state, record, time);
      frames.add(record);
      recorded(record, lsn);
    }
  }
}
