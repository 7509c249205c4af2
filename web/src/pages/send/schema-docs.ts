// What a schema says in words about its types and fields: the graph of types leaves that out.
import { isObject, namespaceOf, qualified } from "../../../../engine/schemas/avro/schema-node.ts";

/** Keys: a type's full name, and that with the field's name behind a `#`. */
export function docsOf(json: unknown): ReadonlyMap<string, string> {
  const docs = new Map<string, string>();
  collect(json, "", docs);
  return docs;
}

export function docKey(type: string, field: string): string {
  return `${type}#${field}`;
}

function collect(json: unknown, namespace: string, docs: Map<string, string>): void {
  if (Array.isArray(json)) return json.forEach((branch) => collect(branch, namespace, docs));
  if (!isObject(json)) return;
  const own = typeof json["namespace"] === "string" ? json["namespace"] : namespace;
  const full = typeof json["name"] === "string" ? qualified(json["name"], own) : "";
  const inner = full === "" ? namespace : namespaceOf(full);
  if (full !== "" && typeof json["doc"] === "string") docs.set(full, json["doc"]);
  for (const field of Array.isArray(json["fields"]) ? (json["fields"] as readonly unknown[]) : []) {
    if (!isObject(field)) continue;
    if (typeof field["name"] === "string" && typeof field["doc"] === "string") docs.set(docKey(full, field["name"]), field["doc"]);
    collect(field["type"], inner, docs);
  }
  for (const key of ["type", "items", "values"]) collect(json[key], inner, docs);
}
