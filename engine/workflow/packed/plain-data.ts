// Plain data as bytes, and back, for memory alone: nothing of this is ever stored or sent. Whatever is plain goes through without being
// named here (objects, arrays, maps, texts, numbers, bytes), and whatever is not is refused, so that nothing is lost in silence.
// What repeats is written once: names of fields by shape, texts that come again in the same place by number.
import { assert, InvariantError } from "../../core/errors.ts";

/** What may be packed; a type that holds anything else (a class, a function, a Set, a Date) does not fit itself. */
export type Plain<T> = T extends string | number | boolean | null | undefined | Uint8Array
  ? T
  : T extends bigint | symbol | ReadonlySet<unknown> | Date | ((...parameters: never[]) => unknown)
    ? never
    : T extends ReadonlyMap<infer Key, infer Value>
      ? ReadonlyMap<Plain<Key>, Plain<Value>>
      : { readonly [Field in keyof T]: Plain<T[Field]> };

const NULL = 0;
const UNDEFINED = 1;
const FALSE = 2;
const TRUE = 3;
const SMALL = 4;
const NUMBER = 5;
const ASCII = 6;
const UTF8 = 7;
const UTF16 = 8;
const KNOWN = 9;
const ARRAY = 10;
const MAP = 11;
const SHAPED = 12;
const LOOSE = 13;
const BYTES = 14;
const BUFFER = 15;
const NAME = 16;

const MAX_SMALL = 2 ** 28 - 1;
const SHORT_TEXT = 24;
const MAX_KNOWN_LENGTH = 64;
/** So many different texts of one place are known; a place where they hardly repeat by then is looked at no more. */
const MAX_KNOWN = 512;
const MAX_SHAPES = 4_096;
const KEPT_BYTES = 4 * 1024 * 1024;

/** A place where values stand: a field of a shape, with everything inside of it that has no field of its own. */
class Place {
  readonly texts: string[] = [];
  readonly #codes = new Map<string, number>();
  #repeats = 0;
  #isLearning = true;

