// What makes compaction certain. Kafka never compacts the segment that is being written, and begins another one only when something is appended: so
// after an erasure something is, until what was erased is surely behind.
//
//   key … erased │ filler … │ filler …          │: the segment is older than its topic's `segment.ms`
//                ▲ from here on the key's bytes may be compacted away, and within `max.compaction.lag.ms` they are
import type { Log } from "../log/log.ts";
import type { KeyRing } from "./key-ring.ts";
import { fillerRecord } from "./key-record.ts";

export interface FillersOptions {
  readonly log: Log;
  readonly topic: string;
  readonly ring: Pick<KeyRing, "erasedAt" | "newestAt">;
}

/** An erasure is compacted by then, see topic-specs.ts. */
const FOR_MS = 2 * 24 * 3_600_000;
const USUAL_SEGMENT_MS = 3_600_000;
/** Of the time that a segment lasts: it is looked so often whether somebody has to write, at different times in different processes. */
const LOOK = { least: 0.25, most: 0.5 } as const;

export class Fillers {
  readonly #options: FillersOptions;
  readonly #abort = new AbortController();
  #segmentMs: number | null = null;
  #timer: NodeJS.Timeout | null = null;
  #looking: Promise<void> = Promise.resolve();

  constructor(options: FillersOptions) {
    this.#options = options;
    this.#later();
  }

  async close(): Promise<void> {
    this.#abort.abort();
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#looking;
  }

  #later(): void {
    if (this.#abort.signal.aborted) return;
    const { least, most } = LOOK;
    const waitMs = (this.#segmentMs ?? 1_000) * (least + Math.random() * (most - least));
    this.#timer = setTimeout(() => {
      this.#looking = this.#look()
        // Nobody waits for it: another process may do it, and there is a next time.
        .catch(() => {})
        .finally(() => this.#later());
    }, waitMs).unref();
  }

  async #look(): Promise<void> {
    const { log, topic, ring } = this.#options;
    this.#segmentMs ??= Number((await log.describeTopic(topic))?.settings?.["segment.ms"] ?? USUAL_SEGMENT_MS);
    const now = Date.now();
    const { erasedAt, newestAt } = ring;
    if (erasedAt === null || now - newestAt <= this.#segmentMs) return;
    // Where nobody followed the keys all that time, the segment still is the one that is being written: then it is late, and not too late.
    const isBehind = newestAt - erasedAt > this.#segmentMs;
    if (isBehind && now - erasedAt > FOR_MS) return;
    await log.append({ topic, partition: 0 }, [fillerRecord(now)], { signal: this.#abort.signal });
  }
}
