// A partition's owner without a task: restores with its image, claims, folds what it is given, writes the journal and the image.
import { Meters } from "../../engine/observability/meters.ts";
import { encodeClaim } from "../../engine/journal/entry.ts";
import { encodeFrame } from "../../engine/journal/frame-formats.ts";
import type { Log, TopicPartition } from "../../engine/log/log.ts";
import type { Logger } from "../../engine/observability/logger.ts";
import { foldEntry, foldFrame } from "../../engine/task/fold.ts";
import { ImageKeeper } from "../../engine/task/image/image-keeper.ts";
import type { ImageSizes } from "../../engine/task/image/image-writer.ts";
import { restore } from "../../engine/task/restore.ts";
import { stateDigest } from "../../engine/task/state-digest.ts";
import { cellsOf } from "../../engine/workflow/cells.ts";
import type { InputRead, JournalRecord } from "../../engine/workflow/records.ts";
import { emptyState, type PartitionState } from "../../engine/workflow/state.ts";
import type { FakeClock } from "./fake-clock.ts";

export const JOURNAL: TopicPartition = { topic: "app.journal", partition: 0 };
export const IMAGE: TopicPartition = { topic: "app.state", partition: 0 };
/** So small that a few runs take many batches, and a large cell several records. */
const PLACES: Places = { journal: JOURNAL, image: IMAGE, sizes: { sliceBytes: 400, partBytes: 250 } };
const PARTITIONS = 3;

export interface Places {
  readonly journal: TopicPartition;
  readonly image: TopicPartition;
  readonly sizes: ImageSizes;
}

export class ImagedPartition {
  readonly state: PartitionState = emptyState(0, PARTITIONS);
  readonly keeper: ImageKeeper;
  /** Why its image was not used. */
  readonly rejections: string[] = [];
  /** Why its image could not be written. */
  readonly warnings: unknown[] = [];
  /** Frame of the image that it began with. */
  imageLsn: number | null = null;
  readonly #log: Log;
  readonly #clock: FakeClock;
  readonly #places: Places;
  #expected = 0;
  readonly #abort = new AbortController();
  readonly #unsent: { readonly lsn: number; readonly value: Buffer }[] = [];

  private constructor(log: Log, clock: FakeClock, places: Places) {
    this.#log = log;
    this.#places = places;
    this.#clock = clock;
    const logger: Logger = {
      debug: (fields) => {
        if ("image" in fields) this.imageLsn = fields.image as number | null;
      },
      info: () => {},
      error: (fields) => {
        if ("code" in fields && fields.code === "IMAGE_REJECTED" && "reason" in fields) this.rejections.push(String(fields.reason));
      },
      warn: (fields) => void this.warnings.push(fields),
    };
    const { signal } = this.#abort;
    this.keeper = new ImageKeeper({
      log,
      target: places.image,
      state: this.state,
      clock,
      logger,
      signal,
      meters: new Meters(),
      isFrameOpen: () => false,
      sizes: places.sizes,
    });
  }

  static async open(log: Log, clock: FakeClock, nonce: number, places = PLACES): Promise<ImagedPartition> {
    const owner = await ImagedPartition.restored(log, clock, places);
    await owner.#claim(nonce);
    return owner;
  }

