// A task's part as a consumer: events become state and obligations by the consumer's code, obligations are met, and what is kept can be read.
import { toldError, toldText } from "../../core/sealing.ts";
import type { Clock } from "../../core/clock.ts";
import type { Logger } from "../../observability/logger.ts";
import { decideConsume, decideConsumeAgain, decideConsumeEvent } from "../../workflow/consumer/consume.ts";
import { limitOf } from "../../workflow/consumer/steer.ts";
import { isSameConsumer } from "../../workflow/consumer/spec.ts";
import type { OwedHandling } from "../../workflow/consumer/state.ts";
import type { Input } from "../../workflow/decide.ts";
import type { Decision } from "../../workflow/decision.ts";
import type { EventArrived } from "../../workflow/event/arrive.ts";
import { pauseOf } from "../../workflow/flow/limits/pause.ts";
import type { ConsumeAgain, ConsumeEvent, JournalRecord } from "../../workflow/records.ts";
import type { PartitionState, SourceState } from "../../workflow/state.ts";
import type { ActiveManifest } from "../../workflow/trigger/manifest.ts";
import type { Lane } from "../lane.ts";
import type { TaskOptions } from "../task-options.ts";
import { AckedValues } from "./acked-values.ts";
import type { ConsumerCode } from "./consumer-code.ts";
import { Handlers } from "./handlers.ts";

/** What waits to be handled takes no more memory than about this (R16). */
const MAX_OWED_CHARACTERS = 64 * 1024 * 1024;
/** Others' messages are let in when events are not, up to so many times as much: to wait for them would keep everybody from reading. */
const MESSAGES_BEYOND = 2;
/** A deployment that is under way is no news. */
const TOLD_TICKS = 10;

export interface ConsumingOptions {
  readonly code: ConsumerCode;
  readonly state: PartitionState;
  readonly clock: Clock;
  readonly lane: Lane;
  readonly logger: Logger;
  /** Milliseconds since 1970 by the log's clock. */
  readonly now: () => number;
  /** Whether the owner takes on more. */
  readonly isServing: () => boolean;
  readonly whenProved: (act: () => void) => void;
  readonly submit: (input: Input) => void;
}

/** How a partition of a consumer fares. */
export interface ConsumerReport {
  /** Events that are to be handled, or are being handled. */
  readonly owed: number;
  readonly executing: number;
  readonly isPaused: boolean;
  /** First offset that is not decided, by source partition. */
  readonly positions: readonly { readonly topic: string; readonly partition: number; readonly next: number }[];
}

/** Null where the app has functions. */
export function consumingOf(
  { consumer: code, clock, lane, logger }: Pick<TaskOptions, "consumer" | "clock" | "lane" | "logger">,
  parts: Omit<ConsumingOptions, "code" | "clock" | "lane" | "logger">,
): Consuming | null {
  return code === undefined ? null : new Consuming({ code, clock, lane, logger, ...parts });
}

export class Consuming {
  readonly #options: ConsumingOptions;
  readonly #acked: AckedValues;
  readonly #handlers: Handlers;
  #owedCharacters = 0;
  /** Keys of what is over in state and not in the journal yet, by number. */
  readonly #ending = new Map<number, string>();
  #compared: { readonly manifest: ActiveManifest; readonly isSame: boolean } | null = null;
  /** Ticks in which another declaration was in force. */
  #ticksOfOther = 0;

  constructor(options: ConsumingOptions) {
    const { code, state, clock, lane, now, isServing, whenProved, submit } = options;
    this.#options = options;
    this.#acked = new AckedValues(state);
    const mayCall = (): boolean => isServing() && !this.isPaused && this.#isMine;
    this.#handlers = new Handlers({ code, state, clock, lane, now, mayCall, whenProved, submit });
  }

