// The command `millrace`: names its commands, and turns what they throw into a line and an exit code.
import { Command, CommanderError } from "commander";
import { EXIT, exitCodeFor, Interrupted } from "./exit-codes.ts";
import { packageVersion } from "./package-file.ts";

/** Names and carries out the command of `argv`, as `process.argv` has it. */
export async function main(argv: readonly string[]): Promise<void> {
  // `millrace journal … | head` is no failure.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit();
    throw error;
  });
  try {
    await (await program(argv[2])).parseAsync(argv);
  } catch (error) {
    // What a module left open must not keep a process alive that has failed.
    process.exit(exitCodeOf(error));
  }
}

/** With all commands, or the one that is called alone. */
async function program(called: string | undefined): Promise<Command> {
  const millrace = new Command("millrace")
    .description("Durable workflows whose only database is your Kafka")
    .version(packageVersion())
    .exitOverride();
  const names = called !== undefined && Object.hasOwn(COMMANDS, called) ? [called] : Object.keys(COMMANDS);
  for (const name of names) {
    const define = await COMMANDS[name]?.();
    define?.(millrace.command(name));
  }
  return millrace;
}

type Define = (command: Command) => Command;

/** A command is loaded when it is called: none waits for what another one needs. */
const COMMANDS: Readonly<Record<string, () => Promise<Define>>> = {
  dev: async () => (await import("./dev.ts")).devCommand,
  config: async () => (await import("./config.ts")).configCommand,
  start: async () => (await import("./start.ts")).startCommand,
  worker: async () => (await import("./worker.ts")).workerCommand,
  token: async () => (await import("./token.ts")).tokenCommand,
  new: async () => (await import("./new-consumer.ts")).newCommand,
  verify: async () => (await import("./verify.ts")).verifyCommand,
  state: async () => (await import("./state.ts")).stateCommand,
  journal: async () => (await import("./journal.ts")).journalCommand,
  history: async () => (await import("./history.ts")).historyCommand,
  send: async () => (await import("./send.ts")).sendCommand,
  runs: async () => (await import("./runs.ts")).runsCommand,
  events: async () => (await import("./events.ts")).eventsCommand,
  functions: async () => (await import("./functions.ts")).functionsCommand,
  "dead-letter": async () => (await import("./dead-letter.ts")).deadLetterCommand,
  operations: async () => (await import("./operations.ts")).operationsCommand,
  replay: async () => (await import("./replay.ts")).replayCommand,
  backfill: async () => (await import("./backfill.ts")).backfillCliCommand,
  reconcile: async () => (await import("./reconcile.ts")).reconcileCommand,
  topics: async () => (await import("./topics.ts")).topicsCommand,
  schemas: async () => (await import("./schemas.ts")).schemasCommand,
  cancel: async () => (await import("./run-commands.ts")).cancelRunCommand,
  release: async () => (await import("./run-commands.ts")).releaseRunCommand,
  pause: async () => (await import("./function-commands.ts")).pauseFunctionCommand,
  resume: async () => (await import("./function-commands.ts")).resumeFunctionCommand,
  override: async () => (await import("./function-commands.ts")).overrideFunctionCommand,
  outbox: async () => (await import("./outbox.ts")).outboxCommand,
  consumers: async () => (await import("./consumers.ts")).consumersCommand,
  erase: async () => (await import("./erase.ts")).eraseCommand,
  doctor: async () => (await import("./doctor.ts")).doctorCommand,
  upgrade: async () => (await import("./upgrade.ts")).upgradeCommand,
};

/** Also tells people, but for what commander told them already. */
function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.wrongCall;
  if (error instanceof Interrupted) {
    process.stderr.write(`${error.message}\n`);
    return EXIT.interrupted;
  }
  if (isCoded(error)) {
    process.stderr.write(`${error.code}: ${error.message}\n`);
    return exitCodeFor(error);
  }
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return EXIT.failed;
}

/** A MillraceError, also one of another copy of the package: the app's module may have its own. */
function isCoded(error: unknown): error is Error & { readonly code: string } {
  return error instanceof Error && "family" in error && "code" in error && typeof error.code === "string";
}
