// What a task has to do with the tasks of other partitions: its messages go out, theirs come in, questions are answered, and waits expire when
// nobody can know better.
import type { Sealing } from "../core/sealing.ts";
import type { Clock } from "../core/clock.ts";
import type { Log, StoredRecord } from "../log/log.ts";
import type { Logger } from "../observability/logger.ts";
import type { Input } from "../workflow/decide.ts";
import type { Decided, Decision, Message } from "../workflow/decision.ts";
import type { ConsumeAgain, ConsumeEvent, HoldBack, MessageSent } from "../workflow/records.ts";
import type { RunId, StepKey } from "../core/ids.ts";
import type { PartitionState, SourceState } from "../workflow/state.ts";
import type { AppTopics } from "./app-topics.ts";
import { Courier } from "./courier.ts";
import { Expiries, type Held } from "./expiries.ts";
import type { FrameQueue } from "./frame-queue.ts";
import { InboxIntake } from "./inbox-intake.ts";
import { missingMessages } from "./missing-messages.ts";
import { PastQuestions } from "./past-questions.ts";
import type { Question } from "./questions.ts";
import type { Reading } from "./read-event.ts";
import { Rescans } from "./rescans.ts";
import { whenKnown } from "./sealed-data.ts";
import { withData } from "./told-event.ts";
import { Watermarks } from "./watermarks.ts";

export interface CorrespondenceOptions extends Reading {
  readonly log: Log;
  readonly topics: AppTopics;
  readonly state: PartitionState;
  readonly frames: FrameQueue;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly now: () => number;
  readonly commit: (decision: Decided) => { readonly time: number };
  readonly submit: (input: Input) => void;
  /** Resolves when what was decided is acknowledged. */
  readonly flushed: () => Promise<void>;
  /** Null where something may be decided, else a promise that it is worth asking again. */
  readonly room: () => Promise<void> | null;
  /** Null: nothing is sealed. */
  readonly sealing: Sealing | null;
  /** Whether the app has activated a format that this build does not know. */
  readonly mayBeNewer: () => boolean;
  readonly failed: (error: unknown) => void;
  /** Decides by the code of a consumer. */
  readonly consume?: ((message: ConsumeEvent | ConsumeAgain) => Decision) | undefined;
  /** Another partition has too many runs in lines. */
  readonly heldBack: (by: number, request: HoldBack) => void;
  /** People want the digest of the state in the journal. */
  readonly digestAsked: (nonce: string) => void;
}

const MAX_OFFERS = 64;

export class Correspondence {
  readonly #options: CorrespondenceOptions;
  readonly #courier: Courier;
  readonly #inbox: InboxIntake;
  readonly #watermarks: Watermarks;
  readonly #rescans: Rescans;
  readonly #expiries: Expiries;
  readonly #pastQuestions: PastQuestions;
  /** Number of the frame with the last events that were compared further. */
  #offeredIn = -1;

