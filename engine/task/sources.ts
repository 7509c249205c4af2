// The source partitions of one task: which they are, where they begin, and their readers.
import type { Log, StoredRecord, TopicPartition } from "../log/log.ts";
import type { SourcePosition, SourcePositionSet } from "../workflow/records.ts";
import { sourceKey } from "../workflow/source/source.ts";
import type { PartitionState, SourceState } from "../workflow/state.ts";
import { parseManifest, type SourceSpec } from "../workflow/trigger/manifest.ts";
import { SourceError } from "./source-error.ts";
import { isUnknownPartition, readSource } from "./source-reader.ts";

/** What people resolved: this source goes on at offset `to`, whatever is missing before it. */
export interface SkipMissing {
  readonly topic: string;
  readonly partition: number;
  readonly to: number;
}

export interface SourcesOptions {
  readonly log: Log;
  readonly partition: number;
  readonly partitions: number;
  /** Read from its beginning, whatever the manifest says. */
  readonly inbox: string;
  readonly skipMissing: readonly SkipMissing[];
  readonly signal: AbortSignal;
  readonly onRecord: (source: SourceState, record: StoredRecord, stamped: boolean) => Promise<void> | undefined;
  readonly room: (source: SourceState) => Promise<void> | null;
  readonly skipped: (record: SourcePositionSet) => void;
  /** Resolves when what was decided is acknowledged. */
  readonly flushed: () => Promise<void>;
  readonly onStopped: (error: Error) => void;
  /** Something that is no fault of the source: the task cannot go on. */
  readonly onFailed: (error: Error) => void;
}

export class Sources {
  readonly stopped = new Map<string, Error>();
  readonly #options: SourcesOptions;
  readonly #following = new Map<string, { readonly topic: string; readonly abort: AbortController }>();
  readonly #abort = new AbortController();

  constructor(options: SourcesOptions) {
    this.#options = options;
    options.signal.addEventListener("abort", () => this.stop());
  }

  /** Where sources of a manifest begin that this partition has not read before: partition q of a source belongs to task q mod P. */
  async startsOf(content: string, state: PartitionState): Promise<readonly SourcePosition[]> {
    const { log, inbox, partition: own, partitions: count } = this.#options;
    const ownInbox: SourceSpec = { topic: inbox, partitions: count, from: "beginning" };
    const mine = [...parseManifest(content).sources, ownInbox].flatMap(({ topic, partitions, from }) =>
      Array.from({ length: partitions }, (_, partition) => ({ topic, partition, from })).filter(
        ({ partition }) => partition % count === own,
      ),
    );
    return Promise.all(
      mine.map(async ({ topic, partition, from }) => {
        const known = state.sources.get(sourceKey(topic, partition));
        const target = { topic, partition };
        // One that was added to a topic that is read already: what is in it came since.
        const before = state.manifest?.sources.find((source) => source.topic === topic)?.partitions ?? Number.POSITIVE_INFINITY;
        const offset = known?.next ?? (await startOf(log, target, partition >= before ? "beginning" : from));
        return { topic, partition, offset };
      }),
    );
  }

  /** Reads the sources that the active manifest names, and no others. */
  follow(state: PartitionState): void {
    const wanted = new Set((state.manifest?.sources ?? []).map((source) => source.topic));
    wanted.add(this.#options.inbox);
    for (const [key, { topic, abort }] of this.#following) {
      if (wanted.has(topic)) continue;
      abort.abort();
      this.#following.delete(key);
      this.stopped.delete(key);
    }
    for (const source of state.sources.values()) {
      const key = sourceKey(source.topic, source.partition);
      if (!wanted.has(source.topic) || this.#following.has(key)) continue;
      const abort = new AbortController();
      this.#following.set(key, { topic: source.topic, abort });
      void this.#read(key, source, AbortSignal.any([this.#abort.signal, abort.signal]));
    }
  }

  stop(): void {
    this.#abort.abort();
  }

  async #read(key: string, source: SourceState, signal: AbortSignal): Promise<void> {
    const { log, onRecord, room } = this.#options;
    try {
      await readSource({ log, source, signal, onRecord, room: () => room(source) });
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof SourceError)) {
        this.#options.onFailed(error instanceof Error ? error : new Error(String(error)));
        return;
      }
      if (await this.#skip(source, error)) return this.#read(key, source, signal);
      this.stopped.set(key, error);
      this.#options.onStopped(error);
    }
  }

  /** Journals the jump that people asked for. Once: a position that was set and is broken again stops. */
  async #skip(source: SourceState, error: SourceError): Promise<boolean> {
    const { topic, partition } = source;
    const wish = this.#options.skipMissing.find((skip) => skip.topic === topic && skip.partition === partition);
    // A wish from an earlier loss does not cover this one.
    if (wish === undefined || source.next === wish.to || wish.to < error.goOnAt) return false;
    // A frame that moves the position to somewhere must not hold records from before: it is folded after its records.
    await this.#options.flushed();
    this.#options.skipped({ type: "SourcePositionSet", topic, partition, from: source.next, to: wish.to });
    await this.#options.flushed();
    return true;
  }
}

/** A topic that does not exist begins at 0, whenever that is. */
async function startOf(log: Log, target: TopicPartition, from: SourceSpec["from"]): Promise<number> {
  try {
    return await offsetOf(log, target, from);
  } catch (error) {
    if (isUnknownPartition(error)) return 0;
    throw error;
  }
}

/** A time that nothing was appended after is the end, like `now`. */
function offsetOf(log: Log, target: TopicPartition, from: SourceSpec["from"]): Promise<number> {
  if (from === "now") return log.latestOffset(target);
  return from === "beginning" ? log.earliestOffset(target) : log.offsetForTime(target, from.time);
}
