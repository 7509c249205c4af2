// millrace dev: an app under development, with its API and dashboard, begun anew whenever its code changes.
import type { Command } from "commander";
import { wholeNumber } from "./app-log.ts";
import { watchAndRun } from "./dev/watch-and-run.ts";
import { moduleFile } from "./module-file.ts";

interface DevFlags {
  readonly host: string;
  readonly port: string;
  readonly history?: string;
}

export function devCommand(command: Command): Command {
  return command
    .description("run an app with its API and dashboard, without a login, and begin it anew when its code changes")
    .argument("[module]", 'path of the module (default: "millrace" of package.json, else app.ts, src/app.ts, index.ts)')
    .option("--host <address>", "of this machine alone", "127.0.0.1")
    .option("--port <number>", "of API and dashboard", "8288")
    .option("--history <file>", "of SQLite, with the history of runs (default: beside the log)")
    .action((module: string | undefined, flags: DevFlags) =>
      watchAndRun({
        module: moduleFile(module),
        at: { host: flags.host, port: wholeNumber("--port", flags.port) },
        settings: { history: flags.history ?? null },
        say: (line) => void process.stderr.write(`${line}\n`),
      }),
    );
}
