// Change events of databases as Debezium writes them: JSON with its schema beside it or without, or Avro.
// https://debezium.io/documentation/reference/stable/connectors/postgresql.html#postgresql-events
import { unreadable, type ReadResult } from "../workflow/event/cloud-event.ts";
import type { AvroEvent } from "./declared.ts";
import { mapped, type SourceMapping } from "./mapping.ts";
import type { ReadRecord } from "./source-record.ts";

/** Where in the database's log the change stands. What else there is depends on the database. */
export interface DebeziumSource {
  readonly connector: string;
  readonly name: string;
  readonly db: string;
  readonly table: string;
  readonly schema?: string;
  /** When the database made the change, milliseconds since 1970. */
  readonly ts_ms: number;
  readonly snapshot?: string | boolean | null;
  readonly [detail: string]: unknown;
}

export interface DebeziumTransaction {
  readonly id: string;
  readonly total_order: number;
  readonly data_collection_order: number;
}

interface Change<Op extends string, Before, After> {
  readonly op: Op;
  /** Whether it is there depends on the database's settings, such as Postgres' REPLICA IDENTITY. */
  readonly before: Before;
  readonly after: After;
  readonly source: DebeziumSource;
  /** Null unless the connector provides it. */
  readonly transaction: DebeziumTransaction | null;
  /** When the connector saw the change, milliseconds since 1970. */
  readonly ts: number | null;
}

/** Names of a database's events, and the data that they carry. `Tables` maps tables to the shape of their rows. */
export type DebeziumEvents<Tables, Name extends string = "db"> = {
  [Table in keyof Tables & string as `${Name}/${Table}.created`]: Change<"c", null, Tables[Table]>;
} & {
  [Table in keyof Tables & string as `${Name}/${Table}.updated`]: Change<"u", Tables[Table] | null, Tables[Table]>;
} & {
  [Table in keyof Tables & string as `${Name}/${Table}.deleted`]: Change<"d", Tables[Table] | null, null>;
} & {
  [Table in keyof Tables & string as `${Name}/${Table}.read`]: Change<"r", null, Tables[Table]>;
} & {
  [Table in keyof Tables & string as `${Name}/${Table}.truncated`]: Change<"t", null, null>;
};

export interface DebeziumOptions<Name extends string = string> {
  /** What the events' names begin with, before the table's. Default `db`. */
  readonly name?: Name;
}

export interface DebeziumMapping<Events> extends SourceMapping {
  /** For `new Millrace({ events: { ...mapping.events } })`: types alone, there is nothing in it. */
  readonly events: { readonly [Event in keyof Events]: AvroEvent<Events[Event]> };
}

const OPERATIONS: Readonly<Record<string, string>> = { c: "created", u: "updated", d: "deleted", r: "read", t: "truncated" };

/**
 * Events `<name>/<table>.created`, `.updated`, `.deleted`, `.truncated`, and `.read` for rows of a snapshot. Tombstones are passed over. An event's key is
 * that of its row, its time that of the change in the database.
 */
export function debezium<Tables extends object = Record<string, unknown>, const Name extends string = "db">(
  options: DebeziumOptions<Name> = {},
): DebeziumMapping<DebeziumEvents<Tables, Name>> {
  const prefix = options.name ?? "db";
  return {
    // A carrier of types: nobody reads what it says at run time.
    events: {} as DebeziumMapping<DebeziumEvents<Tables, Name>>["events"],
    read: (record) => (record.value === null ? null : change(record, prefix)),
  };
}

function change(record: ReadRecord, prefix: string): ReadResult {
  const value = payloadOf(record.data);
  if (!isRecord(value)) return notAChange("its value is no object");
  const { op, source, ts_ms: ts = null } = value;
  const operation = typeof op === "string" ? OPERATIONS[op] : undefined;
  if (operation === undefined) return notAChange(op === undefined ? 'it has no "op"' : `its op is ${JSON.stringify(op)}`);
  if (!isRecord(source)) return notAChange('it has no "source"');
  const { table, collection, ts_ms: time } = source;
  const of = typeof table === "string" ? table : collection;
  if (typeof of !== "string" || of === "") return notAChange("its source names no table");
  return mapped(record, {
    name: `${prefix}/${of}.${operation}`,
    data: { op, before: value["before"] ?? null, after: value["after"] ?? null, source, transaction: value["transaction"] ?? null, ts },
    key: record.key === null ? null : keyText(payloadOf(record.keyData)),
    ...(typeof time === "number" ? { time } : {}),
  });
}

/** Connect's converter for JSON writes the schema of each record beside it, unless `schemas.enable` is false. */
function payloadOf(value: unknown): unknown {
  return isRecord(value) && "schema" in value && "payload" in value ? value["payload"] : value;
}

/** That of a row with one column as its key is the column's value. */
function keyText(key: unknown): string {
  const columns = isRecord(key) ? Object.values(key) : [key];
  const [only] = columns;
  return columns.length === 1 && (typeof only === "string" || typeof only === "number") && only !== "" ? String(only) : JSON.stringify(key);
}

function notAChange(why: string): ReadResult {
  return unreadable("SOURCE_NOT_A_CHANGE", `the record is no change event of Debezium: ${why}`);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
