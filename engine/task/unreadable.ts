// Sources whose next record cannot be read yet, since a schema is not to be had: people are told where, and why, once a minute.
import type { Clock } from "../core/clock.ts";
import type { Logger } from "../observability/logger.ts";
import { sourceKey } from "../workflow/source/source.ts";
import type { SourceState } from "../workflow/state.ts";
import type { EventReader, Obstacle } from "./event-reader.ts";

export interface UnreadableOptions {
  readonly reader: EventReader;
  readonly clock: Clock;
  readonly logger: Logger;
}

const TELL_EVERY_MS = 60_000;

interface Waiting {
  readonly source: SourceState;
  /** By the monotonic clock; null: not yet. */
  toldAt: number | null;
}

export class Unreadable {
  readonly #options: UnreadableOptions;
  readonly #waiting = new Map<string, Waiting>();

  constructor(options: UnreadableOptions) {
    this.#options = options;
  }

  /** The source's next record cannot be read before that resolves. */
  waits(source: SourceState, until: Promise<void>): void {
    const key = sourceKey(source.topic, source.partition);
    // Asked again and still not read: what was told stays told.
    const waiting = { source, toldAt: this.#waiting.get(key)?.toldAt ?? null };
    this.#waiting.set(key, waiting);
    const over = (): void => {
      // Whoever resolves it has the record read in this turn: what waits still was set anew by then.
      setImmediate(() => this.#waiting.get(key) === waiting && this.#waiting.delete(key));
    };
    until.then(over, over);
  }

  /** Called twice a second. */
  tick(): void {
    if (this.#waiting.size === 0) return;
    const { clock, logger } = this.#options;
    for (const waiting of this.#waiting.values()) {
      const obstacle = this.#obstacle(waiting);
      const now = clock.monotonicMs();
      if (obstacle === null || (waiting.toldAt !== null && now - waiting.toldAt < TELL_EVERY_MS)) continue;
      waiting.toldAt = now;
      const { topic, partition, next } = waiting.source;
      logger.warn({ code: obstacle.code, topic, partition, offset: next }, textOf(waiting.source, obstacle));
    }
  }

  problems(): readonly string[] {
    return [...this.#waiting.values()].flatMap((waiting) => {
      const obstacle = this.#obstacle(waiting);
      return obstacle === null ? [] : [textOf(waiting.source, obstacle)];
    });
  }

  #obstacle({ source }: Waiting): Obstacle | null {
    return this.#options.reader.obstacle?.(source.topic, source.partition) ?? null;
  }
}

function textOf({ topic, partition, next }: SourceState, { code, reason }: Obstacle): string {
  return `${code}: source ${topic}/${partition} waits at offset ${next}: ${reason}. Other sources go on; nothing is lost, and it goes on by itself`;
}
