// JSON as people give it to a command: as it is, in a file, or on standard input.
import { readFile } from "node:fs/promises";
import { text as textOf } from "node:stream/consumers";
import { CliError } from "./cli-error.ts";

/** `text`: JSON, `@file`, or `-` for standard input. @throws CliError `CLI_BAD_JSON`, `CLI_BAD_FILE` */
export async function givenJson(flag: string, text: string): Promise<unknown> {
  const { from, content } = await contentOf(flag, text);
  try {
    return JSON.parse(content) as unknown;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const advice = from === null ? `. Text is JSON in quotes: ${flag} '"text"'; a file is ${flag} @file` : "";
    throw new CliError("CLI_BAD_JSON", `${flag}: ${from ?? "it"} is not JSON: ${reason}${advice}`, { cause });
  }
}

async function contentOf(flag: string, text: string): Promise<{ readonly from: string | null; readonly content: string }> {
  if (text !== "-" && !text.startsWith("@")) return { from: null, content: text };
  const from = text === "-" ? "standard input" : text.slice(1);
  try {
    // What comes through a pipe may take its time.
    return { from, content: text === "-" ? await textOf(process.stdin) : await readFile(from, "utf8") };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CliError("CLI_BAD_FILE", `${flag}: ${from} cannot be read: ${reason}`, { cause });
  }
}
