// The schema of an event, as a file or an app's code declares it: a record, and the name of the event whose data it is.
import avro from "avsc";
import { SchemaError } from "../schema-error.ts";
import { defaultProblems } from "./default-value.ts";
import { isLogicalTypeName } from "./logical-type.ts";
import { normalText } from "./normal-text.ts";
import { isObject, schemaNode } from "./schema-node.ts";

export interface EventSchema {
  /** The schema's attribute `event`, else the record's full name. */
  readonly event: string;
  /** The record's, with its namespace. */
  readonly name: string;
  /** Normal: equal for schemas that mean the same. */
  readonly text: string;
  readonly json: object;
}

/**
 * @param where the schema stands, for people: a file, or "the schema of user/signed.up"
 * @throws SchemaError SCHEMA_INVALID
 */
export function parseEventSchema(json: unknown, where: string): EventSchema {
  try {
    const node = schemaNode(json);
    if (node.kind !== "record" || !isObject(json)) throw new Error(`data of an event is a record, and this is ${node.kind}`);
    const event = json["event"] ?? node.name;
    if (typeof event !== "string" || event === "") throw new Error(`"event" is the name of an event, not ${JSON.stringify(event)}`);
    const text = normalText(json);
    checkLogicalTypes(json);
    for (const problem of defaultProblems(node)) throw new Error(problem);
    checkByAvro(text);
    return { event, name: node.name, text, json: JSON.parse(text) as object };
  } catch (cause) {
    throw new SchemaError("SCHEMA_INVALID", `${where} cannot be used as the schema of an event: ${messageOf(cause)}`, { cause });
  }
}

/** What we find good and avsc does not would fail at the first event. */
function checkByAvro(text: string): void {
  avro.Type.forSchema(JSON.parse(text) as avro.Schema, { wrapUnions: "always" });
}

/**
 * Avro has readers ignore a logical type that its type cannot have. Whoever writes one down means it, so it must not be lost in silence;
 * those that nobody here knows are another matter.
 */
function checkLogicalTypes(json: unknown): void {
  if (Array.isArray(json)) json.forEach(checkLogicalTypes);
  if (!isObject(json)) return;
  if (isLogicalTypeName(json["logicalType"])) {
    const { namespace: _namespace, ...rest } = json;
    const node = schemaNode(rest);
    if (!("logical" in node) || node.logical === null) {
      throw new Error(`logical type ${String(json["logicalType"])} cannot stand like this: ${JSON.stringify(json)}`);
    }
  }
  for (const key of ["type", "items", "values", "fields"]) checkLogicalTypes(json[key]);
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
