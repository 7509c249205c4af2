// Writes a pass into the state topic: in slices, of which the last ends with the trailer; what it replaces is removed after that. So whenever
// the owner ends, the topic holds one whole image, and perhaps records that do not count (ADR 17).
import type { LogRecord, StoredRecord } from "../../log/log.ts";
import {
  cellRecordKey,
  decodeCell,
  decodeTrailer,
  encodeCell,
  encodeTrailer,
  isTrailer,
  readRecordKey,
  trailerRecordKey,
  type ImagePlace,
} from "../../journal/cells.ts";
import { JournalError } from "../../journal/errors.ts";
import { IMAGE_FORMAT } from "../../workflow/image/small-cells.ts";
import { hashOfCell, type CellHash } from "./cell-index.ts";
import type { ImageContents } from "./contents.ts";
import { pace } from "./pace.ts";
import type { CellText, Pass } from "./pass.ts";
import { StateTopic, type StateTopicOptions } from "./state-topic.ts";

export interface ImageSizes {
  /** Of a batch, about. */
  readonly sliceBytes: number;
  /** Of a cell's text, at most, in one record. */
  readonly partBytes: number;
}

/** Small enough that frames of the journal, which go out with it, don't wait. */
export const IMAGE_SIZES: ImageSizes = { sliceBytes: 256 * 1024, partBytes: 512 * 1024 };
const RECORD_OVERHEAD = 40;

export interface Author {
  readonly epoch: number;
  readonly nonce: number;
}

/** A newer owner writes the image: this one is over. */
export class ImageTakenError extends Error {
  constructor(epoch: number) {
    super(`the owner of epoch ${epoch} writes the image`);
    this.name = "ImageTakenError";
  }
}

export interface Written {
  readonly cells: number;
  readonly bytes: number;
  /** Others removed records that count: the image has to be written as a whole. */
  readonly isBroken: boolean;
}

export class ImageWriter {
  readonly #contents: ImageContents;
  readonly #topic: StateTopic;
  readonly #author: Author;
  readonly #sizes: ImageSizes;
  #isBroken = false;
  #cells = 0;
  #bytes = 0;

  constructor(options: StateTopicOptions, contents: ImageContents, author: Author, sizes: ImageSizes) {
    this.#contents = contents;
    this.#topic = new StateTopic(options, contents.end);
    this.#author = author;
    this.#sizes = sizes;
  }

