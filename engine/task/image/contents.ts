// What an owner knows of the records of its image: which of them count, and which are to be removed.
import type { RunId } from "../../core/ids.ts";
import { cellRecordKey } from "../../journal/cells.ts";
import { CellIndex } from "./cell-index.ts";
import type { QueueMark } from "./pass.ts";

export class ImageContents {
  readonly index = new CellIndex();
  /** Keys of records that no image needs: in the order in which they may be removed. */
  readonly strays = new Set<string>();
  /** Keys of records that the last image may need, and the next does not. */
  readonly superseded = new Set<string>();
  /** Keys of all records that were found, where they were only listed: `index` is empty, and the next pass is to write everything. */
  listed: ReadonlySet<string> | null = null;
  /** By prefix. */
  queues: ReadonlyMap<string, QueueMark> = new Map();
  /** Runs whose steps have cells of their own. */
  readonly apart = new Set<RunId>();
  /** The offset after the last record that is known. */
  end: number;
  /** Frame of the last trailer that is known to be whole, 0 for none. */
  lsn = 0;

  constructor(end: number) {
    this.end = end;
  }

  /** Keys of the records that a cell has, as it stands in the image. */
  recordsOf(cell: string): readonly string[] {
    const lsn = this.index.lsnOf(cell);
    if (lsn === null) return [];
    return Array.from({ length: this.index.partsOf(cell) }, (_, part) => cellRecordKey(cell, lsn, part));
  }
}
