// A parcel of an inbox becomes decisions: each message once, in the sender's order (R7).
import { decodeMessage, decodeParcel } from "../journal/inbox.ts";
import { JournalError } from "../journal/errors.ts";
import type { StoredRecord } from "../log/log.ts";
import type { Logger } from "../observability/logger.ts";
import type { Letter, Parcel } from "../../schemas/journal/generated.ts";
import { decided, type Decided, type Decision } from "../workflow/decision.ts";
import { decideMessage } from "../workflow/message/deliver.ts";
import { arrivalOf } from "../workflow/message/receive.ts";
import type { ConsumeAgain, ConsumeEvent, MessageBody } from "../workflow/records.ts";
import type { Once } from "../workflow/event/cloud-event.ts";
import { advance, remember } from "../workflow/source/source.ts";
import type { SenderState } from "../workflow/message/state.ts";
import type { PartitionState, SourceState } from "../workflow/state.ts";
import { deadLetter } from "./dead-letter.ts";
import type { FrameQueue } from "./frame-queue.ts";
import { isQuestion, type Question } from "./questions.ts";
import { Turns } from "./turns.ts";

/** What people tell a task: no number, and no one to answer. */
const PEOPLE = -1;
/** So many are held in memory (R16). */
const MAX_HELD = 1_000;
/** So many messages, or bytes of what is decided of them, share a frame (R15). */
const MAX_TOGETHER = 50;
const MAX_TOGETHER_BYTES = 256 * 1024;

export interface InboxIntakeOptions {
  readonly state: PartitionState;
  readonly frames: FrameQueue;
  readonly logger: Logger;
  readonly commit: (decision: Decided) => { readonly time: number };
  readonly asked: (from: number, question: Question) => void;
  /** What a sender's journal holds of messages that are missing in the inbox. @throws JournalError where it does not hold them. */
  readonly missing: (from: number, first: number, last: number) => AsyncIterable<Letter>;
  /** Data that was too large for a message, from where it stands in its topic. */
  readonly filled: (body: MessageBody) => Promise<MessageBody>;
  /** Null where its events' data can be looked into; else when. */
  readonly known: (body: MessageBody) => Promise<void> | null;
  /** Decides by the code of a consumer. */
  readonly consume?: ((message: ConsumeEvent | ConsumeAgain) => Decision) | undefined;
  /** Whether the app has activated a format that this build does not know. */
  readonly mayBeNewer: () => boolean;
  /** Null where something may be decided, else a promise that it is worth asking again. */
  readonly room: () => Promise<void> | null;
}

export class InboxIntake {
  readonly #options: InboxIntakeOptions;
  readonly #turns = new Turns();

  constructor(options: InboxIntakeOptions) {
    this.#options = options;
  }

  async take(source: SourceState, record: StoredRecord): Promise<void> {
    const { frames } = this.#options;
    const parcel = this.#open(record);
    const once = parcel === null ? null : onceOf(parcel);
    const isKnown = once !== null && source.ids.has(once.key);
    const read = (): void => {
      const { time } = frames.open();
      frames.addInput(source, record, isKnown ? null : once);
      if (once !== null) remember(source, once, time);
      advance(source, { next: record.offset + 1, last: record.offset, hash: source.hash });
    };
    if (parcel === null) await this.#together(() => this.#setAside(source, record), read);
    else if (isKnown) await this.#together(read);
    else await this.#takeParcel(parcel, read);
  }

  /** Null for what anybody may have written. What a newer version wrote stops the partition (R14). */
  #open(record: StoredRecord): Parcel | null {
    try {
      const parcel = decodeParcel(record.value);
      const { from, messages } = parcel;
      const bodies = messages.map(({ body }) => decodeMessage(body));
      if (from === PEOPLE) return bodies.every(isCommand) ? parcel : null;
      return from >= 0 && from < this.#options.state.partitions ? parcel : null;
    } catch (error) {
      if (!(error instanceof JournalError)) throw error;
      // Its messages, if it had any, stand in their sender's journal, and are read there when the next one shows the gap. A version that this
      // build does not know may have written it only where the app has activated that version's format (R14).
      if (error.code === "JOURNAL_DAMAGED" || !this.#options.mayBeNewer()) return null;
      throw error;
    }
  }