  /**
   * Writes the image as it is after the pass' frame, which stands at `offset` of the journal and is proved.
   * @throws ImageTakenError, PassGivenUpError, StateTopicLostError, LogError: then nothing more may be written with these contents
   */
  async write(pass: Pass, offset: number): Promise<Written> {
    [this.#cells, this.#bytes, this.#isBroken] = [0, 0, false];
    const slices = this.#slices(pass, offset)[Symbol.iterator]();
    for (let next = await pace.take(() => slices.next()); next.done !== true; next = await pace.take(() => slices.next())) {
      await this.#append(next.value);
    }
    const contents = this.#contents;
    contents.lsn = pass.lsn;
    contents.queues = pass.queues;
    contents.listed = null;
    for (const key of contents.superseded) contents.strays.add(key);
    contents.superseded.clear();
    for (let slice = await pace.take(() => this.#sweep()); slice.length > 0; slice = await pace.take(() => this.#sweep())) {
      await this.#append(slice);
    }
    return { cells: this.#cells, bytes: this.#bytes, isBroken: this.#isBroken };
  }

  *#slices(pass: Pass, offset: number): Iterable<readonly LogRecord[]> {
    let slice = this.#sweep();
    let bytes = bytesOf(slice);
    for (const record of this.#records(pass)) {
      slice.push(record);
      bytes += bytesOf([record]);
      if (bytes < this.#sizes.sliceBytes) continue;
      yield slice;
      slice = this.#sweep();
      bytes = bytesOf(slice);
    }
    slice.push(this.#trailer(pass.lsn, offset));
    yield slice;
  }

  *#records(pass: Pass): Iterable<LogRecord> {
    const { listed, superseded, index } = this.#contents;
    for (const key of listed ?? []) superseded.add(key);
    for (const cell of pass.cells()) yield* this.#recordsOf(cell, pass);
    // Cells that were there before, by somebody's word, and are not now.
    const gone = new Set<string>();
    for (const key of listed ?? []) {
      const place = readRecordKey(key);
      if (place !== null && !isTrailer(place) && place.lsn <= pass.lsn && !index.has(place.cell)) gone.add(place.cell);
    }
    for (const cell of gone) yield this.#gone(cell, pass.lsn);
  }

  /** Notes what stands in the topic from now on. Nothing where the cell is there as it is. */
  #recordsOf({ key, body }: CellText, { lsn, isWhole }: Pass): readonly LogRecord[] {
    const { index } = this.#contents;
    if (body === null) return index.has(key) ? [this.#gone(key, lsn)] : [];
    const bytes = Buffer.from(body);
    const hash = hashOfCell(key, bytes);
    if (!isWhole && index.holds(key, hash)) return [];
    for (const record of this.#contents.recordsOf(key)) this.#contents.superseded.add(record);
    const { partBytes } = this.#sizes;
    const parts = Math.max(1, Math.ceil(bytes.length / partBytes));
    index.put(key, lsn, hash, parts);
    this.#cells += 1;
    return Array.from({ length: parts }, (_, part) => {
      const record = cellRecordKey(key, lsn, part);
      this.#contents.superseded.delete(record);
      this.#contents.strays.delete(record);
      return this.#record(record, { parts, body: bytes.subarray(part * partBytes, (part + 1) * partBytes) });
    });
  }

  /** A word of its own, since what was there before must stay until the trailer stands. */
  #gone(key: string, lsn: number): LogRecord {
    const record = cellRecordKey(key, lsn);
    for (const before of this.#contents.recordsOf(key)) this.#contents.superseded.add(before);
    this.#contents.superseded.add(record);
    this.#contents.index.drop(key);
    return this.#record(record, { parts: 1, body: null });
  }

  #record(key: string, { parts, body }: { readonly parts: number; readonly body: Buffer | null }): LogRecord {
    return { key: Buffer.from(key), value: encodeCell({ ...this.#author, parts, body }) };
  }

  #trailer(lsn: number, offset: number): LogRecord {
    const { index } = this.#contents;
    const before = this.#contents.lsn;
    if (before > 0 && before !== lsn) this.#contents.superseded.add(trailerRecordKey(before));
    const key = trailerRecordKey(lsn);
    this.#contents.strays.delete(key);
    const value = encodeTrailer({ ...this.#author, lsn, offset, format: IMAGE_FORMAT, count: index.count, sum: index.sum });
    return { key: Buffer.from(key), value };
  }

  /** Removes what does not count, as much as fits a slice. */
  #sweep(): LogRecord[] {
    const { strays } = this.#contents;
    const slice: LogRecord[] = [];
    let bytes = 0;
    for (const key of strays) {
      if (bytes >= this.#sizes.sliceBytes) break;
      strays.delete(key);
      const record = { key: Buffer.from(key), value: null };
      slice.push(record);
      bytes += bytesOf([record]);
    }
    return slice;
  }

  async #append(slice: readonly LogRecord[]): Promise<void> {
    this.#bytes += bytesOf(slice);
    for (const record of await this.#topic.append(slice)) this.#found(record);
  }

  /** What somebody else wrote: an owner of old, who does not know that it is over. Or a second copy of what this one did (R6). */
  #found({ key, value }: StoredRecord): void {
    const { index, strays } = this.#contents;
    const text = key?.toString() ?? "";
    const place = readRecordKey(text);
    if (value === null) {
      strays.delete(text);
      if (place !== null && index.lsnOf(place.cell) === place.lsn) this.#isBroken = true;
      return;
    }
    const written = place === null ? null : readable(value, place);
    if (written?.epoch === this.#author.epoch) return;
    if (written !== null && written.epoch > this.#author.epoch) throw new ImageTakenError(written.epoch);
    if (place === null || index.lsnOf(place.cell) !== place.lsn) strays.add(text);
    // The record that counts was written again. As long as it says the same, no harm is done.
    else if (written?.hash === undefined || !index.holds(place.cell, written.hash)) this.#isBroken = true;
  }
}

/** Null for what nobody can read. The hash is that of a whole cell. */
function readable(value: Buffer, place: ImagePlace): { readonly epoch: number; readonly hash?: CellHash } | null {
  try {
    if (isTrailer(place)) return { epoch: decodeTrailer(value).epoch };
    const { epoch, parts, body } = decodeCell(value);
    return parts === 1 && body !== null ? { epoch, hash: hashOfCell(place.cell, body) } : { epoch };
  } catch (error) {
    if (error instanceof JournalError) return null;
    throw error;
  }
}

function bytesOf(records: readonly LogRecord[]): number {
  let bytes = 0;
  for (const { key, value } of records) bytes += (key?.length ?? 0) + (value?.length ?? 0) + RECORD_OVERHEAD;
  return bytes;
}
