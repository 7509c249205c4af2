// The records of an app's schemas topic, to bytes and back. JSON, so that people and other programs can read them without us.
//
//   id/<id>                     { id, schema }                      what the app itself gave out
//                               { id, schema, subject, version }    a copy of what a registry said
//   subject/<subject>/<version> { id, subject, version }            the app's own versions of a subject
import type { LogRecord } from "../../log/log.ts";

export type SchemaRecord = SchemaNamed | VersionNamed;

export interface SchemaNamed {
  readonly kind: "schema";
  readonly id: number;
  /** Normal text. */
  readonly schema: string;
  /** Null: no registry said so. */
  readonly copied: SubjectVersion | null;
}

export interface VersionNamed extends SubjectVersion {
  readonly kind: "version";
  readonly id: number;
}

export interface SubjectVersion {
  readonly subject: string;
  /** From 1 on. */
  readonly version: number;
}

export function schemaRecordKey(record: SchemaRecord): string {
  return record.kind === "schema" ? `id/${record.id}` : `subject/${record.subject}/${record.version}`;
}

export function encodeSchemaRecord(record: SchemaRecord): LogRecord & { readonly key: Buffer; readonly value: Buffer } {
  const { kind, id } = record;
  const content =
    kind === "schema" ? { id, schema: record.schema, ...record.copied } : { id, subject: record.subject, version: record.version };
  return { key: Buffer.from(schemaRecordKey(record)), value: Buffer.from(JSON.stringify(content)) };
}

/**
 * Null: a tombstone, or of a kind that this release does not know.
 * @throws Error that says what is wrong with it.
 */
export function decodeSchemaRecord(key: Buffer | null, value: Buffer | null): SchemaRecord | null {
  const name = key?.toString() ?? "";
  const isSchema = name.startsWith("id/");
  if (value === null || (!isSchema && !name.startsWith("subject/"))) return null;
  const content: unknown = JSON.parse(value.toString());
  if (typeof content !== "object" || content === null) throw new Error("its value is no JSON object");
  const { id, schema, subject, version } = content as Readonly<Record<string, unknown>>;
  if (!isNatural(id)) throw new Error("its `id` is no whole number from 0 on");
  const at = typeof subject === "string" && isNatural(version) ? { subject, version } : null;
  const record = isSchema ? schemaNamed(id, schema, at) : versionNamed(id, at);
  if (schemaRecordKey(record) !== name) throw new Error(`its value is that of ${schemaRecordKey(record)}`);
  return record;
}

function schemaNamed(id: number, schema: unknown, copied: SubjectVersion | null): SchemaNamed {
  if (typeof schema !== "string") throw new Error("its `schema` is no text");
  JSON.parse(schema); // what nobody can read must not take an id for good
  return { kind: "schema", id, schema, copied };
}

function versionNamed(id: number, at: SubjectVersion | null): VersionNamed {
  if (at === null) throw new Error("it needs a `subject`, a text, and a `version`, a whole number");
  return { kind: "version", id, ...at };
}

function isNatural(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
