// The command `millrace`: names its commands, and turns what they throw into a line and an exit code.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Command, CommanderError } from "commander";
import { backfillCliCommand } from "./backfill.ts";
import { overrideFunctionCommand, pauseFunctionCommand, resumeFunctionCommand } from "./function-commands.ts";
import { historyCommand } from "./history.ts";
import { journalCommand } from "./journal.ts";
import { cancelRunCommand, releaseRunCommand } from "./run-commands.ts";
import { replayCommand } from "./replay.ts";
import { newCommand } from "./new-consumer.ts";
import { runsCommand } from "./runs.ts";
import { schemasCommand } from "./schemas.ts";
import { startCommand } from "./start.ts";
import { consumersCommand } from "./consumers.ts";
import { outboxCommand } from "./outbox.ts";
import { stateCommand } from "./state.ts";
import { topicsCommand } from "./topics.ts";
import { upgradeCommand } from "./upgrade.ts";
import { verifyCommand } from "./verify.ts";

const FAILED = 1;
const WRONG_CALL = 2;

/** Names and carries out the command of `argv`, as `process.argv` has it. */
export async function main(argv: readonly string[]): Promise<void> {
  // `millrace journal … | head` is no failure.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit();
    throw error;
  });
  try {
    await program().parseAsync(argv);
  } catch (error) {
    // What a module left open must not keep a process alive that has failed.
    process.exit(exitCodeOf(error));
  }
}

function program(): Command {
  const millrace = new Command("millrace")
    .description("Durable workflows whose only database is your Kafka")
    .version(version())
    .exitOverride();
  for (const [name, define] of Object.entries(COMMANDS)) define(millrace.command(name));
  return millrace;
}

const COMMANDS: Readonly<Record<string, (command: Command) => Command>> = {
  start: startCommand,
  new: newCommand,
  verify: verifyCommand,
  state: stateCommand,
  journal: journalCommand,
  history: historyCommand,
  runs: runsCommand,
  replay: replayCommand,
  backfill: backfillCliCommand,
  topics: topicsCommand,
  schemas: schemasCommand,
  cancel: cancelRunCommand,
  release: releaseRunCommand,
  pause: pauseFunctionCommand,
  resume: resumeFunctionCommand,
  override: overrideFunctionCommand,
  outbox: outboxCommand,
  consumers: consumersCommand,
  upgrade: upgradeCommand,
};

/** Also tells people, but for what commander told them already. */
function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : WRONG_CALL;
  if (isCoded(error)) process.stderr.write(`${error.code}: ${error.message}\n`);
  else process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return FAILED;
}

/** A MillraceError, also one of another copy of the package: the app's module may have its own. */
function isCoded(error: unknown): error is Error & { readonly code: string } {
  return error instanceof Error && "family" in error && "code" in error && typeof error.code === "string";
}

function version(): string {
  const file = fileURLToPath(import.meta.resolve("millrace/package.json"));
  return (JSON.parse(readFileSync(file, "utf8")) as { readonly version: string }).version;
}
