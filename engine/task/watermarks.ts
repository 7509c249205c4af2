// Answers up to when this partition has decided all that its sources held (R13): it looks where they end now, and answers when all up to there
// is decided. What it tells of it comes in order, so who hears the answer has heard of the events.
import type { Log } from "../log/log.ts";
import { LogError } from "../log/errors.ts";
import { eventSources } from "../workflow/source/source.ts";
import type { PartitionState, SourceState } from "../workflow/state.ts";

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
  #looks: Look[] = [];

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
    const open: Look[] = [];
    for (const look of this.#looks) {
      if (look.ends.some(({ source, end }) => source.next < end)) open.push(look);
      else for (const asker of look.askers) this.#options.tell(asker, look.time);
    }
    this.#looks = open;
  }

  /** One look answers all who asked before it began. */
  async #look(): Promise<void> {
    const { log, state, now, signal, failed } = this.#options;
    this.#looking = true;
    try {
      while (this.#askers.size > 0 && !signal.aborted) {
        const askers = this.#askers;
        this.#askers = new Set();
        // What the log stamped by now may be readable only a little later, and in this very millisecond it may stamp more.
        const time = now() - log.settleMs - 1;
        const ends = await Promise.all(eventSources(state).map(async (source) => ({ source, end: await log.latestOffset(source) })));
        this.#looks.push({ time, ends, askers });
        this.moved();
      }
    } catch (error) {
      // Who asked asks again: a source that is not there is no reason to stop.
      if (!(error instanceof LogError) && !signal.aborted) failed(error);
    } finally {
      this.#looking = false;
    }
  }
}
