// Reads the image of a partition: the last version of each cell up to the last trailer, taken only if count and sum of the cells are those that
// the trailer says. Cells are loaded as they are read, so that memory holds the state once.
import { setImmediate as nextTurn } from "node:timers/promises";
import { cellRecordKey, decodeCell, decodeTrailer, isTrailer, readRecordKey, type ImagePlace } from "../../journal/cells.ts";
import { JournalError } from "../../journal/errors.ts";
import { LogError } from "../../log/errors.ts";
import type { StoredRecord } from "../../log/log.ts";
import type { ImageTrailer } from "../../../schemas/journal/generated.ts";
import { queuesOf } from "../../workflow/image/queues.ts";
import { IMAGE_FORMAT } from "../../workflow/image/small-cells.ts";
import { StateBuilder } from "../../workflow/image/state-builder.ts";
import type { PartitionState } from "../../workflow/state.ts";
import { hashOfCell } from "./cell-index.ts";
import { ImageContents } from "./contents.ts";
import { readAll, type StateTopicOptions } from "./state-topic.ts";

export interface LoadOptions extends StateTopicOptions {
  readonly partitions: number;
}

export type LoadedImage =
  | { readonly kind: "loaded"; readonly state: PartitionState; readonly trailer: ImageTrailer; readonly contents: ImageContents }
  /** No image was ever finished. */
  | { readonly kind: "none"; readonly contents: ImageContents }
  | { readonly kind: "rejected"; readonly reason: string; readonly contents: ImageContents };

/** A predecessor may still write, and zombies may have left more than one trace. */
const MAX_ATTEMPTS = 8;
/** The trailer stands near the end, as a rule. */
const FIRST_LOOK_BACK = 4_096;

/** @throws LogError */
export async function loadImage(options: LoadOptions): Promise<LoadedImage> {
  const { log, target } = options;
  const start = await log.earliestOffset(target);
  if ((await log.latestOffset(target)) === start) return { kind: "none", contents: await list(options) };
  let last = await lastTrailer(options, start);
  if (last === null) return { kind: "none", contents: await list(options) };
  let reason = "";
  const withdrawn = new Map<string, number>();
  for (let attempt = 0, before = ""; attempt < MAX_ATTEMPTS && last !== null; attempt++) {
    if (last.trailer === null) reason = "its trailer cannot be read";
    // Compaction may spoil one reading, and hardly a second.
    const known = `${last.lsn} ${withdrawn.size}`;
    if (last.trailer === null || (attempt > 1 && known === before)) break;
    before = known;
    const builder = new StateBuilder(target.partition, options.partitions);
    const reading: Reading = new Reading(options, last.trailer, start, withdrawn, builder);
    const loaded = await reading.load(builder);
    if (loaded.kind === "loaded") return loaded;
    reason = loaded.reason;
    last = reading.newest;
  }
  return { kind: "rejected", reason, contents: await list(options) };
}

/**
 * Whether the image that stands in the topic is whole: count and sum of what is read are those of its trailer. Builds no state. Null where there is
 * none, or where it is not. @throws LogError
 */
export async function checkImage(options: LoadOptions): Promise<ImageTrailer | null> {
  const start = await options.log.earliestOffset(options.target);
  if ((await options.log.latestOffset(options.target)) === start) return null;
  const withdrawn = new Map<string, number>();
  let last = await lastTrailer(options, start);
  for (let attempt = 0; attempt < MAX_ATTEMPTS && last !== null && last.trailer !== null; attempt++) {
    const reading: Reading = new Reading(options, last.trailer, start, withdrawn, null);
    if ((await reading.check()) === null) return last.trailer;
    last = reading.newest;
  }
  return null;
}

/** All records by their keys, whatever they say: for an owner that has its state from elsewhere. */
export async function list(options: StateTopicOptions): Promise<ImageContents> {
  const { log, target } = options;
  const contents = new ImageContents(await log.earliestOffset(target));
  const listed = new Set<string>();
  contents.listed = listed;
  // A reader would wait at the end of what is empty.
  if ((await log.latestOffset(target)) === contents.end) return contents;
  const records = readAll(options, contents.end);
  for (let next = await records.next(); ; next = await records.next()) {
    if (next.done === true) {
      contents.end = next.value;
      return contents;
    }
    const { key, value } = next.value;
    if (value === null) listed.delete(String(key));
    else listed.add(String(key));
  }
}

