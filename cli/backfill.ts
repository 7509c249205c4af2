// millrace backfill: gives a function events of the past, and says how far that is.
import type { Command } from "commander";
import { setTimeout as sleep } from "node:timers/promises";
import { backfillCommand, controlCommand, tellAll, type BackfillOptions } from "../engine/task/backfill/command.ts";
import type { BackfillProgress } from "../engine/task/backfill/progress.ts";
import { BackfillWatch } from "../engine/task/backfill/watch.ts";
import { functionsInForce } from "../engine/worker/functions-in-force.ts";
import { plainText } from "../engine/core/plain-text.ts";
import { withAppLog, withLogFlags, type AppLog, type LogFlags } from "./app-log.ts";
import { audited } from "./audited.ts";
import { CliError } from "./cli-error.ts";
import { pastTime } from "./past-time.ts";
import { perSecond } from "./per-second.ts";
import { progressOf } from "./progress.ts";
import { say } from "./say.ts";

interface BackfillFlags extends LogFlags {
  readonly function?: string;
  readonly from?: string;
  readonly until?: string;
  readonly rate?: string;
  readonly id?: string;
  readonly wait?: true;
  readonly json?: true;
}

const LOOK_MS = 500;
const ACTIONS = ["list", "pause", "resume", "cancel"] as const;
type Action = (typeof ACTIONS)[number];

export function backfillCliCommand(command: Command): Command {
  return withLogFlags(command)
    .description("give a function the events from before it was deployed; live ones go first")
    .argument("[action]", "list, pause, resume or cancel; none: start one")
    .argument("[id]", "of the backfill: for pause, resume, cancel; with list, that one alone")
    .option("--function <id>", "the function that gets them")
    .option("--from <time>", 'beginning, an ISO 8601 time, or how long ago as in "30 days"')
    .option("--until <time>", "events from then on do not count (default: up to where the function gets events anyway)")
    .option("--rate <number/s>", "events a second in all partitions, e.g. 100/s; each partition has an equal part")
    .option("--id <id>", "its name (default: a new one)")
    .option("--wait", "show how far it is, and exit when it is over: 0 if all is done")
    .option("--json", "list: a line of JSON each")
    .action((action: string | undefined, id: string | undefined, flags: BackfillFlags) => {
      checkFlags(action, flags);
      return withAppLog(flags, (app) => run(app, flags, action, id));
    });
}

/** What would mean nothing there. @throws CliError `CLI_BACKFILL_HOW` */
function checkFlags(action: string | undefined, flags: BackfillFlags): void {
  if (action === undefined) return;
  const ofOne = (["function", "from", "until", "rate", "id"] as const).filter((name) => flags[name] !== undefined);
  const others = action === "list" || flags.wait === undefined ? ofOne : [...ofOne, "wait"];
  if (others.length === 0) return;
  throw new CliError(
    "CLI_BACKFILL_HOW",
    `backfill ${action}: leave out ${others.map((name) => `--${name}`).join(", ")}, which it has no use for`,
  );
}

async function run(app: AppLog, flags: BackfillFlags, action: string | undefined, id: string | undefined): Promise<void> {
  if (action === undefined) return start(app, flags);
  if (!isAction(action)) throw new CliError("CLI_BACKFILL_HOW", `backfill ${action}: it is one of ${ACTIONS.join(", ")}`);
  if (action === "list" && id === undefined) return list(await new BackfillWatch(app).look(), flags);
  if (id === undefined) throw new CliError("CLI_BACKFILL_HOW", `backfill ${action}: which one? \`millrace backfill list\` has their ids`);
  const known = await new BackfillWatch(app).look();
  const named = known.filter((one) => one.id === id);
  const isWaiting = action === "list" && flags.wait === true;
  if (named.length === 0) {
    const others = known.map((one) => one.id).join(", ");
    const unheard = `no partition has heard of a backfill ${id}${others === "" ? "" : `; there are ${others}`}`;
    if (!isWaiting) throw new CliError("CLI_NO_BACKFILL", unheard);
    // It may be in the log, and the workers have yet to read it.
    say(unheard);
  }
  if (isWaiting) return waitFor(app, id);
  if (action === "list") return list(named, flags);
  await audited(app, { operation: `backfill.${action}`, target: id }, () => tellAll(targetOf(app), controlCommand(id, action)));
  process.stdout.write(`${JSON.stringify({ id, action })}\n`);
}

