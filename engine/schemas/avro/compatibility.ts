// Whether schemas of one event get on with each other: which reader cannot read what, and at which field.
import { SchemaError } from "../schema-error.ts";
import { Resolution } from "./resolution.ts";
import { schemaNode, type AvroNode } from "./schema-node.ts";

export const COMPATIBILITIES = [
  "NONE",
  "BACKWARD",
  "BACKWARD_TRANSITIVE",
  "FORWARD",
  "FORWARD_TRANSITIVE",
  "FULL",
  "FULL_TRANSITIVE",
] as const;
/** As registries name them. Backward: the new schema reads what old ones wrote. Transitive: all old ones, not the last alone. */
export type Compatibility = (typeof COMPATIBILITIES)[number];

export interface Incompatibility {
  /** Of the field: `items[].price`. Empty for the record itself. */
  readonly path: string;
  /** Which schema reads, for people: "version 4". */
  readonly reader: string;
  readonly writer: string;
  readonly problem: string;
}

/** Empty: whatever the writer's schema writes, the reader's can read. @throws SchemaError SCHEMA_INVALID */
export function readProblems(readerText: string, writerText: string): readonly Incompatibility[] {
  return between({ text: readerText, name: "the reader" }, { text: writerText, name: "the writer" });
}

/**
 * @param next the schema that is to be the next version
 * @param versions oldest first; they are called "version 1" and so on
 * @throws SchemaError SCHEMA_INVALID
 */
export function compatibilityProblems(mode: Compatibility, next: string, versions: readonly string[]): readonly Incompatibility[] {
  if (mode === "NONE") return [];
  const named = versions.map((text, index) => ({ text, name: `version ${index + 1}` }));
  const newest = { text: next, name: `version ${versions.length + 1}` };
  const compared = mode.endsWith("_TRANSITIVE") ? named.toReversed() : named.slice(-1);
  return compared.flatMap((old) => [
    ...(mode.startsWith("FORWARD") ? [] : between(newest, old)),
    ...(mode.startsWith("BACKWARD") ? [] : between(old, newest)),
  ]);
}

/** In a sentence, for people. */
export function incompatibilityShown({ path, reader, writer, problem }: Incompatibility): string {
  return `${path === "" ? "the record" : `field ${path}`}: a reader with ${reader} cannot read what ${writer} writes: ${problem}`;
}

interface NamedSchema {
  readonly text: string;
  readonly name: string;
}

function between(reader: NamedSchema, writer: NamedSchema): readonly Incompatibility[] {
  const misfits = new Resolution().misfits(nodeOf(writer), nodeOf(reader));
  return misfits.map(({ path, problem }) => ({ path, reader: reader.name, writer: writer.name, problem }));
}

function nodeOf({ text, name }: NamedSchema): AvroNode {
  try {
    return schemaNode(JSON.parse(text));
  } catch (cause) {
    throw new SchemaError("SCHEMA_INVALID", `${name} is no Avro schema: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}