/** The newest trailer, looked for from the end backwards. */
async function lastTrailer(options: LoadOptions, start: number): Promise<SeenTrailer | null> {
  const end = await options.log.latestOffset(options.target);
  for (let back = FIRST_LOOK_BACK; ; back *= 8) {
    const from = Math.max(start, end - back);
    const trailers = new Trailers();
    for await (const record of readAll(options, from)) trailers.see(record, readRecordKey(String(record.key)));
    if (trailers.newest !== null || from === start) return trailers.newest;
  }
}

interface SeenTrailer {
  readonly lsn: number;
  /** Null: it cannot be read. */
  readonly trailer: ImageTrailer | null;
}

class Trailers {
  readonly #seen = new Map<number, SeenTrailer>();

  see({ value }: StoredRecord, place: ImagePlace | null): void {
    if (place === null || !isTrailer(place)) return;
    const { lsn } = place;
    if (value === null) this.#seen.delete(lsn);
    else this.#seen.set(lsn, { lsn, trailer: readable(() => decodeTrailer(value)) });
  }

  get newest(): SeenTrailer | null {
    let newest: SeenTrailer | null = null;
    for (const seen of this.#seen.values()) if (newest === null || seen.lsn > newest.lsn) newest = seen;
    return newest;
  }
}

/** One reading of the topic, for one trailer. */
class Reading {
  readonly #options: LoadOptions;
  readonly #trailer: ImageTrailer;
  readonly #contents: ImageContents;
  /** Null: nothing is built. */
  readonly #builder: StateBuilder | null;
  readonly #trailers = new Trailers();
  /** Cells of which not all parts were read, by the key of their first record. */
  readonly #parts = new Map<string, (Buffer | undefined)[]>();
  /**
   * Keys of records that are removed further on, and how often, though nothing newer took their place: a zombie's. What they replaced counts.
   * Found by this reading, for the next.
   */
  readonly #withdrawn: Map<string, number>;
  /** Found by readings before this: passed over until they are removed. */
  readonly #passedOver: Map<string, number>;
  /** A record of the trailer's owner was read: what follows of earlier owners is none of its image. */
  #isAuthorSeen = false;

  /** `withdrawn`: by earlier readings; more are added. */
  constructor(options: LoadOptions, trailer: ImageTrailer, start: number, withdrawn: Map<string, number>, builder: StateBuilder | null) {
    this.#withdrawn = withdrawn;
    this.#passedOver = new Map(withdrawn);
    this.#options = options;
    this.#trailer = trailer;
    this.#contents = new ImageContents(start);
    this.#builder = builder;
  }

  /** As of the end of the reading. */
  get newest(): SeenTrailer | null {
    return this.#trailers.newest;
  }

  /** Reads all. Null where the cells are those of the trailer, else why not. @throws LogError */
  async check(): Promise<string | null> {
    const { format, count, sum } = this.#trailer;
    if (format !== IMAGE_FORMAT) return `another version of Millrace wrote it (format ${format}, not ${IMAGE_FORMAT})`;
    await this.#readAll();
    const { index } = this.#contents;
    if (index.count !== count) return `it has ${index.count} cells where its trailer says ${count}`;
    return index.sum === sum ? null : "its cells are not those of its trailer";
  }

