// One text for all ways to write a schema down: what matters to data and its readers, in one order, without documentation.
import { isObject, isPrimitiveName, namespaceOf, qualified } from "./schema-node.ts";

/** Of a schema that `schemaNode` accepts. */
export function normalText(json: unknown): string {
  return JSON.stringify(normal(json, ""));
}

function normal(json: unknown, namespace: string): unknown {
  if (typeof json === "string") return isPrimitiveName(json) ? json : reference(json, namespace);
  if (Array.isArray(json)) return json.map((branch) => normal(branch, namespace));
  if (!isObject(json)) return json;
  switch (json["type"]) {
    case "record":
    case "error":
      return normalRecord(json, namespace);
    case "enum":
      return { ...named(json, namespace), symbols: json["symbols"], ...picked(json, ["default"]) };
    case "fixed":
      return { ...named(json, namespace), size: json["size"], ...picked(json, LOGICAL) };
    case "array":
      return { type: "array", items: normal(json["items"], namespace) };
    case "map":
      return { type: "map", values: normal(json["values"], namespace) };
    default: {
      const type = normal(json["type"], namespace);
      const logical = picked(json, LOGICAL);
      return isPrimitiveName(type) && "logicalType" in logical ? { type, ...logical } : type;
    }
  }
}

const LOGICAL = ["logicalType", "precision", "scale"];

function normalRecord(json: Readonly<Record<string, unknown>>, namespace: string): object {
  const record = named(json, namespace);
  const inner = namespaceOf(record.name);
  const fields = (json["fields"] as readonly Readonly<Record<string, unknown>>[]).map((field) => ({
    name: field["name"],
    type: normal(field["type"], inner),
    ...picked(field, ["default"]),
    ...aliases(field, (alias) => alias),
  }));
  return { ...record, ...picked(json, ["event"]), fields };
}

function reference(name: string, namespace: string): string {
  const full = qualified(name, namespace);
  return full.includes(".") || namespace === "" ? full : `.${full}`;
}

function named(json: Readonly<Record<string, unknown>>, namespace: string): { type: unknown; name: string } {
  const own = typeof json["namespace"] === "string" ? json["namespace"] : namespace;
  const name = qualified(String(json["name"]), own);
  const type = json["type"] === "error" ? "record" : json["type"];
  // A name without a namespace would take that of what it stands in.
  const bare = name.includes(".") || namespace === "" ? {} : { namespace: "" };
  return { type, name, ...bare, ...aliases(json, (alias) => qualified(alias, namespaceOf(name))) };
}

function aliases(json: Readonly<Record<string, unknown>>, full: (alias: string) => string): object {
  const given = json["aliases"] as readonly string[] | undefined;
  return given === undefined || given.length === 0 ? {} : { aliases: given.map(full) };
}

function picked(json: Readonly<Record<string, unknown>>, keys: readonly string[]): object {
  return Object.fromEntries(keys.filter((key) => json[key] !== undefined).map((key) => [key, json[key]]));
}
