// The command `millrace`: finds what is called, and turns what goes wrong into a line and an exit code.
import { Command, CommanderError } from "commander";
import { nearName } from "../engine/core/known-options.ts";
import { COMMANDS } from "./command-list.ts";
import { EXIT, exitCodeFor, Interrupted } from "./exit-codes.ts";
import { packageVersion } from "./package-file.ts";
import { say } from "./say.ts";
import { hearUnread } from "./unread-output.ts";

/** What shells call to complete a line: see `completion.ts`. */
const COMPLETE = "__complete";

/** Names and carries out the command of `argv`, as `process.argv` has it. */
export async function main(argv: readonly string[]): Promise<void> {
  hearUnread();
  const words = calledBy(argv.slice(2));
  if (words[0] === COMPLETE) {
    const { candidates } = await import("./completion/candidates.ts");
    for (const one of await candidates(words.slice(1))) process.stdout.write(`${one}\n`);
    return;
  }
  const millrace = await program(words[0]);
  try {
    await millrace.parseAsync(words, { from: "user" });
  } catch (error) {
    // What a module left open must not keep a process alive that has failed.
    process.exit(exitCodeOf(error, calledOf(millrace, words)));
  }
}

/** `millrace help runs list` is `millrace runs list --help`. */
function calledBy(words: readonly string[]): readonly string[] {
  const [first, ...rest] = words;
  const asked = first === "help" ? [...rest, "--help"] : words;
  const [name] = asked;
  // Of a command that there is not, the help of all would be no answer.
  if (name === undefined || name.startsWith("-") || name === COMPLETE || Object.hasOwn(COMMANDS, name)) return asked;
  return [name];
}

/** With all commands, or the one that is called alone. */
export async function program(called: string | undefined): Promise<Command> {
  const millrace = new Command("millrace")
    .description("Durable workflows whose only database is your Kafka")
    .version(packageVersion())
    .helpCommand(false)
    .exitOverride()
    // What is wrong with a call is told below, with its code.
    .configureOutput({ outputError: () => {} });
  const names = called !== undefined && Object.hasOwn(COMMANDS, called) ? [called] : Object.keys(COMMANDS);
  const examples: string[] = [];
  for (const name of names) {
    const listed = COMMANDS[name];
    if (listed === undefined) continue;
    const define = await listed.load();
    const command = define(millrace.command(name)).helpCommand(false).helpGroup(listed.group);
    if (listed.examples.length > 0) command.addHelpText("after", `\nExamples:\n${listed.examples.map((one) => `  ${one}`).join("\n")}`);
    examples.push(...listed.examples.slice(0, 1));
  }
  const first = examples.filter((line) => /^millrace (dev|send|runs|dead-letter|replay|doctor)/.test(line)).map((line) => `  ${line}`);
  millrace.addHelpText("after", `\nExamples:\n${first.join("\n")}\n\n\`millrace help <command>\` tells more of each.`);
  return millrace;
}

interface Called {
  /** `millrace runs list`. */
  readonly path: string;
  readonly command: Command;
  readonly words: readonly string[];
}

/** As deep as it is known. */
function calledOf(millrace: Command, words: readonly string[]): Called {
  let command = millrace;
  const path = ["millrace"];
  for (const word of words) {
    const inner: Command | undefined = command.commands.find((one) => one.name() === word);
    if (inner === undefined) break;
    command = inner;
    path.push(word);
  }
  return { path: path.join(" "), command, words };
}

/** Also tells people. */
function exitCodeOf(error: unknown, called: Called): number {
  if (error instanceof CommanderError) return wrongCall(error, called);
  if (error instanceof Interrupted) {
    say(error.message);
    return EXIT.interrupted;
  }
  if (isCoded(error)) {
    say(`${error.code}: ${error.message}`);
    return exitCodeFor(error);
  }
  say(error instanceof Error ? (error.stack ?? error.message) : String(error));
  return EXIT.failed;
}

const WRONG_CALL = "CLI_WRONG_CALL";

function wrongCall({ exitCode, code, message }: CommanderError, called: Called): number {
  if (exitCode === 0) return EXIT.ok;
  // Without a word on what to do, the help was printed.
  if (code === "commander.help") return EXIT.wrongCall;
  const said = message.replace(/^error: /, "").replaceAll(/\n\((.+)\)/g, ". $1");
  const misspelt = code === "commander.missingMandatoryOptionValue" ? misspeltIn(called) : "";
  const end = /[.?]$/.test(said) && misspelt === "" ? "" : ".";
  say(`${WRONG_CALL}: ${said}${end}${misspelt} \`${called.path} --help\` says what there is`);
  return EXIT.wrongCall;
}

/** One that is needed is often there, misspelt. */
function misspeltIn({ command, words }: Called): string {
  const known = command.options.flatMap(({ long }) => (typeof long === "string" ? [long] : []));
  for (const word of words) {
    const [flag = ""] = word.split("=");
    if (!flag.startsWith("--") || known.includes(flag)) continue;
    const near = nearName(flag, known);
    if (near !== null) return ` There is no ${flag}: did you mean ${near}?`;
  }
  return "";
}

/** A MillraceError, also one of another copy of the package: the app's module may have its own. */
function isCoded(error: unknown): error is Error & { readonly code: string } {
  return error instanceof Error && "family" in error && "code" in error && typeof error.code === "string";
}
