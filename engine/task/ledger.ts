// Where a decision is written down: its records change the state and go into the open frame, its messages to other partitions with them. What
// a partition tells itself it decides at once, in the same frame (R5, R7).
import { encodeMessage } from "../journal/inbox.ts";
import type { Decided } from "../workflow/decision.ts";
import { evolve } from "../workflow/evolve.ts";
import { decideMessage } from "../workflow/message/deliver.ts";
import { messageSent } from "../workflow/message/send.ts";
import type { JournalRecord, MessageBody } from "../workflow/records.ts";
import type { PartitionState } from "../workflow/state.ts";
import type { FrameQueue } from "./frame-queue.ts";
import { isQuestion, type Question } from "./questions.ts";

export interface LedgerOptions {
  readonly state: PartitionState;
  readonly frames: FrameQueue;
  /** A record is in the frame with this number. */
  readonly recorded: (record: JournalRecord, lsn: number) => void;
  /** A partition wants to know something that is not decided, but looked up. */
  readonly asked: (from: number, question: Question) => void;
}

export class Ledger {
  readonly #options: LedgerOptions;

  constructor(options: LedgerOptions) {
    this.#options = options;
  }

  /** Returns the time of the frame. */
  commit(decision: Decided): { readonly time: number } {
    const { state, frames } = this.#options;
    return frames.together(() => {
      const { lsn, time } = frames.open(decision.records);
      const queue: Decided[] = [decision];
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        for (const record of next.records) this.#put(record, lsn, time);
        for (const { to, body } of next.messages) {
          const own = to === state.partition ? this.#tellSelf(body, time) : null;
          if (own !== null) queue.push(own);
          else if (to !== state.partition) this.#put(messageSent(state, to, encodeMessage(body)), lsn, time);
        }
      }
      return { time };
    });
  }

  #put(record: JournalRecord, lsn: number, time: number): void {
    const { state, frames, recorded } = this.#options;
    evolve(state, record, time);
    frames.add(record);
    recorded(record, lsn);
  }

  #tellSelf(body: MessageBody, time: number): Decided | null {
    const { state, asked } = this.#options;
    if (isQuestion(body)) {
      asked(state.partition, body);
      return null;
    }
    const decision = decideMessage(state, state.partition, body, time);
    return decision.outcome === "decided" ? decision : null;
  }
}
