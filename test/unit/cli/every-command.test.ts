// Every command and every flag: a wrong one is told with a code and what may have been meant, and the guide has them all.
import type { Command } from "commander";
import { CommanderError } from "commander";
import { beforeAll, describe, expect, test } from "vitest";
import { COMMANDS } from "../../../cli/command-list.ts";
import { program } from "../../../cli/program.ts";
import { readPages } from "../docs/pages.ts";

interface Walked {
  readonly path: string;
  readonly command: Command;
}

let all: readonly Walked[] = [];

beforeAll(async () => {
  all = walk(await program(undefined), "millrace").slice(1);
  // All that any command needs is loaded here.
}, 120_000);

function walk(command: Command, path: string): Walked[] {
  return [{ path, command }, ...command.commands.flatMap((inner) => walk(inner, `${path} ${inner.name()}`))];
}

/** Those that do something. */
function leaves(): readonly Walked[] {
  return all.filter(({ command }) => command.commands.length === 0);
}

/** Flags without which nothing else is looked at. */
function needed(command: Command): readonly string[] {
  return command.options.flatMap(({ mandatory, long }) => (mandatory && typeof long === "string" ? [long, "x"] : []));
}

describe("every command", () => {
  test("refuses a flag that there is not, and names the one that is close", async () => {
    let near = 0;
    for (const { path, command } of leaves()) {
      const words = [...path.split(" ").slice(1), ...needed(command)];
      expect(await refusal([...words, "--no-such-flag-at-all"]), path).toMatchObject({ code: "commander.unknownOption" });
      const flag = command.options.find(({ long }) => (long?.length ?? 0) > 5)?.long;
      if (typeof flag !== "string") continue;
      near += 1;
      expect((await refusal([...words, `${flag}x`])).message, `${path} ${flag}x`).toContain("Did you mean");
    }
    expect(near).toBeGreaterThan(40);
  });

  test("says of each flag with a value that it lacks one", async () => {
    let flags = 0;
    for (const { path, command } of leaves()) {
      for (const { long, required } of command.options) {
        if (!required || long === undefined || long === null) continue;
        flags += 1;
        expect(await refusal([...path.split(" ").slice(1), long]), `${path} ${long}`).toMatchObject({
          code: "commander.optionMissingArgument",
        });
      }
    }
    expect(flags).toBeGreaterThan(200);
  });

  test("says what it does, and of each flag what it means", () => {
    for (const { path, command } of all) {
      expect(command.description(), path).not.toBe("");
      for (const option of command.options) expect(option.description, `${path} ${option.flags}`).not.toBe("");
    }
  });

  test("can be told from a misspelt one", async () => {
    for (const name of Object.keys(COMMANDS).filter((one) => one.length > 3)) {
      expect((await refusal([`${name}q`])).message).toContain(`Did you mean`);
    }
  });
});

describe("the guide", () => {
  test("has a row for each command, with its arguments and its flags, and no other", () => {
    const [page] = readPages("docs/guide/command-line.md");
    const [, reference = ""] = (page?.text ?? "").split("## Every command and its flags");
    const rows = [...reference.matchAll(/^\| `(millrace [^`]*)` *\| (.*?) *\|$/gm)].map(([, call, flags]) =>
      `${call} | ${flags}`.trimEnd(),
    );
    expect(rows.toSorted()).toEqual(
      leaves()
        .map((one) => rowOf(one))
        .toSorted(),
    );
    for (const [name, flags] of Object.entries(SETS)) expect(reference).toContain(`- _${name}_: ${listed(flags)}`);
  });
});

/** Flags that come together. */
const SETS: Readonly<Record<string, readonly string[]>> = {
  log: [
    "--app <id>",
    "--log <kind>",
    "--brokers <addresses>",
    "--kafka-config <file>",
    "--path <directory>",
    "--topic-prefix <prefix>",
    "--config <file>",
    "--codec <module>",
  ],
  place: ["--log <kind>", "--brokers <addresses>", "--path <directory>", "--topic-prefix <prefix>", "--partitions <number>"],
  server: ["--server <url>", "--token <token>"],
  runs: ["--function <id>", "--status <statuses>", "--event <name>", "--search <text>", "--since <time>", "--until <time>"],
};

/** As the guide has it: what is called, and its flags. */
function rowOf({ path, command }: Walked): string {
  const args = command.registeredArguments.map((one) => (one.required ? ` <${one.name()}>` : ` [${one.name()}]`)).join("");
  let flags = command.options.map((option) => option.flags);
  const sets: string[] = [];
  for (const [name, set] of Object.entries(SETS)) {
    if (!set.every((flag) => flags.includes(flag))) continue;
    sets.push(`_${name}_`);
    flags = flags.filter((flag) => !set.includes(flag));
  }
  return `${path}${args} | ${[...sets, ...(flags.length === 0 ? [] : [listed(flags)])].join(", ")}`.trimEnd();
}

function listed(flags: readonly string[]): string {
  return flags.map((text) => `\`${text.replaceAll("|", "\\|")}\``).join(", ");
}

/** Nothing is carried out: what is wrong is found before. */
async function refusal(words: readonly string[]): Promise<CommanderError> {
  const millrace = await program(words[0]);
  try {
    await millrace.parseAsync(words, { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) return error;
    throw error;
  }
  throw new Error(`millrace ${words.join(" ")} was carried out`);
}