  /** An event was read. */
  decide(source: SourceState, arrived: EventArrived): Decision {
    return decideConsume(this.#options.state, source, arrived, this.#options.code.reduce);
  }

  /** The record is read when another version has been told to go on from there, or this one is. */
  isBeyond(source: SourceState, offset: number): boolean {
    const limit = limitOf(this.#options.state, source);
    return limit !== null && offset >= limit;
  }

  /** Another partition read it, or people have it taken once more. */
  decideMessage(message: ConsumeEvent | ConsumeAgain): Decision {
    const { state, code } = this.#options;
    return message.type === "ConsumeEvent"
      ? decideConsumeEvent(state, message, code.reduce)
      : decideConsumeAgain(state, message, code.reduce);
  }

  /** The partition is claimed. */
  begin(): void {
    for (const owed of this.#options.state.consumer.owed.values()) this.#owedCharacters += charactersOf(owed);
    this.#handlers.begin();
  }

  /** A record is about to change the state. */
  recording(record: JournalRecord): void {
    if (record.type === "EventConsumed") this.#acked.recording(record);
    if (record.type !== "HandlingEnded") return;
    for (const number of record.numbers) {
      const owed = this.#options.state.consumer.owed.get(number);
      if (owed === undefined) continue;
      this.#owedCharacters -= charactersOf(owed);
      this.#ending.set(number, owed.key);
    }
  }

  /** A record has changed the state. */
  recorded(record: JournalRecord): void {
    if (record.type !== "EventConsumed" || record.owed === null) return;
    const owed = this.#options.state.consumer.owed.get(record.owed);
    if (owed !== undefined) this.#owedCharacters += charactersOf(owed);
  }

  /** A record stands in the journal. */
  acknowledged(record: JournalRecord): void {
    const { logger, state } = this.#options;
    switch (record.type) {
      case "EventConsumed":
        this.#acked.acknowledged(record);
        if (record.owed !== null) this.#handlers.add(record.owed);
        return;
      case "HandlingEnded":
        this.#handlers.ended(record.numbers, (number) => this.#ending.get(number));
        for (const number of record.numbers) this.#ending.delete(number);
        return;
      case "HandlingFailed":
        logger.warn(
          { partition: state.partition, attempt: record.attempt, error: toldError(record.error), retryAt: record.retryAt },
          "the consumer's handler threw; it will be called again",
        );
        this.#handlers.failed(record.number);
        return;
      case "HandlingsTried":
        if (record.alone) {
          logger.warn(
            { code: "CONSUMER_HANDLER_ALONE", partition: state.partition, event: this.#placeOf(record.numbers[0]) },
            "workers were gone without a word while they handled this event: nothing else begins in this process until it got somewhere",
          );
        }
        this.#handlers.tried(record);
        return;
      case "InputRejected":
        if (!record.code.startsWith("CONSUMER_")) return;
        logger.error(
          { code: record.code, topic: record.topic, partition: record.partition, offset: record.offset },
          `event set aside as a dead letter: ${toldText(record.reason)}`,
        );
        return;
      default:
        // It may have ended a pause, or brought another manifest.
        if (record.type === "CellsForgotten" || record.type === "ManifestActivated") this.#handlers.look();
    }
  }

  /** Called twice a second. */
  tick(): void {
    const { state, code, logger } = this.#options;
    this.#handlers.look();
    if (state.manifest === null || this.#isMine) {
      this.#ticksOfOther = 0;
      return;
    }
    this.#ticksOfOther += 1;
    if (this.#ticksOfOther !== TOLD_TICKS) return;
    logger.warn({ code: "CONSUMER_CODE_DIFFERS", partition: state.partition }, differs(code.spec.id));
  }

  get mayReadEvents(): boolean {
    return !this.isPaused && this.#isMine && this.#hasRoom(1);
  }

  /** A pause is ended by a message. */
  get mayReadMessages(): boolean {
    return this.isPaused || this.#hasRoom(MESSAGES_BEYOND);
  }

  get isPaused(): boolean {
    return pauseOf(this.#options.state, this.#options.code.spec.id) !== null;
  }

  /** Acknowledged JSON text; undefined for none. */
  get(store: string, key: string): string | undefined {
    const value = this.#acked.get(store, key);
    return value === undefined ? undefined : this.#opened(value);
  }

  /** Acknowledged, in no order that means anything. */
  *entries(store: string): Iterable<readonly [key: string, value: string]> {
    for (const [key, value] of this.#acked.entries(store)) {
      const opened = this.#opened(value);
      if (opened !== undefined) yield [key, opened];
    }
  }

  /** What nobody can read any more is not there: no state is `null`. */
  #opened(value: string): string | undefined {
    const opened = this.#options.state.open(value);
    return opened === "null" && value !== opened ? undefined : opened;
  }

  get report(): ConsumerReport {
    const { state } = this.#options;
    const topics = new Set(state.manifest?.sources.map(({ topic }) => topic));
    return {
      owed: state.consumer.owed.size,
      executing: this.#handlers.executing,
      isPaused: this.isPaused,
      positions: [...state.sources.values()]
        .filter(({ topic }) => topics.has(topic))
        .map(({ topic, partition, next }) => ({ topic, partition, next })),
    };
  }

  /** For people. */
  problems(): readonly string[] {
    const { state, code } = this.#options;
    return state.manifest === null || this.#isMine ? [] : [`CONSUMER_CODE_DIFFERS: ${differs(code.spec.id)}`];
  }

  quiesce(graceMs: number): Promise<void> {
    return this.#handlers.quiesce(graceMs);
  }

  close(reason: string): void {
    this.#handlers.close(reason);
  }

  /** What it declares is what the manifest says: else its reducers would make another state than that of the deployment in force. */
  get #isMine(): boolean {
    const { manifest } = this.#options.state;
    if (manifest === null) return false;
    if (this.#compared?.manifest !== manifest) {
      this.#compared = { manifest, isSame: isSameConsumer(manifest.consumer, this.#options.code.spec) };
    }
    return this.#compared.isSame;
  }

  #placeOf(number = -1): string | undefined {
    const event = this.#options.state.consumer.owed.get(number)?.event;
    return event === undefined ? undefined : `${event.topic}/${event.partition}/${event.offset}`;
  }

  #hasRoom(times: number): boolean {
    const { state, code } = this.#options;
    return state.consumer.owed.size < times * code.maxOwed && this.#owedCharacters < times * MAX_OWED_CHARACTERS;
  }
}

function charactersOf({ event, state }: OwedHandling): number {
  let characters = 200 + event.data.length;
  for (const [, value] of state) characters += value.length;
  return characters;
}

function differs(id: string): string {
  return `consumer ${id} is declared otherwise in the deployment in force (its events, key, state, or whether it has a handler): this worker takes no events. Deploy one version, or stop the other workers`;
}
