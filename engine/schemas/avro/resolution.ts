// What a reader's schema can make of bytes that were written by another: Avro's rules of schema resolution, as far as they forbid.
// https://avro.apache.org/docs/1.12.0/specification/#schema-resolution
import { logicalTypeShown, type LogicalType } from "./logical-type.ts";
import { branchName, unqualified, type AvroNode, type EnumNode, type FieldNode, type RecordNode, type UnionNode } from "./schema-node.ts";

export interface Misfit {
  /** Of the field, as the reader calls it: `items[].price`; of a map's values `prices{}`. Empty for the record itself. */
  readonly path: string;
  /** Says "it was written", "the reader". */
  readonly problem: string;
}

/** What may be read as what, besides itself. */
const PROMOTIONS: Readonly<Record<string, readonly string[]>> = {
  int: ["long", "float", "double"],
  long: ["float", "double"],
  float: ["double"],
  string: ["bytes"],
  bytes: ["string"],
};

/** What is found out about pairs of types of two schemas, each of them once: types may refer to each other as they like. */
export class Resolution {
  readonly #branches = new Pairs<AvroNode | null>();
  readonly #records = new Pairs<boolean>();
  /** Records that do not fit, and where that was said first: it is not said again for each way that leads to them. */
  readonly #told = new Pairs<string>();
  /** How often it counted that a record fits which is still being compared. */
  #assumptions = 0;

  misfits(writer: AvroNode, reader: AvroNode): readonly Misfit[] {
    return this.#misfits(writer, reader, "", NOTHING_OPEN);
  }

  /** The reader's branch that takes what was written: one of the same name or kind, else the first that can. */
  branchFor(writer: AvroNode, reader: UnionNode): AvroNode | null {
    return this.#branchFor(writer, reader, NOTHING_OPEN);
  }

  #branchFor(writer: AvroNode, reader: UnionNode, open: Open): AvroNode | null {
    const known = this.#branches.get(writer, reader);
    if (known !== undefined) return known;
    const before = this.#assumptions;
    const same = reader.branches.filter((branch) => branchName(branch) === branchName(writer));
    const candidates = new Set([...same, ...reader.branches]);
    const found = [...candidates].find((branch) => this.#misfits(writer, branch, null, open).length === 0) ?? null;
    // What does not fit even so does not fit; what fits only if another pair does is not known yet.
    if (found === null || this.#assumptions === before) this.#branches.set(writer, reader, found);
    return found;
  }

  /**
   * @param path null: only whether there are any is asked
   * @param open pairs of records that are being compared: inside of themselves they count as fitting
   */
  #misfits(writer: AvroNode, reader: AvroNode, path: string | null, open: Open): readonly Misfit[] {
    const misfit = (problem: string): Misfit[] => [{ path: path ?? "", problem }];
    if (writer.kind === "union") {
      return writer.branches.flatMap((branch) => {
        const problems = this.#misfits(branch, reader, path, open);
        const [problem] = problems;
        if (problem === undefined) return [];
        // Of a record its fields say more than that it does not fit.
        if (problem.path !== (path ?? "") || branch.kind === "record") return problems;
        return misfit(`it may be written as ${typeShown(branch)}, and the reader has ${typeShown(reader)}`);
      });
    }
    if (reader.kind === "union") {
      if (this.#branchFor(writer, reader, open) !== null) return [];
      const near = reader.branches.find((branch) => branch.kind === writer.kind && namesFit(writer, branch));
      const problems = near === undefined ? [] : this.#misfits(writer, near, path, open);
      return problems.length > 0 ? problems : misfit(`it was written as ${typeShown(writer)}, and the reader has ${typeShown(reader)}`);
    }
    if (writer.kind !== reader.kind) {
      const mayBePromoted = PROMOTIONS[writer.kind]?.includes(reader.kind) === true;
      if (!mayBePromoted) return misfit(`it was written as ${typeShown(writer)}, and the reader has ${typeShown(reader)}`);
    } else if (!namesFit(writer, reader)) {
      return misfit(`it was written as ${branchName(writer)}, and the reader has ${branchName(reader)} without an alias of that name`);
    }
    switch (reader.kind) {
      case "record":
        return writer.kind === "record" ? this.#fields(writer, reader, path, open) : [];
      case "array":
        return writer.kind === "array" ? this.#misfits(writer.items, reader.items, within(path, "[]"), open) : [];
      case "map":
        return writer.kind === "map" ? this.#misfits(writer.values, reader.values, within(path, "{}"), open) : [];
      case "enum":
        return writer.kind === "enum" ? symbolsMissing(writer, reader).flatMap(misfit) : [];
      case "fixed":
        if (writer.kind === "fixed" && writer.size !== reader.size) {
          return misfit(`it was written as ${writer.size} bytes, and the reader has ${reader.size}`);
        }
        return meaningChanged(writer, reader).flatMap(misfit);
      default:
        return meaningChanged(writer, reader).flatMap(misfit);
    }
  }

  #fields(writer: RecordNode, reader: RecordNode, path: string | null, open: Open): readonly Misfit[] {
    const fits = this.#records.get(writer, reader);
    if (fits === true) return [];
    if (fits === false && path === null) return [{ path: "", problem: "" }];
    const told = path === null ? undefined : this.#told.get(writer, reader);
    if (told !== undefined) return [{ path: path ?? "", problem: `${branchName(reader)} does not fit, as said of ${told}` }];
    if (open.some((pair) => pair.writer === writer && pair.reader === reader)) {
      this.#assumptions++;
      return [];
    }
    const before = this.#assumptions;
    const inside = [...open, { writer, reader }];
    const misfits = reader.fields.flatMap((field) => {
      const at = within(path, path === "" ? field.name : `.${field.name}`);
      const written = fieldOfWriter(writer, field);
      if (written !== null) return this.#misfits(written.type, field.type, at, inside);
      return field.default === null ? [{ path: at ?? "", problem: "it was not written, and the reader has no default for it" }] : [];
    });
    // See `#branchFor`.
    if (misfits.length > 0 || this.#assumptions === before) this.#records.set(writer, reader, misfits.length === 0);
    const [first] = misfits;
    if (path !== null && first !== undefined) this.#told.set(writer, reader, first.path);
    return misfits;
  }
}

type Open = readonly { readonly writer: RecordNode; readonly reader: RecordNode }[];
const NOTHING_OPEN: Open = [];

class Pairs<Value> {
  readonly #values = new Map<AvroNode, Map<AvroNode, Value>>();

