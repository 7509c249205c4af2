// A parcel of an inbox becomes decisions: each message once, in the sender's order (R7).
import { decodeMessage, decodeParcel } from "../journal/inbox.ts";
import { JournalError } from "../journal/errors.ts";
import type { StoredRecord } from "../log/log.ts";
import type { Logger } from "../observability/logger.ts";
import type { Letter as StoredLetter, Parcel } from "../../schemas/journal/generated.ts";
import { decided, type Decided } from "../workflow/decision.ts";
import { decideMessage } from "../workflow/message/deliver.ts";
import { arrivalOf } from "../workflow/message/receive.ts";
import type { JournalRecord, MessageBody } from "../workflow/records.ts";
import { advance } from "../workflow/source/source.ts";
import type { PartitionState, SourceState } from "../workflow/state.ts";
import { deadLetter } from "./dead-letter.ts";
import type { FrameQueue } from "./frame-queue.ts";
import { isQuestion, type Question } from "./questions.ts";

/** What people tell a task: no number, and no one to answer. */
const PEOPLE = -1;
/** So many messages share a frame. */
const MAX_TOGETHER = 50;

export interface InboxIntakeOptions {
  readonly state: PartitionState;
  readonly frames: FrameQueue;
  readonly logger: Logger;
  readonly commit: (decision: Decided) => { readonly time: number };
  readonly asked: (from: number, question: Question) => void;
  /** What a sender's journal holds of messages that are missing in the inbox. @throws JournalError where it does not hold them. */
  readonly missing: (from: number, first: number, last: number) => Promise<readonly StoredLetter[]>;
  /** Data that was too large for a message, from where it stands in its topic. */
  readonly filled: (body: MessageBody) => Promise<MessageBody>;
  /** Null where something may be decided, else a promise that it is worth asking again. */
  readonly room: () => Promise<void> | null;
}

export class InboxIntake {
  readonly #options: InboxIntakeOptions;

  constructor(options: InboxIntakeOptions) {
    this.#options = options;
  }

  async take(source: SourceState, record: StoredRecord): Promise<void> {
    const { state, frames, logger, commit } = this.#options;
    const parcel = this.#open(record);
    if (parcel !== null) await this.#takeParcel(parcel);
    else {
      const { topic, partition } = source;
      logger.warn(
        { code: "INBOX_RECORD_UNREADABLE", topic, partition, offset: record.offset },
        "a record of an inbox is none of ours: set aside",
      );
      const problem = { code: "INBOX_RECORD_UNREADABLE", reason: "it is no parcel of messages" };
      commit(decided(...deadLetter(state, source, record, problem)));
    }
    frames.open();
    frames.addInput(source, record, null);
    advance(source, { next: record.offset + 1, last: record.offset, hash: source.hash });
  }

  /** Null for what anybody may have written. What a newer version wrote stops the partition (R14). */
  #open(record: StoredRecord): Parcel | null {
    try {
      return decodeParcel(record.value);
    } catch (error) {
      if (error instanceof JournalError && error.code === "JOURNAL_DAMAGED") return null;
      throw error;
    }
  }

  async #takeParcel({ from, messages }: Parcel): Promise<void> {
    const { missing } = this.#options;
    const fresh: StoredLetter[] = [];
    let expected = (this.#options.state.senders.get(from)?.sequence ?? 0) + 1;
    for (const letter of messages) {
      if (from === PEOPLE || letter.sequence === expected) fresh.push(letter);
      else if (letter.sequence > expected) {
        this.#tellGap(from, expected, letter.sequence - 1);
        fresh.push(...(await missing(from, expected, letter.sequence - 1)), letter);
      } else {
        this.#checkKnown(from, letter);
        continue;
      }
      expected = letter.sequence + 1;
    }
    for (let at = 0; at < fresh.length; at += MAX_TOGETHER) await this.#decide(from, fresh.slice(at, at + MAX_TOGETHER));
  }

  async #decide(from: number, letters: readonly StoredLetter[]): Promise<void> {
    const { frames, commit, filled, room } = this.#options;
    const bodies = letters.map(({ body }) => decodeMessage(body));
    const whole = bodies.some(isCut) ? await Promise.all(bodies.map((body) => (isCut(body) ? filled(body) : body))) : bodies;
    const last = letters.at(-1);
    for (let wait = room(); wait !== null; wait = room()) await wait;
    frames.together(() => {
      for (const body of whole) this.#decideOne(from, body, frames.open().time);
      if (last === undefined || from === PEOPLE) return;
      const { sequence, epoch, nonce } = last;
      const received: JournalRecord = { type: "MessagesReceived", from, through: sequence, epoch, nonce };
      commit(decided(received));
    });
  }

  #decideOne(from: number, body: MessageBody, now: number): void {
    const { state, commit, asked } = this.#options;
    if (isQuestion(body)) {
      asked(from, body);
      return;
    }
    const decision = decideMessage(state, from, body, now);
    if (decision.outcome === "decided") commit(decision);
  }

  /** A number that is known stands for the same message, or the sender's log has lost frames that it had acknowledged. */
  #checkKnown(from: number, letter: StoredLetter): void {
    const { state } = this.#options;
    if (arrivalOf(state, from, letter).kind !== "rewritten") return;
    throw new JournalError(
      "MESSAGES_REWRITTEN",
      `partition ${state.partition}: message ${letter.sequence} of partition ${from} came before, decided by another owner than now. ` +
        `The journal of partition ${from} lost frames that it had acknowledged (its topic was made anew, or an unclean leader was elected). Restore it from a backup`,
    );
  }

  #tellGap(from: number, first: number, last: number): void {
    this.#options.logger.error(
      { code: "MESSAGES_MISSING", partition: this.#options.state.partition, from, first, last },
      "the inbox lost messages of another partition; they are read from its journal",
    );
  }
}

function isCut(body: MessageBody): boolean {
  return body.type === "EventSeen" && body.event.data === null;
}
