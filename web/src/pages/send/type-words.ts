// Avro's types, as people who fill in a form call them.
import type { LogicalType } from "../../../../engine/schemas/avro/logical-type.ts";
import { branchName, unqualified, type AvroNode } from "../../../../engine/schemas/avro/schema-node.ts";

export function typeWords(node: AvroNode): string {
  const logical = "logical" in node ? node.logical : null;
  if (logical !== null) return logicalWords(logical);
  switch (node.kind) {
    case "null":
      return "nothing";
    case "boolean":
      return "yes or no";
    case "int":
    case "long":
      return "whole number";
    case "float":
    case "double":
      return "number";
    case "string":
      return "text";
    case "bytes":
      return "base64";
    case "fixed":
      return `${node.size} bytes in base64`;
    case "enum":
      return "one of";
    case "record":
      return unqualified(node.name);
    case "array":
      return `list of ${typeWords(node.items)}`;
    case "map":
      return `${typeWords(node.values)} by name`;
    case "union":
      return node.branches.map(typeWords).join(" or ");
  }
}

/** Of a branch of a union; those that would be called the same have their full names. */
export function branchWords(branches: readonly AvroNode[], branch: AvroNode): string {
  const words = typeWords(branch);
  return branches.some((other) => other !== branch && typeWords(other) === words) ? branchName(branch) : words;
}

/** What a text looks like that fits; empty where any does. */
export function exampleText(node: AvroNode): string {
  const logical = "logical" in node ? node.logical : null;
  if (logical === null) return "";
  return logical.kind === "decimal" ? (0).toFixed(Math.min(logical.scale, 20)) : EXAMPLES[logical.kind];
}

const EXAMPLES: Readonly<Record<Exclude<LogicalType["kind"], "decimal">, string>> = {
  uuid: "8f14e45f-ceea-467f-a9d6-0c1f5a8b3c11",
  date: "2026-11-22",
  "time-millis": "09:30:00.000",
  "time-micros": "09:30:00.000000",
  "timestamp-millis": "2026-11-22T09:30:00.000Z",
  "timestamp-micros": "2026-11-22T09:30:00.000000Z",
  "local-timestamp-millis": "2026-11-22T09:30:00.000",
  "local-timestamp-micros": "2026-11-22T09:30:00.000000",
};

function logicalWords(logical: LogicalType): string {
  if (logical.kind === "decimal") return `decimal with ${logical.scale} ${logical.scale === 1 ? "place" : "places"}`;
  return logical.kind === "uuid" ? "UUID" : TIME_WORDS[logical.kind];
}

const TIME_WORDS: Readonly<Record<Exclude<LogicalType["kind"], "decimal" | "uuid">, string>> = {
  date: "date",
  "time-millis": "time of day",
  "time-micros": "time of day",
  "timestamp-millis": "time with its zone",
  "timestamp-micros": "time with its zone",
  "local-timestamp-millis": "local time",
  "local-timestamp-micros": "local time",
};
