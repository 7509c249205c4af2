// A stream of bytes, cut into lines. A line is whole: what is left when a stream breaks off is none.

/** `tooLong`: it was passed over. */
export type Line = { readonly bytes: Buffer } | "tooLong";

const NEWLINE = 0x0a;

export class LineCutter {
  readonly #maxBytes: number;
  #parts: Buffer[] = [];
  #length = 0;
  #isSkipping = false;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The lines that end in this chunk. */
  *cut(chunk: Uint8Array): Generator<Line> {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let begin = 0;
    for (;;) {
      const end = bytes.indexOf(NEWLINE, begin);
      if (end === -1) break;
      this.#add(bytes.subarray(begin, end));
      yield this.#take();
      begin = end + 1;
    }
    this.#add(bytes.subarray(begin));
  }

  /** The stream ended well: its last line needs no newline. */
  *end(): Generator<Line> {
    if (this.#length > 0 || this.#isSkipping) yield this.#take();
  }

  #add(part: Buffer): void {
    if (this.#isSkipping || part.length === 0) return;
    this.#length += part.length;
    this.#parts.push(part);
    if (this.#length <= this.#maxBytes) return;
    this.#isSkipping = true;
    this.#parts = [];
  }

  #take(): Line {
    const line: Line = this.#isSkipping ? "tooLong" : { bytes: Buffer.concat(this.#parts) };
    this.#parts = [];
    this.#length = 0;
    this.#isSkipping = false;
    return line;
  }
}
