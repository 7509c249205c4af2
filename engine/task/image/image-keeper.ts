// Keeps the image of a partition near its state: decides when a pass is due, takes it where a frame ends, and writes it while the task goes on.
// Nothing of the task waits for it, and no trouble with it stops the partition: without an image it restores from the journal.
import type { Clock } from "../../core/clock.ts";
import { must } from "../../core/errors.ts";
import type { RunId, StepKey } from "../../core/ids.ts";
import { LogError } from "../../log/errors.ts";
import type { Log, TopicPartition } from "../../log/log.ts";
import type { Logger } from "../../observability/logger.ts";
import type { Meters } from "../../observability/meters.ts";
import type { ChangeWatcher } from "../../workflow/changes.ts";
import { runKey } from "../../workflow/image/run-cells.ts";
import type { PartitionState } from "../../workflow/state.ts";
import { bringUp, type FoldedAhead } from "../bring-up.ts";
import type { RestoreOptions } from "../restore.ts";
import { Changed } from "./changed.ts";
import type { ImageContents } from "./contents.ts";
import { IMAGE_SIZES, ImageTakenError, ImageWriter, type Author, type ImageSizes } from "./image-writer.ts";
import { list } from "./load-image.ts";
import { Pass } from "./pass.ts";
import type { RestoredWithImage } from "./restore-with-image.ts";

/** A pass is due when so much was written to the journal since the one before, and not sooner than … */
const DUE_BYTES = 4 * 1024 * 1024;
/** … after this, */
const MIN_INTERVAL_MS = 5_000;
/** or when anything was, and this long has passed. */
const MAX_INTERVAL_MS = 30_000;
/** So much that had to be read before it changed, and waits to be written: the pass is given up, and the next writes everything. */
const MAX_WAITING_CHARACTERS = 64 * 1024 * 1024;

export interface ImageKeeperOptions {
  readonly log: Log;
  readonly target: TopicPartition;
  readonly state: PartitionState;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meters: Meters;
  readonly signal: AbortSignal;
  /** Whether decisions are in a frame that is not sealed. */
  readonly isFrameOpen: () => boolean;
  readonly sizes?: ImageSizes;
}

/** An entry of the journal that is acknowledged and proved. */
export interface ProvedEntry {
  readonly lsn: number;
  readonly offset: number;
}

export class ImageKeeper implements ChangeWatcher {
  readonly #options: ImageKeeperOptions;
  #changed = new Changed();
  /** The next pass is to write every cell. */
  #isWhole = true;
  #contents: ImageContents | null = null;
  #author: Author | null = null;
  #writer: ImageWriter | null = null;
  #proved: ProvedEntry = { lsn: 0, offset: -1 };
  #pass: Pass | null = null;
  /** Resolves when the pass that is under way is over. */
  #over: PromiseWithResolvers<void> | null = null;
  #isWanted = false;
  #bytes = 0;
  #lastPassAt = 0;
  #lastLsn = 0;
  /** Never rejects. */
  #writing: Promise<void> = Promise.resolve();
  #isRenewing = false;
  #isClosed = false;

  constructor(options: ImageKeeperOptions) {
    this.#options = options;
  }

  /** What is known of the records of the image; null where it has to be read first. */
  get contents(): ImageContents | null {
    return this.#contents;
  }

  /** Builds the state, with the image where there is a good one. From then on changes are noted. @throws JournalError, LogError */
  async restore(options: RestoreOptions & { readonly ahead?: FoldedAhead | null }): Promise<RestoredWithImage> {
    const { logger, target, state } = this.#options;
    const { partition } = target;
    const restored = await bringUp({
      ...options,
      image: target,
      onRejected: (reason) =>
        logger.error(
          { code: "IMAGE_REJECTED", topic: target.topic, partition, reason },
          `the image of a partition is not used: ${reason}. Its state is built from the whole journal, which takes longer; then the image is written anew`,
        ),
      onReady: (contents) => {
        this.#contents = contents;
        this.#isWhole = contents === null || contents.listed !== null;
        this.#lastLsn = contents?.lsn ?? 0;
        state.watcher = this;
      },
    });
    this.#bytes = restored.bytes;
    logger.debug({ partition, image: restored.imageLsn, lsn: state.lsn, folded: restored.records }, "partition restored");
    return restored;
  }

  /** The partition is claimed. */
  open(author: Author, proved: ProvedEntry): void {
    this.#author = author;
    this.#proved = proved;
    // The first comes soon: this owner may die like the one before.
    this.#lastPassAt = this.#options.clock.monotonicMs() - MAX_INTERVAL_MS + MIN_INTERVAL_MS;
  }

