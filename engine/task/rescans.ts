// Answers what of the past this partition's sources hold for a shape: from a time on, up to what is decided now; from there on events of the
// shape are told as they come. One scan at a time; who asked asks again where this owner ends before it is answered.
import { must } from "../core/errors.ts";
import type { Log } from "../log/log.ts";
import type { Logger } from "../observability/logger.ts";
import type { Message } from "../workflow/decision.ts";
import type { AskRescan, TriggerEvent } from "../workflow/records.ts";
import { eventSources } from "../workflow/source/source.ts";
import type { PartitionState } from "../workflow/state.ts";
import { shapeKey } from "../workflow/wait/shape.ts";
import { seenMessages } from "../workflow/wait/tell.ts";
import { pastEvents } from "./past-events.ts";
import type { Reading } from "./read-event.ts";

export interface RescansOptions extends Reading {
  readonly log: Log;
  readonly state: PartitionState;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** Events of the shape are told from now on; resolves when that is in the journal. */
  readonly activate: (event: string, path: string) => Promise<void>;
  /** Resolves when what is told is in the journal. */
  readonly tell: (messages: readonly Message[]) => Promise<void>;
  readonly failed: (error: unknown) => void;
}

/** So much is told with one decision (R15). */
const MAX_TOLD = 100;
const MAX_TOLD_CHARACTERS = 256 * 1024;

interface Asked {
  readonly from: number;
  readonly question: AskRescan;
}

export class Rescans {
  readonly #options: RescansOptions;
  /** The last question of each partition about each shape. */
  readonly #queue = new Map<string, Asked>();
  #running = false;

  constructor(options: RescansOptions) {
    this.#options = options;
  }

  ask(from: number, question: AskRescan): void {
    const asked = { from, question };
    // It is asked again until it is answered.
    if (this.#queue.get(keyOf(asked))?.question.round === question.round) return;
    this.#queue.set(keyOf(asked), asked);
    if (!this.#running) void this.#run();
  }

  async #run(): Promise<void> {
    this.#running = true;
    try {
      for (let next = this.#next(); next.length > 0; next = this.#next()) {
        await this.#answer(next);
        for (const asked of next) if (this.#queue.get(keyOf(asked)) === asked) this.#queue.delete(keyOf(asked));
      }
    } catch (error) {
      if (!this.#options.signal.aborted) this.#options.failed(error);
    } finally {
      this.#running = false;
    }
  }

  /** The question that waits longest, and all others about its shape. */
  #next(): readonly Asked[] {
    const [first, ...others] = this.#queue.values();
    if (first === undefined) return [];
    const shape = shapeOf(first);
    return [first, ...others.filter((asked) => shapeOf(asked) === shape)];
  }

  async #answer(all: readonly Asked[]): Promise<void> {
    const { log, state, reader, maxEventBytes, logger, signal, activate, tell } = this.#options;
    const { event, path } = must(all[0], "a question").question;
    const since = Math.min(...all.map(({ question }) => question.since));
    await activate(event, path);
    let batch: Message[] = [];
    let characters = 0;
    for (const source of eventSources(state)) {
      // Past the place where the shape was activated too: who asks may have forgotten what it was told since.
      const areIdsIgnored = state.manifest?.idsIgnored.has(source.topic) === true;
      const range = { since, until: source.next, decidedBy: state.time, areIdsIgnored };
      for await (const found of pastEvents({ log, source, reader, maxEventBytes, logger, signal }, range)) {
        if (found.name !== event) continue;
        for (const message of this.#told(all, path, found)) {
          batch.push(message);
          characters += found.data.length;
        }
        if (batch.length < MAX_TOLD && characters < MAX_TOLD_CHARACTERS) continue;
        await tell(batch);
        batch = [];
        characters = 0;
      }
    }
    const done = all.map(({ from: to, question: { round } }): Message => ({ to, body: { type: "RescanDone", event, path, round } }));
    await tell([...batch, ...done]);
  }

  #told(all: readonly Asked[], path: string, event: TriggerEvent): readonly Message[] {
    return seenMessages(this.#options.state, event, [{ path }]).filter(({ to }) => all.some(({ from }) => from === to));
  }
}

function keyOf(asked: Asked): string {
  return `${asked.from} ${shapeOf(asked)}`;
}

function shapeOf({ question: { event, path } }: Asked): string {
  return shapeKey(event, path);
}
