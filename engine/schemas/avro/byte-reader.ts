// Avro's binary encoding, read from bytes that anybody may have written: whatever they say, reading them ends soon, and within them.
// Our own, since avsc makes an array of as many items as six bytes of damage say, which ends the process.
import { isUtf8 } from "node:buffer";

/** Items that take no byte at all, such as null, cost whoever writes them nothing. */
const MAX_EMPTY_ITEMS = 100_000;
/** Of values in values, where a type contains itself. */
const MAX_DEPTH = 256;

/** The bytes are not what their schema says, or say what data cannot hold. */
export class UnreadableBytes extends Error {}

export class ByteReader {
  readonly #bytes: Buffer;
  #at = 0;
  #emptyItems = 0;
  #depth = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  get rest(): number {
    return this.#bytes.length - this.#at;
  }

  boolean(): boolean {
    const byte = this.#byte();
    if (byte > 1) throw new UnreadableBytes(`a boolean is 0 or 1, and not ${byte}`);
    return byte === 1;
  }

  int(): number {
    const value = this.long();
    if (value !== (value | 0)) throw new UnreadableBytes(`an int has 32 bits: ${value} does not fit`);
    return value;
  }

  long(): number {
    const first = this.#byte();
    const isNegative = (first & 1) === 1;
    let value = (first & 127) >> 1;
    if (first > 127) {
      let factor = 64;
      for (let count = 2; ; count++) {
        const byte = this.#byte();
        value += (byte & 127) * factor;
        if (byte <= 127) break;
        if (count === 10) throw new UnreadableBytes("a long takes ten bytes at most");
        factor *= 128;
      }
      if (value > Number.MAX_SAFE_INTEGER || (isNegative && value === Number.MAX_SAFE_INTEGER)) {
        throw new UnreadableBytes("a long is beyond 2^53, up to which JSON's numbers are exact");
      }
    }
    return isNegative ? -value - 1 : value;
  }

  float(): number {
    return finite(this.#bytes.readFloatLE(this.#skip(4)));
  }

  double(): number {
    return finite(this.#bytes.readDoubleLE(this.#skip(8)));
  }

  text(): string {
    const length = this.#length();
    const begin = this.#skip(length);
    const text = this.#bytes.toString("utf8", begin, begin + length);
    // What is no UTF-8 would be read as this sign, in silence.
    if (text.includes("\uFFFD") && !isUtf8(this.#bytes.subarray(begin, begin + length))) throw new UnreadableBytes("a text is not UTF-8");
    return text;
  }

  bytes(): Buffer {
    return this.fixed(this.#length());
  }

  /** A view, not a copy. */
  fixed(size: number): Buffer {
    const begin = this.#skip(size);
    return this.#bytes.subarray(begin, begin + size);
  }

  /** Calls for each item of an array or map, in its blocks. */
  items(each: () => void): void {
    for (;;) {
      let count = this.long();
      if (count === 0) return;
      if (count < 0) {
        count = -count;
        // How many bytes the block has, for those who pass it over.
        this.long();
      }
      for (; count > 0; count--) {
        const before = this.#at;
        each();
        if (this.#at === before && ++this.#emptyItems > MAX_EMPTY_ITEMS)
          throw new UnreadableBytes("there are too many items without a byte");
      }
    }
  }

  enter(): void {
    if (++this.#depth > MAX_DEPTH) throw new UnreadableBytes(`values stand in values more than ${MAX_DEPTH} deep`);
  }

  leave(): void {
    this.#depth--;
  }

  #byte(): number {
    const byte = this.#bytes[this.#at++];
    if (byte === undefined) throw new UnreadableBytes("the bytes end too early");
    return byte;
  }

  #length(): number {
    const length = this.long();
    if (length < 0) throw new UnreadableBytes(`a length is ${length}`);
    return length;
  }

  /** Where the skipped begin. */
  #skip(size: number): number {
    const begin = this.#at;
    if (size > this.#bytes.length - begin) throw new UnreadableBytes("the bytes end too early");
    this.#at = begin + size;
    return begin;
  }
}

function finite(value: number): number {
  if (Number.isFinite(value)) return value;
  throw new UnreadableBytes(`JSON has no ${value}`);
}
