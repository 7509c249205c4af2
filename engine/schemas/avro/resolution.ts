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

/** One pair of schemas, whose types are compared once each. */
export class Resolution {
  readonly #branches = new Map<UnionNode, Map<AvroNode, AvroNode | null>>();

  misfits(writer: AvroNode, reader: AvroNode): readonly Misfit[] {
    return this.#misfits(writer, reader, "", new Map());
  }

  /** The reader's branch that takes what was written: one of the same name or kind, else the first that can. */
  branchFor(writer: AvroNode, reader: UnionNode): AvroNode | null {
    return this.#branchFor(writer, reader, new Map());
  }

  #branchFor(writer: AvroNode, reader: UnionNode, open: Open): AvroNode | null {
    const known = this.#branches.get(reader)?.get(writer);
    if (known !== undefined) return known;
    const same = reader.branches.filter((branch) => branchName(branch) === branchName(writer));
    const found = [...same, ...reader.branches].find((branch) => this.#misfits(writer, branch, "", open).length === 0) ?? null;
    // While records are being compared that contain this, what was found holds only if they fit.
    if (open.size === 0)
      this.#branches.set(reader, (this.#branches.get(reader) ?? new Map<AvroNode, AvroNode | null>()).set(writer, found));
    return found;
  }

  /** @param open pairs of records that are being compared: inside of themselves they count as fitting */
  #misfits(writer: AvroNode, reader: AvroNode, path: string, open: Open): readonly Misfit[] {
    const misfit = (problem: string): Misfit[] => [{ path, problem }];
    if (writer.kind === "union") {
      return writer.branches.flatMap((branch) => {
        const problems = this.#misfits(branch, reader, path, open);
        const [problem] = problems;
        if (problem === undefined) return [];
        // Inside of a record the field says more than that the branch does not fit.
        return problem.path === path
          ? misfit(`it may be written as ${typeShown(branch)}, and the reader has ${typeShown(reader)}`)
          : problems;
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
        return writer.kind === "array" ? this.#misfits(writer.items, reader.items, `${path}[]`, open) : [];
      case "map":
        return writer.kind === "map" ? this.#misfits(writer.values, reader.values, `${path}{}`, open) : [];
      case "enum":
        return writer.kind === "enum" ? symbolsMissing(writer, reader).map((problem) => ({ path, problem })) : [];
      case "fixed":
        if (writer.kind === "fixed" && writer.size !== reader.size) {
          return misfit(`it was written as ${writer.size} bytes, and the reader has ${reader.size}`);
        }
        return meaningChanged(writer, reader).map((problem) => ({ path, problem }));
      default:
        return meaningChanged(writer, reader).map((problem) => ({ path, problem }));
    }
  }

  #fields(writer: RecordNode, reader: RecordNode, path: string, open: Open): readonly Misfit[] {
    const readers = open.get(writer);
    if (readers?.has(reader) === true) return [];
    const within: Open = new Map([...open, [writer, new Set([...(readers ?? []), reader])]]);
    return reader.fields.flatMap((field) => {
      const at = path === "" ? field.name : `${path}.${field.name}`;
      const written = fieldOfWriter(writer, field);
      if (written !== null) return this.#misfits(written.type, field.type, at, within);
      return field.default === null ? [{ path: at, problem: "it was not written, and the reader has no default for it" }] : [];
    });
  }
}

type Open = ReadonlyMap<RecordNode, ReadonlySet<RecordNode>>;

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