  async load(builder: StateBuilder): Promise<Exclude<LoadedImage, { kind: "none" }>> {
    const contents = this.#contents;
    const { lsn } = this.#trailer;
    const rejected = (reason: string): LoadedImage & { kind: "rejected" } => ({ kind: "rejected", reason, contents });
    try {
      const problem = await this.check();
      if (problem !== null) return rejected(problem);
      for (const _ of builder.readFlow()) await nextTurn();
      const { state, apart } = builder.finish();
      if (state.lsn !== lsn) return rejected(`its cells are of frame ${state.lsn}, its trailer of frame ${lsn}`);
      for (const id of apart) contents.apart.add(id);
      contents.queues = new Map([...queuesOf(state)].map(({ prefix, first, growing }) => [prefix, { first, growing }]));
      contents.lsn = lsn;
      return { kind: "loaded", state, trailer: this.#trailer, contents };
    } catch (error) {
      if (this.#options.signal.aborted || error instanceof LogError) throw error;
      // Whatever else may be wrong with it: an image is never trusted.
      return rejected(error instanceof Error ? error.message : String(error));
    }
  }

  async #readAll(): Promise<void> {
    const records = readAll(this.#options, this.#contents.end);
    for (let next = await records.next(); ; next = await records.next()) {
      if (next.done === true) {
        this.#contents.end = next.value;
        return;
      }
      this.#see(next.value);
    }
  }

  #see(record: StoredRecord): void {
    const { strays } = this.#contents;
    const key = String(record.key);
    const place = readRecordKey(key);
    this.#trailers.see(record, place);
    if (record.value === null) this.#removed(key, place);
    else if (place === null || (isTrailer(place) && place.lsn !== this.#trailer.lsn)) strays.add(key);
    else if (!isTrailer(place)) this.#cell(key, place, record.value);
  }

  #removed(key: string, place: ImagePlace | null): void {
    const { strays, index } = this.#contents;
    strays.delete(key);
    const times = this.#passedOver.get(key) ?? 0;
    if (times > 1) this.#passedOver.set(key, times - 1);
    else this.#passedOver.delete(key);
    if (place === null || index.lsnOf(place.cell) !== place.lsn) return;
    this.#withdrawn.set(key, (this.#withdrawn.get(key) ?? 0) + 1);
    index.drop(place.cell);
    this.#builder?.remove(place.cell);
  }

  #cell(key: string, place: ImagePlace, value: Buffer): void {
    const { index, strays } = this.#contents;
    const cell = readable(() => decodeCell(value));
    if (cell === null) {
      // Where it counts, its cell is missing in the sum.
      strays.add(key);
      return;
    }
    const { epoch, parts, body } = cell;
    this.#isAuthorSeen ||= epoch === this.#trailer.epoch;
    const known = index.lsnOf(place.cell);
    // A second copy says the same (R6).
    if (known === place.lsn) return;
    const isLate = this.#isAuthorSeen && epoch < this.#trailer.epoch;
    if (isLate || this.#passedOver.has(key) || place.lsn > this.#trailer.lsn || (known !== null && known > place.lsn)) {
      strays.add(key);
      return;
    }
    const bytes = body === null ? null : this.#whole(place, parts, body);
    if (body !== null && bytes === null) return;
    for (const before of this.#contents.recordsOf(place.cell)) strays.add(before);
    if (bytes === null) {
      index.drop(place.cell);
      this.#builder?.remove(place.cell);
      strays.add(key);
      return;
    }
    if (!this.#isBuilt(place.cell, bytes)) strays.add(key);
    else {
      index.put(place.cell, place.lsn, hashOfCell(place.cell, bytes), parts);
      for (const now of this.#contents.recordsOf(place.cell)) strays.delete(now);
    }
  }

  /** What cannot be read makes no image, or is none of this one. */
  #isBuilt(cell: string, bytes: Buffer): boolean {
    try {
      this.#builder?.put(cell, bytes.toString());
      return true;
    } catch (error) {
      if (error instanceof SyntaxError || error instanceof TypeError) return false;
      throw error;
    }
  }

  /** The cell's text where this was the last part of it that was missing. */
  #whole({ cell, lsn, part }: ImagePlace, parts: number, body: Buffer): Buffer | null {
    if (parts === 1) return body;
    const key = cellRecordKey(cell, lsn);
    const there = this.#parts.get(key) ?? Array.from({ length: parts }, () => undefined);
    this.#parts.set(key, there);
    there[part] = body;
    const all = there.filter((read) => read !== undefined);
    if (all.length < parts) {
      // Until it is whole, it counts for nothing.
      this.#contents.strays.add(cellRecordKey(cell, lsn, part));
      return null;
    }
    this.#parts.delete(key);
    return Buffer.concat(all);
  }
}

function readable<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof JournalError) return null;
    throw error;
  }
}
