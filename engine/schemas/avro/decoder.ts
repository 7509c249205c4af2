// Avro's bytes to data: a function for each pair of a writer's type and a reader's, made once. The writer's says what the bytes are, the
// reader's what becomes of them: by Avro's rules of schema resolution, whose exceptions `resolution.ts` has.
// https://avro.apache.org/docs/1.12.0/specification/#schema-resolution
import { InvariantError, must } from "../../core/errors.ts";
import { UnreadableBytes, type ByteReader } from "./byte-reader.ts";
import { defaultData } from "./default-value.ts";
import { bytesToDecimal, bytesToUuid, numberToTime } from "./logical-text.ts";
import { logicalTypeShown, timeKindOf, type LogicalType } from "./logical-type.ts";
import { fieldOfWriter, type Resolution } from "./resolution.ts";
import { branchName, isWrapped, type AvroNode, type EnumNode, type RecordNode, type UnionNode } from "./schema-node.ts";

export type Decode = (from: ByteReader) => unknown;

/** What is written by `writer`, as data of `reader`; the caller knows that it can be read. */
export function decoderOf(writer: AvroNode, reader: AvroNode, resolution: Resolution): Decode {
  return new Making(resolution).pair(writer, reader);
}

class Making {
  readonly #resolution: Resolution;
  readonly #records = new Map<RecordNode, Map<RecordNode, Decode>>();

  constructor(resolution: Resolution) {
    this.#resolution = resolution;
  }

  pair(writer: AvroNode, reader: AvroNode): Decode {
    if (writer.kind === "union") return this.#writtenUnion(writer, reader);
    if (reader.kind === "union") return this.#intoUnion(writer, reader);
    switch (reader.kind) {
      case "record":
        return this.#record(as("record", writer), reader);
      case "array": {
        const items = this.pair(as("array", writer).items, reader.items);
        return (from) => listOf(items, from);
      }
      case "map": {
        const values = this.pair(as("map", writer).values, reader.values);
        return (from) => mapOf(values, from);
      }
      case "enum":
        return symbols(as("enum", writer), reader);
      case "fixed":
        return bytesAs((from) => from.fixed(reader.size), reader.logical, reader.size);
      case "bytes":
        // A text's bytes are bytes.
        return bytesAs((from) => from.bytes(), reader.logical, null);
      case "string":
        return (from) => from.text();
      case "null":
        return () => null;
      case "boolean":
        return (from) => from.boolean();
      case "int":
      case "long":
      case "double":
        return timeOr(reader.logical, numberOf(writer));
      case "float": {
        const read = numberOf(writer);
        // A whole number may be longer than what single precision keeps.
        return writer.kind === "float" ? read : (from) => Math.fround(read(from));
      }
    }
  }

  #writtenUnion(writer: UnionNode, reader: AvroNode): Decode {
    const branches = writer.branches.map((branch) => this.pair(branch, reader));
    return (from) => {
      const index = from.long();
      const branch = branches[index];
      if (branch === undefined) throw new UnreadableBytes(`a union has ${branches.length} branches, and this is number ${index}`);
      return branch(from);
    };
  }

  #intoUnion(writer: AvroNode, reader: UnionNode): Decode {
    const branch = must(this.#resolution.branchFor(writer, reader), "the branch that takes what was written");
    const decode = this.pair(writer, branch);
    if (branch.kind === "null" || !isWrapped(reader)) return decode;
    const name = branchName(branch);
    return (from) => ({ [name]: decode(from) });
  }

  #record(writer: RecordNode, reader: RecordNode): Decode {
    const known = this.#records.get(writer)?.get(reader);
    if (known !== undefined) return known;
    /** In the order in which they are written. Without a name: read, since the bytes have to be passed, and forgotten. */
    const written: { name: string | null; decode: Decode }[] = [];
    const missing: { name: string; fallback: () => unknown }[] = [];
    const decode: Decode = (from) => {
      from.enter();
      const data: Record<string, unknown> = {};
      for (const field of written) {
        const value = field.decode(from);
        if (field.name !== null) data[field.name] = value;
      }
      for (const field of missing) data[field.name] = field.fallback();
      from.leave();
      return data;
    };
    const readers = this.#records.get(writer) ?? new Map<RecordNode, Decode>();
    this.#records.set(writer, readers.set(reader, decode));

    const sources = new Map(reader.fields.map((field) => [fieldOfWriter(writer, field), field]));
    for (const field of writer.fields) {
      const target = sources.get(field);
      written.push({ name: target?.name ?? null, decode: this.pair(field.type, target?.type ?? field.type) });
    }
    for (const field of reader.fields) {
      if (fieldOfWriter(writer, field) !== null) continue;
      missing.push({ name: field.name, fallback: copies(defaultData(field.type, must(field.default, "the default").json)) });
    }
    return decode;
  }
}

const NUMBERS = {
  int: (from: ByteReader) => from.int(),
  long: (from: ByteReader) => from.long(),
  float: (from: ByteReader) => from.float(),
  double: (from: ByteReader) => from.double(),
} as const;

function numberOf(writer: AvroNode): (from: ByteReader) => number {
  switch (writer.kind) {
    case "int":
    case "long":
    case "float":
    case "double":
      return NUMBERS[writer.kind];
    default:
      throw new InvariantError(`a number was not written as ${writer.kind}`);
  }
}

function timeOr(logical: LogicalType | null, read: (from: ByteReader) => number): Decode {
  const kind = timeKindOf(logical);
  if (kind === null) return read;
  return (from) => {
    const number = read(from);
    const text = numberToTime(kind, number);
    if (text === null) throw new UnreadableBytes(`${number} is no ${kind}`);
    return text;
  };
}

function bytesAs(read: (from: ByteReader) => Buffer, logical: LogicalType | null, size: number | null): Decode {
  if (logical?.kind === "uuid") return (from) => bytesToUuid(read(from));
  if (logical?.kind !== "decimal") return (from) => read(from).toString("base64");
  return (from) => {
    const text = bytesToDecimal(logical, read(from), size);
    if (text === null) throw new UnreadableBytes(`bytes are no ${logicalTypeShown(logical)}`);
    return text;
  };
}

function symbols(writer: EnumNode, reader: EnumNode): Decode {
  const read = writer.symbols.map((symbol) => (reader.symbols.includes(symbol) ? symbol : reader.default));
  return (from) => {
    const index = from.long();
    const symbol = read[index];
    if (symbol === undefined || symbol === null) throw new UnreadableBytes(`${writer.name} has no symbol number ${index}`);
    return symbol;
  };
}

function listOf(items: Decode, from: ByteReader): unknown[] {
  const list: unknown[] = [];
  from.items(() => list.push(items(from)));
  return list;
}

function mapOf(values: Decode, from: ByteReader): object {
  const map: Record<string, unknown> = {};
  from.items(() => {
    const key = from.text();
    const value = values(from);
    // Setting this one sets the object's prototype.
    if (key === "__proto__") Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true });
    else map[key] = value;
  });
  return map;
}

/** Each event has its own, as it has what was read. */
function copies(data: unknown): () => unknown {
  if (typeof data !== "object" || data === null) return () => data;
  const text = JSON.stringify(data);
  return () => JSON.parse(text) as unknown;
}

/** The writer's node where both are of one kind, which `resolution.ts` saw to. */
function as<Kind extends AvroNode["kind"]>(kind: Kind, writer: AvroNode): Extract<AvroNode, { kind: Kind }> {
  return must(writer.kind === kind ? (writer as Extract<AvroNode, { kind: Kind }>) : null, `a written ${kind}`);
}