  #setAside(source: SourceState, record: StoredRecord): void {
    const { state, logger, commit } = this.#options;
    const { topic, partition } = source;
    logger.warn(
      { code: "INBOX_RECORD_UNREADABLE", topic, partition, offset: record.offset },
      "a record of an inbox is none of ours: set aside as a dead letter",
    );
    commit(decided(...deadLetter(state, source, record, { code: "INBOX_RECORD_UNREADABLE", reason: "it is no parcel of messages" })));
  }

  /** `read`: the record is used up. */
  async #takeParcel(parcel: Parcel, read: () => void): Promise<void> {
    const { from, messages } = parcel;
    let letters: Letter[] = [];
    for await (const letter of from === PEOPLE ? messages : this.#new(parcel)) {
      letters.push(letter);
      if (letters.length < MAX_HELD) continue;
      await this.#decideAll(from, letters, () => {});
      letters = [];
    }
    await this.#decideAll(from, letters, read);
  }

  /** Those that were not decided before, without a gap. */
  async *#new({ from, messages }: Parcel): AsyncIterable<Letter> {
    const { state, missing } = this.#options;
    let last: SenderState | undefined = state.senders.get(from);
    for (const letter of messages) {
      const arrival = arrivalOf(last, letter);
      if (arrival.kind === "duplicate") continue;
      if (arrival.kind === "rewritten") throw this.#rewritten(from, letter);
      if (arrival.kind === "gap") {
        this.#tellGap(from, arrival.from, arrival.to);
        yield* missing(from, arrival.from, arrival.to);
      }
      yield letter;
      last = letter;
    }
  }

  /** `read`: the record is used up. It stands in the frame of the last decision. */
  async #decideAll(from: number, letters: readonly Letter[], read: () => void): Promise<void> {
    if (letters.length === 0) await this.#together(read);
    for (let at = 0; at < letters.length;) {
      const bodies = await this.#bodies(letters, at);
      await this.#together(() => {
        at = this.#decideSome(from, letters, at, bodies);
        if (at >= letters.length) read();
      });
      const turn = this.#turns.next(bodies.length);
      if (turn !== null) await turn;
    }
  }

  /** The next few, whole. */
  async #bodies(letters: readonly Letter[], at: number): Promise<readonly MessageBody[]> {
    const bodies: MessageBody[] = [];
    for (const letter of letters.slice(at, at + MAX_TOGETHER)) {
      const body = decodeMessage(letter.body);
      const known = this.#options.known(body);
      if (known !== null) await known;
      if (!isCut(body)) bodies.push(body);
      // A large one is the last of its frame.
      else return [...bodies, await this.#options.filled(body)];
    }
    return bodies;
  }

  /** Returns the place of the first that is not decided. */
  #decideSome(from: number, letters: readonly Letter[], start: number, bodies: readonly MessageBody[]): number {
    const { frames, commit } = this.#options;
    let at = start;
    for (const body of bodies) {
      this.#decideOne(from, body, frames.open().time);
      at += 1;
      if (frames.openBytes > MAX_TOGETHER_BYTES) break;
    }
    const last = letters[at - 1];
    if (last !== undefined && from !== PEOPLE) {
      const { sequence, epoch, nonce } = last;
      commit(decided({ type: "MessagesReceived", from, through: sequence, epoch, nonce }));
    }
    return at;
  }

  #decideOne(from: number, body: MessageBody, now: number): void {
    const { state, commit, asked, consume } = this.#options;
    if (isQuestion(body)) {
      asked(from, body);
      return;
    }
    const isConsumed = body.type === "ConsumeEvent" || body.type === "ConsumeAgain";
    const decision = isConsumed && consume !== undefined ? consume(body) : decideMessage(state, from, body, now);
    if (decision.outcome === "decided") commit(decision);
  }

  /** In one frame, as soon as something may be decided. */
  async #together(...acts: readonly (() => void)[]): Promise<void> {
    const { frames, room } = this.#options;
    for (let wait = room(); wait !== null; wait = room()) await wait;
    frames.together(() => {
      for (const act of acts) act();
    });
  }

  #rewritten(from: number, letter: Letter): JournalError {
    return new JournalError(
      "MESSAGES_REWRITTEN",
      `partition ${this.#options.state.partition}: message ${letter.sequence} of partition ${from} was decided by another owner than one that came before. ` +
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

const COMMANDS: ReadonlySet<string> = new Set([
  "CancelRun",
  "ReleaseRun",
  "PauseFunction",
  "OverrideFlow",
  "RerunRun",
  "StartBackfill",
  "ControlBackfill",
  "StartMissed",
  "AskDigest",
  "SteerConsumer",
  "ConsumeAgain",
] satisfies MessageBody["type"][]);

/** What people may tell. */
function isCommand({ type }: MessageBody): boolean {
  return COMMANDS.has(type);
}

/** What people may tell twice, in doubt, and what is to count once (R5). */
function onceOf({ from, messages }: Parcel): Extract<Once, { readonly by: "id" }> | null {
  const [letter] = from === PEOPLE ? messages : [];
  const body = letter === undefined ? null : decodeMessage(letter.body);
  return body?.type === "ConsumeAgain" ? { by: "id", key: `again/${body.letter}` } : null;
}

function isCut(body: MessageBody): boolean {
  return body.type === "EventSeen" && body.event.data === null;
}
