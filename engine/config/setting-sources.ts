// Reads settings from where they may stand: a file, the environment, flags. Each counts before the one in front of it.
import { existsSync, readFileSync } from "node:fs";
import { ConfigurationError } from "../core/configuration-error.ts";
import { isPlain, type GivenSettings, type Origin } from "./given-settings.ts";
import { SETTINGS, type SettingKind } from "./setting-list.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** In the working directory. */
export const USUAL_FILE = "millrace.json";

/** @throws ConfigurationError `INVALID_SETTINGS`: a file that is named has to be there, and to hold an object of JSON. */
export function readFile(given: GivenSettings, named: string | undefined): void {
  const file = named ?? USUAL_FILE;
  if (named === undefined && !existsSync(file)) return;
  let read: unknown;
  try {
    read = JSON.parse(readFileSync(file, "utf8"));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigurationError("INVALID_SETTINGS", `settings cannot be read from ${file}: ${reason}`, { cause });
  }
  if (!isPlain(read)) throw new ConfigurationError("INVALID_SETTINGS", `${file} holds no JSON object: see the guide's "Configuration"`);
  // Editors find the schema of a file by this.
  const { $schema: _, ...settings } = read;
  given.put("", settings, { kind: "file", name: file });
}

/** Of variables of other names, `strange-variables.ts` knows. */
export function readEnvironment(given: GivenSettings, environment: Environment): void {
  for (const { name, kind, environment: variable } of SETTINGS) {
    const text = environment[variable];
    // Orchestrators set what they have no value for to nothing.
    if (text !== undefined && text !== "") given.put(name, valueOf(kind, text), { kind: "environment", name: variable });
  }
}

/** `flags`: by the names that commander gives them, such as `topicPrefix` for `--topic-prefix`. `taken`: the settings that the command takes. */
export function readFlags(given: GivenSettings, flags: Readonly<Record<string, unknown>>, taken: readonly string[]): void {
  for (const { name, kind, flag } of SETTINGS) {
    if (flag === null || !taken.includes(name)) continue;
    const [long = ""] = flag.split(" ");
    const isNegation = long.startsWith("--no-");
    const value = flags[keyOf(isNegation ? `--${long.slice("--no-".length)}` : long)];
    // commander has a flag that negates be true where it is not given.
    if (value === undefined || (isNegation && value === true)) continue;
    const origin: Origin = { kind: "flag", name: long };
    given.put(name, typeof value === "string" ? valueOf(kind, value) : value, origin);
  }
}

function keyOf(long: string): string {
  return long.slice("--".length).replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** What does not fit stays as it is: the schema says what is wrong with it. */
function valueOf(kind: SettingKind, text: string): unknown {
  switch (kind) {
    case "text":
      return text;
    case "number":
      return text.trim() === "" || Number.isNaN(Number(text)) ? text : Number(text);
    case "boolean":
      return text === "true" ? true : text === "false" ? false : text;
    case "list":
      return text
        .split(",")
        .map((part) => part.trim())
        .filter((part) => part !== "");
    case "json":
      try {
        return JSON.parse(text) as unknown;
      } catch {
        return text;
      }
  }
}