  /** As one that a standby has folded the journal for: it knows nothing of the image. */
  static async openAhead(log: Log, clock: FakeClock, nonce: number, places = PLACES): Promise<ImagedPartition> {
    const owner = new ImagedPartition(log, clock, places);
    const next = await log.latestOffset(places.journal);
    const ahead = { state: await foldedFromZero(log, places), next };
    await owner.keeper.restore({ log, journal: places.journal, state: owner.state, signal: owner.#abort.signal, ahead });
    await owner.#claim(nonce);
    return owner;
  }

  /** Only looks. */
  static async restored(log: Log, clock: FakeClock, places = PLACES): Promise<ImagedPartition> {
    const owner = new ImagedPartition(log, clock, places);
    await owner.keeper.restore({ log, journal: places.journal, state: owner.state, signal: owner.#abort.signal });
    return owner;
  }

  async #claim(nonce: number): Promise<void> {
    const claim = encodeClaim({ nonce, replaces: this.state.owner?.epoch ?? -1, worker: `w${nonce}`, time: 0 });
    const { baseOffset: epoch } = await this.#log.append(this.#places.journal, [{ key: null, value: claim }]);
    foldEntry(this.state, epoch, claim);
    this.#expected = epoch + 1;
    this.keeper.open({ epoch, nonce }, { lsn: this.state.lsn, offset: epoch });
  }

  /** Decides a frame; it waits to be sent. */
  decide(
    recordsOf: (state: PartitionState) => readonly JournalRecord[],
    inputsOf: (state: PartitionState) => readonly InputRead[] = () => [],
  ): void {
    const { epoch, nonce } = this.state.owner ?? { epoch: -1, nonce: -1 };
    const time = this.#clock.wallMs();
    const frame = { epoch, nonce, lsn: this.state.lsn + 1, time, records: recordsOf(this.state), inputs: inputsOf(this.state) };
    foldFrame(this.state, frame);
    if (!this.#abort.signal.aborted) this.#unsent.push({ lsn: frame.lsn, value: encodeFrame(frame) });
    this.keeper.sealed();
  }

  /** Puts what waits into the journal; it is acknowledged at once. */
  async flush(): Promise<void> {
    for (let next = this.#unsent.shift(); next !== undefined; next = this.#unsent.shift()) {
      const { lsn, value } = next;
      const { baseOffset: offset } = await this.#log.append(this.#places.journal, [{ key: null, value }]);
      if (this.#abort.signal.aborted) return;
      // R4: somebody else was here.
      if (offset !== this.#expected) return this.die();
      this.#expected += 1;
      this.keeper.acknowledged({ lsn, offset }, value.length);
    }
  }

  /** A pass from beginning to end. */
  async writeImage(): Promise<void> {
    await this.flush();
    await this.keeper.refresh(60_000);
  }

  /** What it decided and did not send is gone, and so is what it was writing. */
  die(): void {
    this.#unsent.length = 0;
    this.#abort.abort(new Error("the process died"));
    this.keeper.close();
  }
}

/** By nobody's memory, and no image's (R1). */
export async function foldedFromZero(
  log: Log,
  { journal }: Pick<Places, "journal"> = PLACES,
  untilLsn = Infinity,
): Promise<PartitionState> {
  const state = emptyState(0, PARTITIONS);
  await restore({ log, journal, state, untilLsn, signal: new AbortController().signal });
  return state;
}

/** The digest, and the order of everything that has one. */
export function looksOf(state: PartitionState): unknown {
  return {
    digest: stateDigest(state),
    cells: Object.fromEntries(cellsOf(state)),
    lsn: state.lsn,
    sources: [...state.sources.values()].map(({ ids, producers, idsForgotten }) => [[...ids], [...producers], idsForgotten]),
    emissions: [...state.emissions.keys()],
    outboxes: [...state.outboxes].map(([to, { next, pending }]) => [to, next, [...pending.keys()]]),
    waits: [...state.waits.values()].map(({ run, step, number }) => [run, step, number]),
    window: [...state.window.values()].map(({ number, taken }) => [number, taken]),
    open: [...state.window.open],
    steps: Object.fromEntries([...state.runs.values()].map(({ id, steps }) => [id, [...steps.keys()]])),
    shapes: [...state.shapes.values()].map(({ event, path }) => [event, path]),
    scans: [...state.scans.keys()],
    crons: [...state.crons.keys()].toSorted(),
    lines: [...state.flow.rows.lines()].map((line) => JSON.stringify(line.first(5))).toSorted(),
    queued: [...state.flow.rows.values()].map((row) => JSON.stringify(row)).toSorted(),
    wants: [...state.flow.pools].map(([key, { wants }]) => JSON.stringify([key, [...wants]])).toSorted(),
  };
}
