// Records one after the other into a buffer that is used again: the length before each is guessed, and the record moved where the guess was wrong.
import type { LogRecord } from "../../log.ts";

/** What most records need: they have 64 to 8,191 bytes. */
const GUESSED_LENGTH_BYTES = 2;
const MAX_VARINT_BYTES = 5;
/** Of a record beside its contents: its length, attributes, deltas, lengths of key and value, number of headers. */
const MAX_FRAME_BYTES = 6 * MAX_VARINT_BYTES;
/** Up to here a loop beats a call that leaves JavaScript; and the length of so much ASCII is one byte. */
const SHORT_TEXT = 63;
const SHORT_BYTES = 48;
const KEPT_BYTES = 1024 * 1024;

export class RecordWriter {
  #bytes = Buffer.allocUnsafe(64 * 1024);
  #at = 0;

  /** What was written, at `from` behind room for a header: a view that holds until the next `begin`. */
  get written(): Buffer {
    return this.#bytes.subarray(0, this.#at);
  }

  /** Starts anew, behind so many bytes. */
  begin(at: number): void {
    if (this.#bytes.length > KEPT_BYTES) this.#bytes = Buffer.allocUnsafe(64 * 1024);
    this.#at = at;
  }

  record({ key, value, headers }: LogRecord, offsetDelta: number): void {
    this.#makeRoom(roomFor(key, value, headers));
    const start = this.#at;
    this.#at = start + GUESSED_LENGTH_BYTES;
    this.#bytes[this.#at++] = 0; // attributes: none are defined
    this.#bytes[this.#at++] = 0; // timestamp delta: all records of a batch share one stamp
    this.#varint(offsetDelta);
    this.#view(key);
    this.#view(value);
    this.#headers(headers);
    this.#putLength(start);
  }

  #putLength(start: number): void {
    const body = start + GUESSED_LENGTH_BYTES;
    const length = this.#at - body;
    const lengthBytes = varintBytes(length);
    if (lengthBytes !== GUESSED_LENGTH_BYTES) this.#bytes.copyWithin(start + lengthBytes, body, this.#at);
    this.#at = start;
    this.#varint(length);
    this.#at += length;
  }

  #headers(headers: LogRecord["headers"]): void {
    let count = 0;
    for (const _ in headers) count++;
    this.#varint(count);
    for (const name in headers) {
      this.#text(name);
      const value = headers[name] ?? "";
      if (typeof value === "string") this.#text(value);
      else this.#view(value);
    }
  }

  #text(text: string): void {
    const { length } = text;
    if (length <= SHORT_TEXT && this.#ascii(text, length)) return;
    this.#varint(Buffer.byteLength(text));
    this.#at += this.#bytes.write(text, this.#at);
  }

  /** False where it is none, and nothing is written. */
  #ascii(text: string, length: number): boolean {
    const bytes = this.#bytes;
    const at = this.#at + 1;
    for (let index = 0; index < length; index++) {
      const code = text.charCodeAt(index);
      if (code > 127) return false;
      bytes[at + index] = code;
    }
    bytes[at - 1] = length << 1;
    this.#at = at + length;
    return true;
  }

  #view(view: Buffer | null): void {
    if (view === null) return this.#varint(-1);
    const { length } = view;
    this.#varint(length);
    const [bytes, at] = [this.#bytes, this.#at];
    if (length > SHORT_BYTES) bytes.set(view, at);
    else for (let index = 0; index < length; index++) bytes[at + index] = view[index] ?? 0;
    this.#at = at + length;
  }

  /** Zigzag varint of a 32-bit number. */
  #varint(value: number): void {
    let rest = ((value << 1) ^ (value >> 31)) >>> 0;
    while (rest > 127) {
      this.#bytes[this.#at++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    this.#bytes[this.#at++] = rest;
  }

  #makeRoom(bytes: number): void {
    if (this.#at + bytes <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#at + bytes));
    this.#bytes.copy(grown, 0, 0, this.#at);
    this.#bytes = grown;
  }
}

/** At the most. */
function roomFor(key: Buffer | null, value: Buffer | null, headers: LogRecord["headers"]): number {
  let bytes = MAX_FRAME_BYTES + (key?.length ?? 0) + (value?.length ?? 0);
  for (const name in headers) bytes += 2 * MAX_VARINT_BYTES + 3 * (name.length + (headers[name]?.length ?? 0));
  return bytes;
}

function varintBytes(value: number): number {
  const zigzag = ((value << 1) ^ (value >> 31)) >>> 0;
  if (zigzag < 0x80) return 1;
  if (zigzag < 0x4000) return 2;
  if (zigzag < 0x200000) return 3;
  return zigzag < 0x10000000 ? 4 : 5;
}
