// Whom a command goes to that can go to both: a server, unless a flag says which log.
import type { Command } from "commander";
import { withLogFlags, type LogFlags } from "../app-log.ts";
import { CliError } from "../cli-error.ts";
import { withServerFlags, type ServerFlags } from "./server-flags.ts";

export type EitherFlags = LogFlags & ServerFlags;

export function asksEither(command: Command): Command {
  return withServerFlags(withLogFlags(command, "go to the log of this app, and to no server")).option("--json", "as JSON");
}

/** Those of the log, or null: it asks a server. @throws CliError `CLI_BAD_CHOICE` */
export function logFlagsOf<Flags extends EitherFlags>(flags: Flags): (Flags & LogFlags) | null {
  const { app } = flags;
  const named = LOG_FLAGS.filter((name) => flags[name] !== undefined);
  if (app === undefined) {
    if (named.length === 0) return null;
    throw new CliError(
      "CLI_BAD_CHOICE",
      `--${dashed(named[0] ?? "")} says which log to go to: say which app with --app, or leave it out to ask a server`,
    );
  }
  if (flags.server !== undefined || flags.token !== undefined) {
    throw new CliError("CLI_BAD_CHOICE", "--app goes to the log itself, --server and --token to a server: choose one");
  }
  return { ...flags, app };
}

const LOG_FLAGS = ["log", "brokers", "kafkaConfig", "path", "topicPrefix", "codec"] as const;

function dashed(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