  /** Number of a text that came before, or -1. */
  codeOf(text: string): number {
    const code = this.#codes.get(text);
    if (code !== undefined) {
      this.#repeats += 1;
      return code;
    }
    if (!this.#isLearning) return -1;
    this.#isLearning = this.texts.length < MAX_KNOWN - 1;
    this.#codes.set(text, this.texts.length);
    // Numbers that are given out stay readable; only the looking ends.
    if (!this.#isLearning && this.#repeats < 2 * MAX_KNOWN) this.#codes.clear();
    return this.texts.push(text) - 1;
  }
}

/** Names of fields, in order: a node of the tree of all beginnings of such lists. */
class Shape {
  readonly fields: readonly string[];
  readonly places: readonly Place[];
  readonly #longer = new Map<string, Shape>();
  /** -1 while no object had exactly these. */
  code = -1;

  constructor(fields: readonly string[], places: readonly Place[]) {
    this.fields = fields;
    this.places = places;
  }

  longer(field: string): Shape | undefined {
    return this.#longer.get(field);
  }

  grow(field: string): Shape {
    const grown = new Shape([...this.fields, field], [...this.places, new Place()]);
    this.#longer.set(field, grown);
    return grown;
  }
}

export class PlainData {
  readonly #root = new Place();
  readonly #empty = new Shape([], []);
  readonly #shapes: Shape[] = [];
  #nodes = 1;
  #bytes = Buffer.alloc(4_096);
  #end = 0;
  #name = "";
  /** While unpacking. */
  #from: Buffer = Buffer.alloc(0);
  #at = 0;

  /** Bytes of the values, one after the other; they are good until the next call. Where the text `name` stands in them takes one byte. */
  pack(values: readonly unknown[], name: string): Uint8Array {
    this.#name = name;
    if (this.#bytes.length > KEPT_BYTES) this.#bytes = Buffer.alloc(4_096);
    this.#end = 0;
    for (const value of values) this.#write(value, this.#root);
    return this.#bytes.subarray(0, this.#end);
  }

  /** The first `count` of the values that were packed by this very object, under this name. */
  unpack(bytes: Buffer, at: number, count: number, name: string): unknown[] {
    this.#name = name;
    this.#from = bytes;
    this.#at = at;
    const values: unknown[] = [];
    for (let n = 0; n < count; n++) values.push(this.#read(this.#root));
    return values;
  }

  #write(value: unknown, place: Place): void {
    this.#ensure(16);
    switch (typeof value) {
      case "string":
        return this.#writeText(value, place);
      case "number":
        return this.#writeNumber(value);
      case "boolean":
        return this.#tag(value ? TRUE : FALSE);
      case "undefined":
        return this.#tag(UNDEFINED);
      case "object":
        return value === null ? this.#tag(NULL) : this.#writeObject(value, place);
      default:
        throw new InvariantError(`a ${typeof value} is no plain data`);
    }
  }

  #writeObject(value: object, place: Place): void {
    if (Array.isArray(value)) {
      this.#tag(ARRAY);
      this.#varint(value.length);
      for (const item of value as readonly unknown[]) this.#write(item, place);
    } else if (value instanceof Map) {
      this.#tag(MAP);
      this.#varint(value.size);
      for (const [key, item] of value as ReadonlyMap<unknown, unknown>) {
        this.#write(key, place);
        this.#write(item, place);
      }
    } else if (value instanceof Uint8Array) {
      this.#tag(Buffer.isBuffer(value) ? BUFFER : BYTES);
      this.#varint(value.length);
      this.#ensure(value.length);
      this.#bytes.set(value, this.#end);
      this.#end += value.length;
    } else this.#writeFields(value as Readonly<Record<string, unknown>>, place);
  }

  #writeFields(value: Readonly<Record<string, unknown>>, place: Place): void {
    assert(isRecord(value), "an object of a class is no plain data");
    const shape = this.#shapeOf(value);
    if (shape === null) {
      const fields = Object.keys(value);
      this.#tag(LOOSE);
      this.#varint(fields.length);
      for (const field of fields) {
        this.#write(field, place);
        this.#write(value[field], place);
      }
      return;
    }
    this.#tag(SHAPED);
    this.#varint(shape.code);
    const { places } = shape;
    let index = 0;
    for (const field in value) this.#write(value[field], places[index++] ?? place);
  }

  /** Null where there are too many shapes to know them all. */
  #shapeOf(value: object): Shape | null {
    let shape = this.#empty;
    for (const field in value) {
      let longer = shape.longer(field);
      if (longer === undefined) {
        if (this.#nodes >= MAX_SHAPES) return null;
        this.#nodes += 1;
        longer = shape.grow(field);
      }
      shape = longer;
    }
    if (shape.code < 0) shape.code = this.#shapes.push(shape) - 1;
    return shape;
  }

  #writeNumber(value: number): void {
    if (value >= 0 && value <= MAX_SMALL && Number.isInteger(value) && !Object.is(value, -0)) {
      this.#tag(SMALL);
      this.#varint(value);
    } else {
      this.#tag(NUMBER);
      this.#end = this.#bytes.writeDoubleLE(value, this.#end);
    }
  }

