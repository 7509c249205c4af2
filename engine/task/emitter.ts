// Pays what the partition owes to other topics: appends acknowledged emissions in order, then asks to have them confirmed.
import { partitionOfKey } from "../core/murmur2.ts";
import { LogError } from "../log/errors.ts";
import type { Log, LogRecord, TopicPartition } from "../log/log.ts";
import type { Logger } from "../observability/logger.ts";
import type { EmissionOwed, EmissionTarget } from "../workflow/records.ts";

export interface EmitterOptions {
  readonly log: Log;
  readonly targets: Readonly<Record<EmissionTarget, { readonly topic: string; readonly partitions: number }>>;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly confirm: (through: number) => void;
  /** A topic that is owed something cannot be written. */
  readonly failed: (error: unknown) => void;
}

const MAX_SHORT_HEADER = 100;

const MAX_BATCH_BYTES = 512 * 1024;

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
    this.#paying ??= this.#pay();
  }

  /** Resolves when what was added is paid. */
  async settled(): Promise<void> {
    await this.#paying;
  }

  async #pay(): Promise<void> {
    try {
      // The whole of a frame's debts goes together.
      await new Promise((resolve) => setImmediate(resolve));
      while (this.#queue.length > 0 && !this.#options.signal.aborted) {
        const batch = this.#queue.splice(0);
        const byTarget = Map.groupBy(batch, (emission) => this.#placeOf(emission));
        await Promise.all([...byTarget].map(([place, emissions]) => this.#append(place, emissions)));
        const last = batch.at(-1);
        if (last !== undefined) this.#options.confirm(last.sequence);
      }
    } catch (error) {
      if (!this.#options.signal.aborted) this.#options.failed(error);
    } finally {
      this.#paying = null;
    }
  }

  #placeOf({ target, key, headers }: EmissionOwed): string {
    const { topic, partitions } = this.#options.targets[target];
    return `${topic}/${partitionOfKey(key ?? headers["ce_id"] ?? Buffer.alloc(0), partitions)}`;
  }

  async #append(place: string, emissions: readonly EmissionOwed[]): Promise<void> {
    const split = place.lastIndexOf("/");
    const target = { topic: place.slice(0, split), partition: Number(place.slice(split + 1)) };
    for (const batch of inBatches(emissions)) {
      if (batch.length === 1 || !(await this.#appendTogether(target, batch))) {
        for (const emission of batch) await this.#appendAlone(target, emission);
      }
    }
  }

  /** Returns false where the topic does not take so much at once. */
  async #appendTogether(target: TopicPartition, batch: readonly EmissionOwed[]): Promise<boolean> {
    const { log, signal } = this.#options;
    try {
      await log.append(
        target,
        batch.map(({ key, value, headers }) => ({ key, value, headers })),
        { signal },
      );
      return true;
    } catch (error) {
      if (error instanceof LogError && error.code === "LOG_RECORD_TOO_LARGE") return false;
      throw error;
    }
  }

  #appendAlone(target: TopicPartition, { key, value, headers, sequence }: EmissionOwed): Promise<void> {
    const cut = "mr-copied" in headers ? { ...headers, "mr-copied": Buffer.from("false") } : headers;
    const short = Object.fromEntries(Object.entries(cut).filter(([, text]) => text.length <= MAX_SHORT_HEADER));
    return this.#appendWhatFits(target, sequence, [
      { key, value, headers },
      { key, value: null, headers: cut },
      { key: null, value: null, headers: short },
    ]);
  }

  /** The first of the records that the topic takes: what is owed must not stand in the way of everything else (R11, R15). */
  async #appendWhatFits(target: TopicPartition, sequence: number, records: readonly LogRecord[]): Promise<void> {
    const { log, signal, logger } = this.#options;
    for (const [index, record] of records.entries()) {
      try {
        await log.append(target, [record], { signal });
        return;
      } catch (error) {
        if (!(error instanceof LogError) || error.code !== "LOG_RECORD_TOO_LARGE" || index === records.length - 1) throw error;
        logger.error(
          { code: error.code, topic: target.topic, sequence },
          "an owed record is too large for its topic; it is written without its value, or with its short headers alone",
        );
      }
    }
  }
}

/** As much at once as a topic takes in any case. */
function* inBatches(emissions: readonly EmissionOwed[]): Iterable<readonly EmissionOwed[]> {
  let batch: EmissionOwed[] = [];
  let bytes = 0;
  for (const emission of emissions) {
    const size = emissionBytes(emission);
    if (batch.length > 0 && bytes + size > MAX_BATCH_BYTES) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(emission);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}

function emissionBytes({ key, value, headers }: EmissionOwed): number {
  let bytes = (key?.length ?? 0) + (value?.length ?? 0) + 50;
  for (const name in headers) bytes += name.length + (headers[name]?.length ?? 0);
  return bytes;
}