async function start(app: AppLog, flags: BackfillFlags): Promise<void> {
  if (flags.function === undefined || flags.from === undefined) {
    throw new CliError("CLI_BACKFILL_HOW", "a backfill has --function and --from, e.g. --function loyalty --from beginning");
  }
  const command = backfillCommand(flags.function, optionsOf(flags, flags.from), await functionsInForce(app));
  const known = await new BackfillWatch(app).look();
  if (known.some(({ id }) => id === command.id))
    throw new CliError("CLI_BACKFILL_HOW", `there is a backfill ${command.id} already: give it another --id`);
  const { functionId: target, id, since, until, rate } = command;
  await audited(app, { operation: "backfill.start", target, parameters: { id, since, until, rate } }, () =>
    tellAll(targetOf(app), command),
  );
  process.stdout.write(`${JSON.stringify({ id: command.id, function: command.functionId })}\n`);
  if (flags.wait === true) await waitFor(app, command.id);
}

function optionsOf({ until, rate, id }: BackfillFlags, from: string): BackfillOptions {
  const since = pastTime("--from", from);
  const end = until === undefined ? undefined : pastTime("--until", until);
  return {
    from: since === undefined ? "beginning" : new Date(since),
    ...(end === undefined ? {} : { until: new Date(end) }),
    ...(rate === undefined ? {} : { rate: rateIn(rate) }),
    ...(id === undefined ? {} : { id }),
  };
}

function rateIn(text: string): number {
  const rate = perSecond(text);
  if (rate !== null && rate > 0) return rate;
  throw new CliError("CLI_BAD_NUMBER", `--rate is a number of events a second such as 100/s, not "${text}"`);
}

function list(known: readonly BackfillProgress[], { json }: BackfillFlags): void {
  for (const one of known) process.stdout.write(json === true ? `${JSON.stringify(one)}\n` : `${linesOf(one).join("\n")}\n`);
  if (known.length === 0) process.stderr.write("no partition has heard of a backfill\n");
}

/** Exit code 0 where all of it is done. */
async function waitFor(app: AppLog, id: string): Promise<void> {
  const watch = new BackfillWatch(app);
  const progress = progressOf(id);
  if (!app.isAlone) say(`workers do it, also without whoever waits: millrace backfill list ${id} --wait`);
  for (;;) {
    const found = (await watch.look()).find((one) => one.id === id);
    if (found !== undefined) {
      const all = found.partitions.flatMap(({ ranges }) => ranges).reduce((sum, { from, to }) => sum + to - (from ?? 0), 0);
      progress.at(all - found.left, all, `${numbersOf(found)}${found.status === "paused" ? ", paused" : ""}`);
      if (found.status !== "running" && found.status !== "paused") {
        progress.end();
        process.stdout.write(`${linesOf(found).join("\n")}\n`);
        if (found.status !== "done") process.exitCode = 1;
        return;
      }
    }
    if (app.isAlone) {
      throw new CliError(
        "CLI_EMBEDDED",
        "an embedded log is for one process at a time, so nobody works on it while this waits. Start the app: `app.status()` says how far it is",
      );
    }
    await sleep(LOOK_MS);
  }
}

function linesOf(one: BackfillProgress): readonly string[] {
  const rate = one.rate === 0 ? "" : `, at most ${Math.round(one.rate * 1_000) / 1_000} a second`;
  const head = `${one.id}  ${one.functionId}  ${one.status}: ${numbersOf(one)}, ${one.left.toLocaleString("en")} offsets left${rate}`;
  const ranges = one.partitions.flatMap(({ partition, status, reason, ranges: own }) => [
    ...(reason === null ? [] : [`  partition ${partition}: ${status}: ${reason}`]),
    ...own.map(({ topic, partition: source, from, next, to, started, skipped, missing }) =>
      [
        `  ${topic}/${source}: ${from === null ? "not begun" : `${next} of ${from} to ${to}`}`,
        `${started} started, ${skipped} skipped, ${missing} missing`,
      ].join(", "),
    ),
  ]);
  return [
    plainText(head),
    ...ranges.map((line) => plainText(line)),
    ...(one.unheard.length === 0 ? [] : [`  partitions that have not heard of it yet: ${one.unheard.join(", ")}`]),
    ...(one.isCut ? ["  a topic begins behind the time that was asked for: events from before are gone, and nobody knows how many"] : []),
  ];
}

function numbersOf({ started, skipped, missing }: BackfillProgress): string {
  const gone = missing === 0 ? "" : `, ${missing.toLocaleString("en")} missing (deleted from the topic)`;
  return `${started.toLocaleString("en")} started, ${skipped.toLocaleString("en")} skipped${gone}`;
}

function targetOf({ log, topics, partitions }: AppLog): Parameters<typeof tellAll>[0] {
  return { log, inbox: topics.inbox, partitions };
}

function isAction(text: string): text is Action {
  return (ACTIONS as readonly string[]).includes(text);
}
