// Pays what the partition owes to other topics: appends acknowledged emissions in order, then asks to have them confirmed.
import { partitionOfKey } from "../core/murmur2.ts";
import { LogError } from "../log/errors.ts";
import type { Log, LogRecord } from "../log/log.ts";
import type { Logger } from "../observability/logger.ts";
import type { EmissionOwed, EmissionTarget } from "../workflow/records.ts";

export interface EmitterOptions {
  readonly log: Log;
  readonly targets: Readonly<Record<EmissionTarget, { readonly topic: string; readonly partitions: number }>>;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly confirm: (through: number) => void;
}

export class Emitter {
  readonly #options: EmitterOptions;
  readonly #queue: EmissionOwed[] = [];
  #paying: Promise<void> | null = null;

  constructor(options: EmitterOptions) {
    this.#options = options;
  }

  /** The debt is acknowledged: it may be paid. In order of sequence. */
  add(emission: EmissionOwed): void {
    this.#queue.push(emission);
    this.#paying ??= this.#pay().finally(() => (this.#paying = null));
  }

  /** Resolves when what was added is paid. */
  async settled(): Promise<void> {
    await this.#paying;
  }

  async #pay(): Promise<void> {
    // The whole of a frame's debts goes together.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#queue.length > 0 && !this.#options.signal.aborted) {
      const batch = this.#queue.splice(0);
      const byTarget = Map.groupBy(batch, (emission) => this.#placeOf(emission));
      try {
        await Promise.all([...byTarget].map(([place, emissions]) => this.#append(place, emissions)));
      } catch (error) {
        if (this.#options.signal.aborted) return;
        throw error;
      }
      const last = batch.at(-1);
      if (last !== undefined) this.#options.confirm(last.sequence);
    }
  }

  #placeOf({ target, key, headers }: EmissionOwed): string {
    const { topic, partitions } = this.#options.targets[target];
    return `${topic}/${partitionOfKey(key ?? headers["ce_id"] ?? Buffer.alloc(0), partitions)}`;
  }

  async #append(place: string, emissions: readonly EmissionOwed[]): Promise<void> {
    const { log, signal, logger } = this.#options;
    const split = place.lastIndexOf("/");
    const target = { topic: place.slice(0, split), partition: Number(place.slice(split + 1)) };
    for (const emission of emissions) {
      const record: LogRecord = { key: emission.key, value: emission.value, headers: emission.headers };
      try {
        await log.append(target, [record], { signal });
      } catch (error) {
        if (!(error instanceof LogError) || error.code !== "LOG_RECORD_TOO_LARGE") throw error;
        logger.error(
          { code: error.code, topic: target.topic, sequence: emission.sequence },
          "an owed record is too large for its topic; only its headers are written",
        );
        await log.append(target, [{ ...record, value: null }], { signal });
      }
    }
  }
}
