// The image of a partition to bytes and back: its cells and the trailers that close it, with their keys (ADR 17).
// A key names the cell and the frame after which it was as written, so no record of an image is ever replaced by another.
import { cellV1Schema, trailerV1Schema, type ImageCell, type ImageTrailer } from "../../schemas/journal/generated.ts";
import { JournalError } from "./errors.ts";
import { fingerprintIn, SingleObject } from "./single-object.ts";

const cellV1 = new SingleObject<ImageCell>(cellV1Schema);
const trailerV1 = new SingleObject<ImageTrailer>(trailerV1Schema);

const TRAILER = "trailer";

/** Where a record of an image belongs. */
export interface ImagePlace {
  readonly cell: string;
  readonly lsn: number;
  /** From 0, where the cell's text is cut. */
  readonly part: number;
}

/** `run/01J…@97`, or `run/01J…@97.1` for its second part. */
export function cellRecordKey(cell: string, lsn: number, part = 0): string {
  return part === 0 ? `${cell}@${lsn}` : `${cell}@${lsn}.${part}`;
}

export function trailerRecordKey(lsn: number): string {
  return cellRecordKey(TRAILER, lsn);
}

export function isTrailer({ cell }: ImagePlace): boolean {
  return cell === TRAILER;
}

/** Null for a key that is none of an image. */
export function readRecordKey(key: string): ImagePlace | null {
  const split = key.lastIndexOf("@");
  const [, lsn, part = "0"] = /^(\d+)(?:\.(\d+))?$/.exec(key.slice(split + 1)) ?? [];
  return split < 0 || lsn === undefined ? null : { cell: key.slice(0, split), lsn: Number(lsn), part: Number(part) };
}

export function encodeCell(cell: ImageCell): Buffer {
  return cellV1.encode(cell);
}

/** @throws JournalError */
export function decodeCell(bytes: Buffer): ImageCell {
  return decoded(cellV1, bytes);
}

export function encodeTrailer(trailer: ImageTrailer): Buffer {
  return trailerV1.encode(trailer);
}

/** @throws JournalError */
export function decodeTrailer(bytes: Buffer): ImageTrailer {
  return decoded(trailerV1, bytes);
}

function decoded<T>(type: SingleObject<T>, bytes: Buffer): T {
  const fingerprint = fingerprintIn(bytes);
  if (fingerprint === null)
    throw new JournalError("JOURNAL_DAMAGED", "a record of the image has no single-object marker: something else wrote it");
  if (fingerprint !== type.fingerprint) {
    throw new JournalError(
      "JOURNAL_UNKNOWN_FORMAT",
      `a record of the image has a format that this version does not know (fingerprint ${fingerprint})`,
    );
  }
  try {
    return type.decode(bytes);
  } catch (cause) {
    throw new JournalError("JOURNAL_DAMAGED", "a record of the image does not follow the schema that it names", { cause });
  }
}