  #writeText(text: string, place: Place): void {
    if (text === this.#name) return this.#tag(NAME);
    const code = text.length <= MAX_KNOWN_LENGTH ? place.codeOf(text) : -1;
    if (code >= 0) {
      this.#tag(KNOWN);
      this.#varint(code);
      return;
    }
    this.#ensure(3 * text.length);
    const start = this.#end;
    this.#tag(ASCII);
    this.#varint(text.length);
    if (text.length <= SHORT_TEXT ? this.#writeShort(text) : this.#writeLong(text)) return;
    this.#end = start;
    const encoding = text.isWellFormed() ? "utf8" : "utf16le";
    this.#tag(encoding === "utf8" ? UTF8 : UTF16);
    this.#varint(Buffer.byteLength(text, encoding));
    this.#end += this.#bytes.write(text, this.#end, encoding);
  }

  /** False where the text is not ASCII. */
  #writeShort(text: string): boolean {
    const bytes = this.#bytes;
    const end = this.#end;
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      if (code > 127) return false;
      bytes[end + index] = code;
    }
    this.#end = end + text.length;
    return true;
  }

  #writeLong(text: string): boolean {
    const written = this.#bytes.write(text, this.#end, "utf8");
    this.#end += written;
    return written === text.length;
  }

  #tag(tag: number): void {
    this.#bytes[this.#end++] = tag;
  }

  /** Up to 2^32 - 1. */
  #varint(value: number): void {
    let rest = value;
    while (rest > 127) {
      this.#bytes[this.#end++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    this.#bytes[this.#end++] = rest;
  }

  #ensure(more: number): void {
    const wanted = this.#end + more + 16;
    if (wanted <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(2 ** Math.ceil(Math.log2(wanted)));
    larger.set(this.#bytes.subarray(0, this.#end));
    this.#bytes = larger;
  }

  #read(place: Place): unknown {
    const tag = this.#from[this.#at++];
    switch (tag) {
      case NULL:
        return null;
      case UNDEFINED:
        return undefined;
      case FALSE:
        return false;
      case TRUE:
        return true;
      case SMALL:
        return this.#readVarint();
      case NUMBER:
        this.#at += 8;
        return this.#from.readDoubleLE(this.#at - 8);
      case ASCII:
        return this.#readText("latin1");
      case UTF8:
        return this.#readText("utf8");
      case UTF16:
        return this.#readText("utf16le");
      case KNOWN:
        return place.texts[this.#readVarint()];
      case NAME:
        return this.#name;
      case ARRAY:
        return this.#readArray(place);
      case MAP:
        return this.#readMap(place);
      case SHAPED:
        return this.#readShaped();
      case LOOSE:
        return this.#readLoose(place);
      case BYTES:
        return Uint8Array.from(this.#readBytes());
      case BUFFER:
        return Buffer.from(this.#readBytes());
      default:
        throw new InvariantError(`packed bytes begin with ${tag}`);
    }
  }

  #readVarint(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.#from[this.#at++] ?? 0;
      value |= (byte & 127) << shift;
      if (byte < 128) return value >>> 0;
    }
  }

  #readText(encoding: "latin1" | "utf8" | "utf16le"): string {
    const length = this.#readVarint();
    this.#at += length;
    return this.#from.toString(encoding, this.#at - length, this.#at);
  }

  #readBytes(): Uint8Array {
    const length = this.#readVarint();
    this.#at += length;
    return this.#from.subarray(this.#at - length, this.#at);
  }

  #readArray(place: Place): unknown[] {
    const items: unknown[] = [];
    for (let left = this.#readVarint(); left > 0; left--) items.push(this.#read(place));
    return items;
  }

  #readMap(place: Place): Map<unknown, unknown> {
    const map = new Map<unknown, unknown>();
    for (let left = this.#readVarint(); left > 0; left--) {
      const key = this.#read(place);
      map.set(key, this.#read(place));
    }
    return map;
  }

  #readShaped(): object {
    const shape = this.#shapes[this.#readVarint()] ?? this.#empty;
    const value: Record<string, unknown> = {};
    const { fields, places } = shape;
    for (let index = 0; index < fields.length; index++) {
      put(value, fields[index] ?? "", this.#read(places[index] ?? this.#root));
    }
    return value;
  }

  #readLoose(place: Place): object {
    const value: Record<string, unknown> = {};
    for (let left = this.#readVarint(); left > 0; left--) {
      const field = this.#read(place) as string;
      put(value, field, this.#read(place));
    }
    return value;
  }
}

function put(value: Record<string, unknown>, field: string, item: unknown): void {
  if (field !== "__proto__") value[field] = item;
  else Object.defineProperty(value, field, { value: item, enumerable: true, configurable: true, writable: true });
}

const records = new WeakSet<object>([Object.prototype]);

/** An object that is nothing but its fields; a decoder's records have prototypes of their own, which are empty. */
function isRecord(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (prototype === null || records.has(prototype)) return true;
  const isEmpty =
    Object.getPrototypeOf(prototype) === Object.prototype &&
    Reflect.ownKeys(prototype).every((key) => key === "constructor") &&
    Object.prototype.toString.call(value) === "[object Object]";
  if (isEmpty) records.add(prototype);
  return isEmpty;
}
