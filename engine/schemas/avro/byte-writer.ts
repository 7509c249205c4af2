// Avro's binary encoding, written. Our own, since avsc writes wrong numbers for longs below -2^52, without a word.
// https://avro.apache.org/docs/1.12.0/specification/#binary-encoding

const FIRST_BYTES = 4 * 1024;
/** A buffer beyond this is not kept for the next event. */
const KEPT_BYTES = 4 * 1024 * 1024;

export class ByteWriter {
  #buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #at = 0;

  reset(): void {
    this.#at = 0;
    if (this.#buffer.length > KEPT_BYTES) this.#buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
  }

  /** A copy of what was written since `reset`. */
  bytes(): Buffer {
    return Buffer.from(this.#buffer.subarray(0, this.#at));
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#buffer[this.#at++] = value;
  }

  /** Zigzag, then seven bits a byte. @param value a safe integer */
  long(value: number): void {
    this.#reserve(10);
    const buffer = this.#buffer;
    if (value >= -0x4000_0000 && value < 0x4000_0000) {
      let bits = (value << 1) ^ (value >> 31);
      while (bits > 127) {
        buffer[this.#at++] = (bits & 127) | 128;
        bits >>>= 7;
      }
      buffer[this.#at++] = bits;
      return;
    }
    // Doubled it may be beyond what a number holds exactly. So the sign's bit is put in apart.
    const isNegative = value < 0;
    let rest = isNegative ? -(value + 1) : value;
    buffer[this.#at++] = 128 | ((rest % 64) << 1) | (isNegative ? 1 : 0);
    rest = Math.floor(rest / 64);
    while (rest > 127) {
      buffer[this.#at++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    buffer[this.#at++] = rest;
  }

  float(value: number): void {
    this.#reserve(4);
    this.#at = this.#buffer.writeFloatLE(value, this.#at);
  }

  double(value: number): void {
    this.#reserve(8);
    this.#at = this.#buffer.writeDoubleLE(value, this.#at);
  }

  /** With its length before it. */
  text(value: string): void {
    const length = value.length;
    if (length < SHORT_TEXT) {
      // Short texts are mostly ASCII, and calling out of JavaScript costs more than such a loop.
      this.#reserve(length + 1);
      const buffer = this.#buffer;
      const begin = this.#at + 1;
      let index = 0;
      for (; index < length; index++) {
        const code = value.charCodeAt(index);
        if (code > 127) break;
        buffer[begin + index] = code;
      }
      if (index === length) {
        buffer[this.#at] = length << 1;
        this.#at = begin + length;
        return;
      }
    }
    const bytes = Buffer.byteLength(value);
    this.long(bytes);
    this.#reserve(bytes);
    this.#at += this.#buffer.write(value, this.#at);
  }

  raw(value: Buffer): void {
    this.#reserve(value.length);
    this.#at += value.copy(this.#buffer, this.#at);
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(2 ** Math.ceil(Math.log2(this.#at + bytes)));
    this.#buffer.copy(larger, 0, 0, this.#at);
    this.#buffer = larger;
  }
}

/** Its length in bytes fits into one byte of zigzag. */
const SHORT_TEXT = 32;