  /** Called where a frame ends: the state is what the journal will say, and nothing is decided yet that follows. */
  sealed(): void {
    if (!this.#isWanted) return;
    try {
      this.#begin();
    } catch (error) {
      this.#failed(error);
    }
  }

  acknowledged(entry: ProvedEntry, bytes: number): void {
    this.#proved = entry;
    this.#bytes += bytes;
    if (this.#pass?.lsn === entry.lsn) this.#writing = this.#write(this.#pass, entry.offset);
  }

  /** Called twice a second while the partition is served. */
  tick(): void {
    if (!this.#isDue()) return;
    if (this.#contents === null) void this.#renew();
    else this.#want();
  }

  /** Resolves when a pass over what is decided by now, or one that is under way, is over; or after `maxMs`, and it goes on. */
  async refresh(maxMs: number): Promise<void> {
    if (this.#author === null || this.#isClosed || this.#contents === null || this.#options.state.lsn === this.#lastLsn) return;
    this.#over ??= Promise.withResolvers();
    const over = this.#over.promise;
    this.#want();
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const forget = this.#options.clock.setTimer(maxMs, resolve);
    await Promise.race([over, late]);
    forget();
  }

  close(): void {
    this.#isClosed = true;
    this.#end();
  }

  run(id: RunId, step: StepKey | null): void {
    if (this.#pass !== null) this.#before(this.#pass, (pass) => pass.beforeRun(id));
    if (this.#contents?.apart.has(id) === true) this.#changed.step(id, step);
    else this.#changed.runs.set(id, null);
  }

  runEnds(id: RunId): void {
    if (this.#pass !== null) this.#before(this.#pass, (pass) => pass.beforeRun(id));
    this.#changed.runs.delete(id);
    // One that came and went between two passes leaves no trace.
    if (this.#pass === null && this.#contents?.index.has(runKey(id)) !== true) return;
    const isApart = this.#contents?.apart.has(id) === true;
    const steps = isApart ? this.#options.state.runs.peek(id)?.steps.keys() : [];
    this.#changed.ended.set(id, [...(this.#changed.ended.get(id) ?? []), ...(steps ?? [])]);
  }

  wait(run: RunId, step: StepKey): void {
    this.#changed.wait(run, step);
  }

  kept(number: number): void {
    this.#changed.kept.add(number);
  }

  flow(key: string): void {
    if (this.#pass !== null) this.#before(this.#pass, (pass) => pass.beforeFlow(key));
    this.#changed.flow.add(key);
  }

  #before(pass: Pass, read: (pass: Pass) => void): void {
    try {
      read(pass);
      if (pass.waitingCharacters > MAX_WAITING_CHARACTERS) throw new Error("more changed meanwhile than memory is to hold");
    } catch (error) {
      this.#failed(error);
    }
  }

  #isDue(): boolean {
    if (this.#author === null || this.#isClosed || this.#pass !== null || this.#options.state.lsn === this.#lastLsn) return false;
    const since = this.#options.clock.monotonicMs() - this.#lastPassAt;
    return since >= MAX_INTERVAL_MS || (since >= MIN_INTERVAL_MS && this.#bytes >= DUE_BYTES);
  }

  #want(): void {
    this.#isWanted = true;
    if (!this.#options.isFrameOpen()) this.sealed();
  }

  #begin(): void {
    const contents = this.#contents;
    if (contents === null || this.#isClosed || this.#pass !== null) return;
    const { state } = this.#options;
    this.#isWanted = false;
    this.#bytes = 0;
    const changed = this.#changed;
    this.#changed = new Changed();
    const isWhole = this.#isWhole;
    this.#isWhole = false;
    if (isWhole) changed.addAll(state);
    const queues = isWhole ? new Map([...contents.queues].map(([prefix, mark]) => [prefix, { ...mark, growing: 0 }])) : contents.queues;
    this.#pass = new Pass({ state, changed, queues, apart: contents.apart, isWhole });
    if (this.#pass.lsn === this.#proved.lsn) this.#writing = this.#write(this.#pass, this.#proved.offset);
  }

  async #write(pass: Pass, offset: number): Promise<void> {
    const { clock, logger, meters, target, log, signal, sizes = IMAGE_SIZES } = this.#options;
    const began = clock.monotonicMs();
    try {
      const contents = must(this.#contents, "what is known of the image");
      this.#writer ??= new ImageWriter({ log, target, signal }, contents, must(this.#author, "the owner"), sizes);
      const written = await this.#writer.write(pass, offset);
      meters.imageBytes.of().add(written.bytes);
      if (this.#pass !== pass) return;
      const { partition } = target;
      logger.debug({ partition, lsn: pass.lsn, ...written, ms: Math.round(clock.monotonicMs() - began) }, "image written");
      this.#isWhole = written.isBroken;
      this.#lastLsn = written.isBroken ? 0 : pass.lsn;
      this.#end();
    } catch (error) {
      if (this.#pass === pass) this.#failed(error);
    }
  }

  /** Nothing is known of the topic from now on; it is read again when the next pass is due. */
  #failed(error: unknown): void {
    const { logger, target, signal } = this.#options;
    this.#contents = null;
    this.#writer = null;
    this.#isWhole = true;
    this.#lastLsn = 0;
    this.#end();
    // A newer owner: the journal will say so too.
    if (error instanceof ImageTakenError) this.#isClosed = true;
    if (this.#isClosed || signal.aborted || (error instanceof LogError && error.code === "LOG_CLOSED")) return;
    logger.warn(
      { err: error, code: "IMAGE_NOT_WRITTEN", topic: target.topic, partition: target.partition },
      "the image of a partition could not be written. Nothing is lost, but until it can, opening the partition takes as long as its journal is. It is tried again",
    );
  }

  #end(): void {
    this.#pass?.giveUp();
    this.#pass = null;
    this.#isWanted = false;
    this.#lastPassAt = this.#options.clock.monotonicMs();
    this.#over?.resolve();
    this.#over = null;
  }

  async #renew(): Promise<void> {
    if (this.#isRenewing) return;
    this.#isRenewing = true;
    const { log, target, signal } = this.#options;
    try {
      // A batch of a pass that was given up may be on its way.
      await this.#writing;
      this.#contents = await list({ log, target, signal });
      this.#want();
    } catch (error) {
      this.#failed(error);
    } finally {
      this.#isRenewing = false;
    }
  }
}
