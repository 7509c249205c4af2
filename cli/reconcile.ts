// millrace reconcile: events that no run of a function followed, as the log has it; and what is missing is started, where that is asked for.
import type { Command } from "commander";
import type { Log } from "../engine/log/log.ts";
import { deployedTriggers, reconcile, type Lacking } from "../engine/replay/reconcile/reconcile.ts";
import { startMissed } from "../engine/replay/reconcile/start-missed.ts";
import { durationMs } from "../engine/core/duration.ts";
import { plainText } from "../engine/core/plain-text.ts";
import { functionsInForce } from "../engine/worker/functions-in-force.ts";
import type { FunctionSpec } from "../engine/workflow/trigger/manifest.ts";
import { originOf } from "../engine/workflow/event/origin.ts";
import { loadWholeApp, type LoadedApp } from "./app-module.ts";
import { audited } from "./audited.ts";
import { CliError } from "./cli-error.ts";
import { commandAgain } from "./client/command-again.ts";
import { interruptible } from "./interrupt.ts";
import { pastTime } from "./past-time.ts";
import { progressOf } from "./progress.ts";
import { say } from "./say.ts";

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
  let told = 0;
  const goOn = (): string => `stopped: ${told} were started, and what is started twice counts once. To go on: ${commandAgain()}`;
  try {
    await interruptible(goOn, (signal) => reconciled(parts, spec, { flags, signal, onTold: (count) => (told = count) }));
  } finally {
    await app.stop();
  }
}

interface Order {
  readonly flags: ReconcileFlags;
  readonly signal: AbortSignal;
  /** So many of what is missing are started. */
  readonly onTold: (count: number) => void;
}

async function reconciled(parts: LoadedApp["parts"], spec: FunctionSpec, { flags, signal, onTold }: Order): Promise<void> {
  const until = Date.now() - durationMs(flags.within);
  const since = pastTime("--since", flags.since) ?? 0;
  const { topics, options } = parts;
  const isAlone = options.log.kind === "embedded";
  // By the app's own connection, which its reader of events needs as well.
  const { log, partitions } = await parts.connect();
  const sources = await parts.sourcesOf(log, partitions);
  const reading = { reader: parts.reader, maxEventBytes: options.maxEventBytes };
  const progress = progressOf("reconcile");
  const onProgress = (done: number, total: number): void => progress.at(done, total, `journal ${done} of ${total}`);
  const what = { log, topics, partitions, spec, sources, reading, sealing: parts.sealing, since, until, signal, onProgress };
  const found = await reconcile(what).finally(() => progress.end());
  const missing = found.lacking.flatMap(({ lack, event }) => (lack === "missing" ? [event] : []));
  for (const lacking of found.lacking) process.stdout.write(`${flags.json === true ? JSON.stringify(lineOf(lacking)) : textOf(lacking)}\n`);
  if (flags.start === true && missing.length > 0) {
    const deed = { operation: "reconcile.start", target: spec.id, parameters: { count: missing.length, since, until } };
    const tell = (count: number): void => {
      onTold(count);
      progress.at(count, missing.length, `started ${count} of ${missing.length}`);
    };
    const at = { log, topics, partitions, reading, signal, onTold: tell };
    await audited({ log, topics, createTopics: options.createTopics }, deed, () => startMissed(at, spec.id, missing)).finally(() =>
      progress.end(),
    );
    if (isAlone) process.stderr.write("they start when the app runs: nobody decides in an embedded log meanwhile\n");
  }
  const { events, started, leftOut, notCounted, lacking } = found;
  process.stderr.write(
    `${events} events: ${started} with a run, ${leftOut} left out by gates, cancellations or as dead letters, ` +
      `${notCounted} that did not count, ${lacking.length} lacking, of which ${missing.length} are missing${flags.start === true ? " and are started" : ""}\n`,
  );
  const differs = await decidesOtherwise({ log, topics }, spec);
  if (differs) {
    say(
      `${spec.id} is deployed with other triggers than this module has: events by triggers that are not in force are right to have started nothing, and are not listed. Deploy the module, or name the one that is deployed`,
    );
  }
  for (const { partition, offset } of found.blind) {
    say(`partition ${partition}: its journal begins at offset ${offset}, so nothing is said of what it read before`);
  }
  if (differs || lacking.length > (flags.start === true ? missing.length : 0) || found.blind.length > 0) process.exitCode = 1;
}

/** Whether the app's partitions go by other triggers of events. One that was never deployed is told of by what it lacks. */
async function decidesOtherwise(at: Pick<LoadedApp["parts"], "topics"> & { readonly log: Log }, spec: FunctionSpec): Promise<boolean> {
  const inForce = (await functionsInForce(at))?.get(spec.id);
  return inForce !== undefined && deployedTriggers(inForce) !== deployedTriggers(spec);
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
  return plainText(`${lack.padEnd(8)} ${time}  ${at}  ${name}  ${id}`);
}
