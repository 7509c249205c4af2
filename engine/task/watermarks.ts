// Answers up to when this partition has decided all that its sources held (R13): it looks where they end now, and answers when all up to there
// is decided. What it tells of it comes in order, so who hears the answer has heard of the events.
import type { Log, TopicPartition } from "../log/log.ts";
import { LogError } from "../log/errors.ts";
import { eventSources } from "../workflow/source/source.ts";
import type { PartitionState, SourceState } from "../workflow/state.ts";
import { isUnknownPartition } from "./source-reader.ts";

export interface WatermarksOptions {
  readonly log: Log;
  readonly state: PartitionState;
  readonly now: () => number;
  readonly signal: AbortSignal;
  readonly tell: (to: number, time: number) => void;
  readonly failed: (error: unknown) => void;
}

interface Look {
  readonly time: number;
  /** Where sources ended. */
  readonly ends: readonly { readonly source: SourceState; readonly end: number }[];
  readonly askers: ReadonlySet<number>;
}

export class Watermarks {
  readonly #options: WatermarksOptions;
  /** Who asked since the last look began. */
  #askers = new Set<number>();
  #looking = false;
  /** Two at most, while sources are behind (R16): the oldest, since newer ones may never be reached, and the newest. */
  #looks: readonly Look[] = [];

  constructor(options: WatermarksOptions) {
    this.#options = options;
  }

  ask(from: number): void {
    this.#askers.add(from);
    if (!this.#looking) void this.#look();
  }

  /** Sources were read further. */
  moved(): void {
    if (this.#looks.length === 0) return;
    const { state, tell } = this.#options;
    // One that no manifest names any more is read no further.
    const read = new Set(eventSources(state));
    const isReached = ({ ends }: Look): boolean => ends.every(({ source, end }) => source.next >= end || !read.has(source));
    const reached = this.#looks.filter(isReached);
    if (reached.length === 0) return;
    this.#looks = this.#looks.filter((look) => !reached.includes(look));
    const answers = new Map<number, number>();
    for (const { askers, time } of reached) for (const asker of askers) answers.set(asker, Math.max(answers.get(asker) ?? 0, time));
    for (const [asker, time] of answers) tell(asker, time);
  }

  /** One look answers all who asked before it began. */
  async #look(): Promise<void> {
    const { log, state, now, signal, failed } = this.#options;
    this.#looking = true;
    try {
      while (this.#askers.size > 0 && !signal.aborted) {
        const askers = this.#askers;
        this.#askers = new Set();
        // What the log stamped by now may be readable only a little later.
        const time = now() - log.settleMs;
        const ends = await Promise.all(eventSources(state).map(async (source) => ({ source, end: await endOf(log, source) })));
        this.#keep({ time, ends, askers });
        this.moved();
      }
    } catch (error) {
      // Who asked asks again: a source that cannot be asked now is no reason to stop.
      if (!(error instanceof LogError) && !signal.aborted) failed(error);
    } finally {
      this.#looking = false;
    }
  }

  /** Who waits for the newest so far waits for this one. */
  #keep(look: Look): void {
    const [oldest, newest] = this.#looks;
    if (oldest === undefined) this.#looks = [look];
    else this.#looks = [oldest, { ...look, askers: new Set([...(newest?.askers ?? []), ...look.askers]) }];
  }
}

/** A topic that does not exist holds nothing. */
async function endOf(log: Log, { topic, partition }: TopicPartition): Promise<number> {
  try {
    return await log.latestOffset({ topic, partition });
  } catch (error) {
    if (isUnknownPartition(error)) return 0;
    throw error;
  }
}