  constructor(options: CorrespondenceOptions) {
    const {
      log,
      topics,
      state,
      frames,
      clock,
      logger,
      signal,
      now,
      commit,
      submit,
      flushed,
      room,
      mayBeNewer,
      failed,
      reader,
      maxEventBytes,
    } = options;
    const { partition } = state;
    const tell = (messages: readonly Message[]): void => submit({ type: "TellTask", messages });
    /** When there is room for it; resolves when it is in the journal. */
    const journalled = async (input: Input): Promise<void> => {
      for (let wait = room(); wait !== null && !signal.aborted; wait = room()) await wait;
      submit(input);
      await flushed();
    };
    this.#options = options;
    this.#courier = new Courier({
      log,
      inbox: topics.inbox,
      from: partition,
      signal,
      confirm: (to, through) => submit({ type: "ConfirmMessages", to, through }),
      failed,
    });
    this.#inbox = new InboxIntake({
      state,
      frames,
      logger,
      commit,
      asked: (from, question) => this.asked(from, question),
      missing: (from, first, last) => missingMessages(log, { journal: topics.journal, from, to: partition, first, last }, signal),
      filled: (body) => withData({ log, reader, maxEventBytes, logger, signal }, body),
      room,
      mayBeNewer,
      consume: options.consume,
      known: (body) => whenKnown(options.sealing, body),
    });
    this.#watermarks = new Watermarks({
      log,
      state,
      now,
      signal,
      tell: (to, time) => tell([{ to, body: { type: "WatermarkReached", time } }]),
      failed,
    });
    this.#rescans = new Rescans({
      log,
      state,
      reader,
      maxEventBytes,
      logger,
      signal,
      activate: (event, path) => journalled({ type: "ActivateShape", event, path }),
      tell: (messages) => journalled({ type: "TellTask", messages }),
      failed,
    });
    this.#expiries = new Expiries({
      state,
      clock,
      now,
      settleMs: log.settleMs,
      expire: (waits) => submit({ type: "ExpireWaits", waits }),
      tell,
      askOwn: () => this.#watermarks.ask(partition),
      forced: ({ waits, by, partitions }) =>
        logger.warn(
          { code: "WAIT_EXPIRED_UNSURE", partition, waits, by, partitions },
          `waits expired although an event from before their deadline may come too late for them: ${reasonOf(by, partitions)}`,
        ),
    });
    this.#pastQuestions = new PastQuestions({ state, clock, tell });
  }

  /** The partition is claimed: what an earlier owner left goes on. */
  begin(): void {
    for (const [to, { pending }] of this.#options.state.outboxes) {
      for (const [sequence, letter] of pending) this.#courier.add(to, { sequence, ...letter });
    }
    this.#continueOffers();
  }

  /** A message is acknowledged in the journal of the owner with this claim. */
  post({ to, sequence, body }: MessageSent, claim: { readonly epoch: number; readonly nonce: number }): void {
    this.#courier.add(to, { sequence, body, ...claim });
  }

  take(source: SourceState, record: StoredRecord): Promise<void> {
    return this.#inbox.take(source, record);
  }

  /** A partition wants to know something that is looked up, not decided. */
  asked(from: number, question: Question): void {
    if (question.type === "AskWatermark") this.#watermarks.ask(from);
    else if (question.type === "HoldBack") this.#options.heldBack(from, question);
    else if (question.type === "AskDigest") this.#options.digestAsked(question.nonce);
    else this.#rescans.ask(from, question);
  }

  /** The deadline of a wait that is decided here has come. */
  expired(run: RunId, step: StepKey): void {
    this.#expiries.add(run, step);
  }

  /** A frame is acknowledged. */
  advanced(): void {
    this.#watermarks.moved();
    this.#expiries.look();
    this.#continueOffers();
  }

  /** Called twice a second. */
  tick(): void {
    this.#expiries.tick();
    this.#pastQuestions.tick();
  }

  /** Messages that are not confirmed. */
  get unsent(): number {
    let count = 0;
    for (const { pending } of this.#options.state.outboxes.values()) count += pending.size;
    return count;
  }

  /** Resolves when all messages are in their inboxes. */
  settled(): Promise<void> {
    return this.#courier.settled();
  }

  close(): void {
    this.#expiries.stop();
  }

  /** So many events are compared with waits yet that no more are let in (R16). */
  get hasManyOffers(): boolean {
    return this.#options.state.window.open.size > MAX_OFFERS;
  }

  /** The oldest, and so much in a frame as one decision compares (R15). */
  #continueOffers(): void {
    const { state, frames, submit } = this.#options;
    const [oldest] = state.window.open.keys();
    if (oldest === undefined || (frames.isOpen && frames.lastLsn === this.#offeredIn)) return;
    submit({ type: "ContinueOffer", kept: oldest });
    this.#offeredIn = frames.lastLsn;
  }
}

function reasonOf({ watermark = 0, scan = 0, offer = 0 }: Held["by"], partitions: readonly number[]): string {
  const of = `partitions ${partitions.join(", ")}`;
  return [
    watermark === 0 ? [] : [`${watermark} since ${of} did not tell within a minute what came to them`],
    scan === 0 ? [] : [`${scan} since ${of} did not tell within a minute what the past held`],
    offer === 0 ? [] : [`${offer} since an event is still compared with them`],
  ]
    .flat()
    .join("; ");
}
