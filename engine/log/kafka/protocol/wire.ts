// Kafka's primitive types to bytes and back: big-endian integers, 16-bit strings, zigzag varints.
// Offsets and times are read as JavaScript numbers: exact below 2^53, which the Log port promises.

const TWO_32 = 2 ** 32;

/** Writes one request body. Grows by doubling; `finish` gives the bytes written. */
export class ByteWriter {
  #bytes: Buffer;
  #at = 0;

  constructor(initialBytes = 512) {
    this.#bytes = Buffer.allocUnsafe(initialBytes);
  }

  int8(value: number): this {
    this.#at = this.#room(1).writeInt8(value, this.#at);
    return this;
  }

  int16(value: number): this {
    this.#at = this.#room(2).writeInt16BE(value, this.#at);
    return this;
  }

  int32(value: number): this {
    this.#at = this.#room(4).writeInt32BE(value, this.#at);
    return this;
  }

  int64(value: number): this {
    const bytes = this.#room(8);
    const high = Math.floor(value / TWO_32);
    bytes.writeInt32BE(high, this.#at);
    this.#at = bytes.writeUInt32BE(value - high * TWO_32, this.#at + 4);
    return this;
  }

  boolean(value: boolean): this {
    return this.int8(value ? 1 : 0);
  }

  string(value: string | null): this {
    if (value === null) return this.int16(-1);
    const length = Buffer.byteLength(value);
    this.int16(length);
    this.#room(length).write(value, this.#at);
    this.#at += length;
    return this;
  }

  /** Bytes behind a 32-bit length. */
  bytes(value: Buffer): this {
    this.int32(value.length);
    value.copy(this.#room(value.length), this.#at);
    this.#at += value.length;
    return this;
  }

  array<T>(items: readonly T[], write: (item: T) => void): this {
    this.int32(items.length);
    for (const item of items) write(item);
    return this;
  }

  finish(): Buffer {
    return this.#bytes.subarray(0, this.#at);
  }

  #room(length: number): Buffer {
    if (this.#at + length > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#at + length));
      this.#bytes.copy(grown, 0, 0, this.#at);
      this.#bytes = grown;
    }
    return this.#bytes;
  }
}

/** Reads one response body. What it returns as `Buffer` is a view of the response, not a copy. */
export class ByteReader {
  readonly bytes: Buffer;
  at: number;

  constructor(bytes: Buffer, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  int8(): number {
    const value = this.bytes.readInt8(this.at);
    this.at += 1;
    return value;
  }

  int16(): number {
    const value = this.bytes.readInt16BE(this.at);
    this.at += 2;
    return value;
  }

  int32(): number {
    const value = this.bytes.readInt32BE(this.at);
    this.at += 4;
    return value;
  }

  int64(): number {
    const value = readInt64(this.bytes, this.at);
    this.at += 8;
    return value;
  }

  boolean(): boolean {
    return this.int8() !== 0;
  }

  nullableString(): string | null {
    const length = this.int16();
    if (length < 0) return null;
    const value = this.bytes.toString("utf8", this.at, this.at + length);
    this.at += length;
    return value;
  }

  string(): string {
    return this.nullableString() ?? "";
  }

  /** A view of bytes behind a 32-bit length; empty where the length is -1. */
  view(): Buffer {
    const length = Math.max(0, this.int32());
    const value = this.bytes.subarray(this.at, this.at + length);
    this.at += length;
    return value;
  }

  array<T>(read: () => T): T[] {
    const length = this.int32();
    const items: T[] = [];
    for (let i = 0; i < length; i++) items.push(read());
    return items;
  }
}

export function readInt64(bytes: Buffer, at: number): number {
  return bytes.readInt32BE(at) * TWO_32 + bytes.readUInt32BE(at + 4);
}
