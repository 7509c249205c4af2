// Many byte strings outside of V8's heap, by number: one after the other in large blocks. What is given up leaves a hole; when holes take too
// much, the emptiest block's rest moves into the newest. So memory follows what is live, however long things come and go.
import { assert, must } from "../../core/errors.ts";

const FIRST_BYTES = 16 * 1024;
const FULL_BYTES = 1024 * 1024;
/** In front of each: its number, its length. */
const HEADER_BYTES = 8;
/** Holes may take so much of all blocks, and this many bytes in any case. */
const MAX_HOLES = 1 / 4;
const MIN_HOLES_BYTES = 2 * FULL_BYTES;
/** Moving a block's rest takes about a millisecond. */
const MAX_MOVES_AT_ONCE = 4;
/** What is larger has a block to itself. */
const MAX_SHARING_BYTES = FULL_BYTES / 4;

interface Slab {
  readonly bytes: Buffer;
  /** First byte that nothing was written to. */
  end: number;
  /** Bytes that are still wanted, headers included. */
  live: number;
}

export class Slabs {
  readonly #slabs: (Slab | null)[] = [];
  readonly #free: number[] = [];
  /** The slab that is written to; -1 for none. */
  #open = -1;
  /** By number: where it is. -1 for nowhere. */
  #slabOf = new Int32Array(64).fill(-1);
  #offsetOf = new Uint32Array(64);
  #written = 0;
  #live = 0;

  /** Memory taken, holes included. */
  get bytes(): number {
    let bytes = 0;
    for (const slab of this.#slabs) bytes += slab?.bytes.length ?? 0;
    return bytes;
  }

  /** Keeps a copy under a number that has nothing. */
  put(number: number, bytes: Uint8Array): void {
    if (number >= this.#slabOf.length) this.#growTo(number + 1);
    assert(this.#slabOf[number] === -1, `${number} has bytes already`);
    this.#write(number, bytes);
    this.#live += HEADER_BYTES + bytes.length;
    this.#tidy();
  }

  /** The block and the place in it; good until the next change. */
  find(number: number): { readonly bytes: Buffer; readonly at: number } {
    const slab = this.#slabs[this.#slabOf[number] ?? -1];
    assert(slab !== undefined && slab !== null, `${number} has no bytes`);
    return { bytes: slab.bytes, at: (this.#offsetOf[number] ?? 0) + HEADER_BYTES };
  }

  drop(number: number): void {
    const { bytes, at } = this.find(number);
    const size = HEADER_BYTES + bytes.readUInt32LE(at - 4);
    this.#live -= size;
    this.#leave(number, size);
    this.#tidy();
  }

  #write(number: number, bytes: Uint8Array): void {
    const size = HEADER_BYTES + bytes.length;
    const index = size > MAX_SHARING_BYTES ? this.#add(size) : this.#withRoom(size);
    const slab = must(this.#slabs[index], "the block");
    slab.bytes.writeUInt32LE(number, slab.end);
    slab.bytes.writeUInt32LE(bytes.length, slab.end + 4);
    slab.bytes.set(bytes, slab.end + HEADER_BYTES);
    this.#slabOf[number] = index;
    this.#offsetOf[number] = slab.end;
    slab.end += size;
    slab.live += size;
    this.#written += size;
  }

  #withRoom(size: number): number {
    const open = this.#slabs[this.#open] ?? null;
    if (open !== null && open.end + size <= open.bytes.length) return this.#open;
    const closed = this.#open;
    const usual = open === null ? FIRST_BYTES : Math.min(2 * open.bytes.length, FULL_BYTES);
    this.#open = this.#add(Math.max(usual, size));
    if (open?.live === 0) this.#release(closed);
    return this.#open;
  }

  #add(bytes: number): number {
    const index = this.#free.pop() ?? this.#slabs.length;
    this.#slabs[index] = { bytes: Buffer.allocUnsafeSlow(bytes), end: 0, live: 0 };
    return index;
  }

  #leave(number: number, size: number): void {
    const index = this.#slabOf[number] ?? -1;
    const slab = must(this.#slabs[index], "the block");
    this.#slabOf[number] = -1;
    slab.live -= size;
    if (slab.live > 0) return;
    if (index !== this.#open) return this.#release(index);
    this.#written -= slab.end;
    slab.end = 0;
  }

  #release(index: number): void {
    this.#written -= this.#slabs[index]?.end ?? 0;
    this.#slabs[index] = null;
    this.#free.push(index);
  }

  #tidy(): void {
    for (let moves = 0; moves < MAX_MOVES_AT_ONCE; moves++) {
      const holes = this.#written - this.#live;
      if (holes <= MIN_HOLES_BYTES || holes <= MAX_HOLES * this.#written) return;
      this.#moveRest(this.#emptiest());
    }
  }

  #emptiest(): number {
    let found = -1;
    let part = 1;
    for (const [index, slab] of this.#slabs.entries()) {
      if (slab === null || index === this.#open || slab.live / slab.end >= part) continue;
      part = slab.live / slab.end;
      found = index;
    }
    return found;
  }

  #moveRest(index: number): void {
    const slab = this.#slabs[index];
    // The holes are in the block that is open.
    if (slab === undefined || slab === null) return;
    const { bytes, end } = slab;
    for (let at = 0; at < end;) {
      const number = bytes.readUInt32LE(at);
      const size = HEADER_BYTES + bytes.readUInt32LE(at + 4);
      if (this.#slabOf[number] === index && this.#offsetOf[number] === at) {
        const kept = bytes.subarray(at + HEADER_BYTES, at + size);
        this.#write(number, kept);
        slab.live -= size;
      }
      at += size;
    }
    this.#release(index);
  }

  #growTo(length: number): void {
    const grown = 2 ** Math.ceil(Math.log2(length));
    const slabOf = new Int32Array(grown).fill(-1);
    slabOf.set(this.#slabOf);
    this.#slabOf = slabOf;
    const offsetOf = new Uint32Array(grown);
    offsetOf.set(this.#offsetOf);
    this.#offsetOf = offsetOf;
  }
}
