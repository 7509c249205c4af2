// millrace reconcile: events that no run of a function followed, as the log has it; and what is missing is started, where that is asked for.
import type { Command } from "commander";
import { reconcile, type Lacking } from "../engine/replay/reconcile/reconcile.ts";
import { startMissed } from "../engine/replay/reconcile/start-missed.ts";
import { durationMs } from "../engine/core/duration.ts";
import { openerOf } from "../engine/task/sealed-data.ts";
import { originOf } from "../engine/workflow/event/origin.ts";
import { loadWholeApp } from "./app-module.ts";
import { CliError } from "./cli-error.ts";
import { pastTime } from "./past-time.ts";
import { progressOf } from "./progress.ts";

interface ReconcileFlags {
  readonly function: string;
  readonly since: string;
  readonly within: string;
  readonly start?: true;
  readonly json?: true;
}

export function reconcileCommand(command: Command): Command {
  return command
    .description(
      "list events that no run of a function followed within a time, as the log has it. Exits with 1 where there are some, and nothing is started",
    )
    .argument("<module>", "path of the app's module, .js or .ts")
    .requiredOption("--function <id>", "the function that should have run")
    .option("--since <time>", "events from then on: an ISO 8601 time, or how long ago, e.g. 2h", "24h")
    .option("--within <duration>", "younger events have time yet", "1 minute")
    .option("--start", "start what is missing; what waits, or is not read yet, is left alone")
    .option("--json", "a line of JSON an event")
    .action((module: string, flags: ReconcileFlags) => run(module, flags));
}

async function run(module: string, flags: ReconcileFlags): Promise<void> {
  const app = await loadWholeApp(module);
  const { parts } = app;
  const spec = parts.specs.get(flags.function);
  if (spec === undefined) {
    throw new CliError(
      "CLI_NO_FUNCTION",
      `app "${parts.options.id}" has no function "${flags.function}": it has ${[...parts.specs.keys()].join(", ") || "none"}`,
    );
  }
  const until = Date.now() - durationMs(flags.within);
  const since = pastTime("--since", flags.since) ?? 0;
  const { topics } = parts;
  const isAlone = parts.options.log.kind === "embedded";
  // By the app's own connection, which its reader of events needs as well.
  const { log, partitions } = await parts.connect();
  try {
    const sources = await parts.sourcesOf(log, partitions);
    const reading = { reader: parts.reader, maxEventBytes: parts.options.maxEventBytes };
    const progress = progressOf("reconcile");
    const onProgress = (done: number, total: number): void => progress.at(done, total, `journal ${done} of ${total}`);
    const open = openerOf(parts.sealing);
    const found = await reconcile({ log, topics, partitions, spec, sources, reading, open, since, until, onProgress }).finally(() =>
      progress.end(),
    );
    const missing = found.lacking.filter(({ lack }) => lack === "missing");
    for (const lacking of found.lacking)
      process.stdout.write(`${flags.json === true ? JSON.stringify(lineOf(lacking)) : textOf(lacking)}\n`);
    if (flags.start === true) {
      const onTold = (count: number): void => progress.at(count, missing.length, `started ${count} of ${missing.length}`);
      await startMissed(
        { log, topics, partitions, reading, onTold },
        spec.id,
        missing.map(({ event }) => event),
      );
      progress.end();
      if (isAlone && missing.length > 0)
        process.stderr.write("they start when the app runs: nobody decides in an embedded log meanwhile\n");
    }
    const { events, started, leftOut, notCounted, lacking } = found;
    process.stderr.write(
      `${events} events: ${started} with a run, ${leftOut} left out by gates, cancellations or as dead letters, ` +
        `${notCounted} that did not count, ${lacking.length} lacking, of which ${missing.length} are missing${flags.start === true ? " and are started" : ""}\n`,
    );
    for (const { partition, offset } of found.blind) {
      process.stderr.write(`partition ${partition}: its journal begins at offset ${offset}, so nothing is said of what it read before\n`);
    }
    if (lacking.length > (flags.start === true ? missing.length : 0) || found.blind.length > 0) process.exitCode = 1;
  } finally {
    await app.stop();
  }
}

interface Line {
  readonly lack: Lacking["lack"];
  readonly id: string;
  readonly name: string;
  readonly at: string;
  readonly time: string;
}

function lineOf({ lack, event }: Lacking): Line {
  return { lack, id: event.id, name: event.name, at: originOf(event), time: new Date(event.appendedAt).toISOString() };
}

function textOf(lacking: Lacking): string {
  const { lack, id, name, at, time } = lineOf(lacking);
  return `${lack.padEnd(8)} ${time}  ${at}  ${name}  ${id}`;
}
