// What may come next on a line that somebody types: commands, flags, values of flags, and ids that the server knows.
import type { Command, Option } from "commander";
import { RUN_STATUSES } from "../../consumers/run-history/list-runs.ts";
import { DEAD_LETTER_KINDS, DeadLetterState } from "../../server/contract/dead-letters.ts";
import type { FunctionList } from "../../server/contract/functions.ts";
import { plainText } from "../../engine/core/plain-text.ts";
import { clientOf } from "../client/server-flags.ts";
import { COMMANDS } from "../command-list.ts";
import { program } from "../program.ts";

/** Who types does not wait longer for ids. */
const PATIENCE_MS = 700;

/** `words`: behind `millrace`, the last of them being typed. In their order; none: the shell may know of files. */
export async function candidates(words: readonly string[]): Promise<readonly string[]> {
  const now = words.at(-1) ?? "";
  const found = await next(words[0] === "help" ? words.slice(1) : words, now);
  // Names of others are put on a command line, and on a terminal.
  return found.filter((one) => one.startsWith(now) && plainText(one) === one);
}

async function next(words: readonly string[], now: string): Promise<readonly string[]> {
  const [first] = words;
  if (words.length <= 1 || first === undefined) return [...Object.keys(COMMANDS), "help", "--help", "--version"];
  if (!Object.hasOwn(COMMANDS, first)) return [];
  let command: Command = await program(first);
  let positionals = 0;
  let open: Option | null = null;
  for (const word of words.slice(0, -1)) {
    if (open !== null) {
      open = null;
    } else if (word.startsWith("-")) {
      const option = optionOf(command, word);
      open = option?.required === true && !word.includes("=") ? option : null;
    } else {
      const inner: Command | undefined = command.commands.find((one) => one.name() === word);
      if (inner === undefined) positionals += 1;
      else command = inner;
    }
  }
  if (open !== null) return valuesOf(open.long ?? "", words);
  if (now.startsWith("-")) return [...command.options.flatMap(({ long }) => (long === undefined || long === null ? [] : [long])), "--help"];
  if (command.commands.length > 0) return command.commands.map((one) => one.name());
  const argument = command.registeredArguments[positionals];
  return argument === undefined ? [] : valuesOf(argument.name(), words);
}

function optionOf(command: Command, word: string): Option | undefined {
  const [flag] = word.split("=");
  return command.options.find(({ long, short }) => long === flag || short === flag);
}

/** `name`: of a flag or of an argument. */
async function valuesOf(name: string, words: readonly string[]): Promise<readonly string[]> {
  const known = WORDS[name];
  if (known !== undefined) return known;
  switch (name) {
    case "--function":
    case "function":
      return ask<FunctionList>(words, "/functions").then((answer) => idsIn(answer?.items));
    case "--consumer":
    case "consumer":
      return ask<Items>(words, "/consumers").then((answer) => idsIn(answer?.items));
    case "run":
      return ask<Items>(words, "/runs").then((answer) => idsIn(answer?.items));
    case "--event":
    case "--name":
    case "name":
      return ask<{ readonly items: readonly { readonly name: string }[] }>(words, "/event-types").then((answer) =>
        (answer?.items ?? []).map((one) => one.name),
      );
    default:
      return [];
  }
}

const WORDS: Readonly<Record<string, readonly string[]>> = {
  "--status": RUN_STATUSES,
  "--state": DeadLetterState.options,
  "--kind": DEAD_LETTER_KINDS,
  "--log": ["kafka", "embedded"],
  "--events": ["keep", "skip"],
  "--emit": ["changed", "all", "none"],
  "--while-running": ["refuse", "skip", "cancel"],
  "--cancelled": ["skip", "repeat"],
  "--compare": ["refuse", "report"],
  shell: ["bash", "zsh", "fish"],
  action: ["list", "pause", "resume", "cancel"],
};

interface Items {
  readonly items: readonly { readonly id: string }[];
}

function idsIn(items: Items["items"] | undefined): readonly string[] {
  return [...new Set((items ?? []).map(({ id }) => id))];
}

/** Null: nobody answers in time, or says no. */
async function ask<Answer>(words: readonly string[], at: string): Promise<Answer | null> {
  try {
    const flags = Object.fromEntries(["server", "token", "config"].flatMap((name) => given(words, name)));
    return await clientOf(flags, toNobody).get<Answer>(at, {}, AbortSignal.timeout(PATIENCE_MS));
  } catch {
    return null;
  }
}

/** A line that is being completed is no place to tell anything. */
const toNobody = (): void => {};

function given(words: readonly string[], name: string): readonly (readonly [string, string])[] {
  const at = words.indexOf(`--${name}`);
  const value = at === -1 ? undefined : words[at + 1];
  return value === undefined ? [] : [[name, value]];
}
