// The .avsc files of a project: one schema of one event each.
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import type { Command } from "commander";
import { parseEventSchema, type EventSchema } from "../engine/schemas/avro/event-schema.ts";
import { SchemaError } from "../engine/schemas/schema-error.ts";
import { CliError } from "./cli-error.ts";

export interface SchemaFile {
  /** From the folder, with slashes. */
  readonly file: string;
  /** As people find it: with the folder. */
  readonly shown: string;
  readonly schema: EventSchema;
}

export function withFolder(command: Command): Command {
  return command.option("--dir <folder>", "with the .avsc files of events, also in folders within", "schemas/events");
}

/** @throws CliError CLI_NO_SCHEMAS; SchemaError SCHEMA_INVALID, about all files that are none */
export function readSchemas(folder: string): readonly SchemaFile[] {
  const files = globSync("**/*.avsc", { cwd: folder })
    .map((file) => file.replaceAll(path.sep, "/"))
    .toSorted();
  if (files.length === 0) {
    throw new CliError("CLI_NO_SCHEMAS", `there is no .avsc file in ${path.resolve(folder)}. Name the folder with --dir`);
  }
  const wrong: string[] = [];
  const schemas = files.flatMap((file) => {
    try {
      return [schemaFile(folder, file, readFileSync(path.join(folder, file), "utf8"))];
    } catch (error) {
      if (!(error instanceof SchemaError)) throw error;
      wrong.push(error.message);
      return [];
    }
  });
  for (const { shown, schema } of schemas) {
    if (schema.event.startsWith("millrace/"))
      wrong.push(`${shown} is of ${schema.event}: events that begin with "millrace/" are the engine's own`);
  }
  wrong.push(...twice(schemas, "event"), ...twice(schemas, "name"));
  if (wrong.length > 0) throw new SchemaError("SCHEMA_INVALID", wrong.join("\n"));
  return schemas;
}

/** @throws SchemaError SCHEMA_INVALID */
export function schemaFile(folder: string, file: string, text: string): SchemaFile {
  const shown = path.posix.join(folder.replaceAll(path.sep, "/"), file);
  return { file, shown, schema: parseEventSchema(parsed(text, shown), shown) };
}

function parsed(text: string, shown: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new SchemaError("SCHEMA_INVALID", `${shown} is no JSON: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/** Two schemas of one event would each refuse what fits the other; two records of one name are versions of each other to a registry. */
function twice(schemas: readonly SchemaFile[], what: "event" | "name"): readonly string[] {
  const files = Map.groupBy(schemas, ({ schema }) => schema[what]);
  return [...files].flatMap(([name, found]) => {
    if (found.length < 2) return [];
    return [`${found.map(({ shown }) => shown).join(" and ")} are both of the ${what === "event" ? "event" : "record"} ${name}`];
  });
}