  get(writer: AvroNode, reader: AvroNode): Value | undefined {
    return this.#values.get(writer)?.get(reader);
  }

  set(writer: AvroNode, reader: AvroNode, value: Value): void {
    const readers = this.#values.get(writer) ?? new Map<AvroNode, Value>();
    this.#values.set(writer, readers.set(reader, value));
  }
}

function within(path: string | null, step: string): string | null {
  return path === null ? null : path + step;
}

/** What the reader's field is read from: the field of its name, else of one of its aliases. */
export function fieldOfWriter(writer: RecordNode, field: FieldNode): FieldNode | null {
  for (const name of [field.name, ...field.aliases]) {
    const found = writer.fields.find((candidate) => candidate.name === name);
    if (found !== undefined) return found;
  }
  return null;
}

/** Names are compared without their namespaces, aliases with them. */
function namesFit(writer: AvroNode, reader: AvroNode): boolean {
  if (!("name" in writer) || !("name" in reader)) return true;
  return unqualified(writer.name) === unqualified(reader.name) || reader.aliases.includes(writer.name);
}

function symbolsMissing(writer: EnumNode, reader: EnumNode): readonly string[] {
  const missing = writer.symbols.filter((symbol) => !reader.symbols.includes(symbol));
  if (missing.length === 0 || reader.default !== null) return [];
  return [`it may be written as ${missing.join(", ")}, which the reader does not have, nor a default symbol`];
}

/** The bytes can be read, and would say something else. */
function meaningChanged(writer: AvroNode, reader: AvroNode): readonly string[] {
  const written = logicalIn(writer);
  const read = logicalIn(reader);
  if (written === null && read === null) return [];
  if (written !== null && read !== null) {
    const isWider =
      written.kind === "decimal" && read.kind === "decimal" && written.scale === read.scale && written.precision <= read.precision;
    if (isWider || (written.kind === read.kind && read.kind !== "decimal")) return [];
  } else if (writer.kind === reader.kind || (writer.kind === "int" && reader.kind === "long")) {
    // One of the two does not say what the bytes mean, as Avro allows.
    return [];
  }
  const shown = (logical: LogicalType | null, node: AvroNode): string => (logical === null ? node.kind : logicalTypeShown(logical));
  return [`it was written as ${shown(written, writer)}, and the reader takes the bytes for ${shown(read, reader)}`];
}

function logicalIn(node: AvroNode): LogicalType | null {
  return "logical" in node ? node.logical : null;
}

function typeShown(node: AvroNode): string {
  if (node.kind === "union") return `[${node.branches.map(branchName).join(", ")}]`;
  return "name" in node ? `${node.kind} ${node.name}` : node.kind;
}
