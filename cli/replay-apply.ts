// millrace replay --apply: repeats the runs that a dry run found to be others, from where they are.
import { randomId, type RunId } from "../engine/core/ids.ts";
import {
  applyReruns,
  WHERE_CANCELLED,
  WHILE_RUNNING,
  type Applied,
  type ChosenRun,
  type WhereCancelled,
  type WhileRunning,
} from "../engine/replay/rerun/apply.ts";
import { followReruns, type Followed } from "../engine/replay/rerun/follow.ts";
import { EMIT_POLICIES, type EmitPolicy } from "../engine/workflow/run/rerun-state.ts";
import { withKeys } from "./with-keys.ts";
import type { AppParts } from "../engine/sdk/app-parts.ts";
import { withLogOf, type AppLog } from "./app-log.ts";
import { audited } from "./audited.ts";
import { CliError } from "./cli-error.ts";
import { commandAgain } from "./client/command-again.ts";
import { interruptible } from "./interrupt.ts";
import { printText } from "./print/result.ts";
import { perSecond } from "./per-second.ts";
import { progressOf } from "./progress.ts";
import { say } from "./say.ts";

export interface ApplyFlags {
  readonly function: string;
  readonly where?: string;
  readonly report?: string;
  readonly emit: string;
  readonly all?: true;
  readonly rate: string;
  readonly whileRunning: string;
  readonly cancelled: string;
  readonly id?: string;
  readonly wait?: true;
  readonly json?: true;
}

export interface ApplyPlan {
  readonly flags: ApplyFlags;
  readonly order: ApplyOrder;
  /** Null with `--all`. */
  readonly chosen: ReadonlyMap<RunId, ChosenRun> | null;
  readonly span: { readonly since?: number; readonly until?: number };
}

const OPERATION = /^[\w.-]{1,64}$/;
const BEGUN_PATIENCE_MS = 15_000;
const OVER_PATIENCE_MS = 120_000;
const SHOWN_IDS = 10;

export interface ApplyOrder {
  readonly operation: string;
  readonly emit: EmitPolicy;
  readonly whileRunning: WhileRunning;
  readonly whereCancelled: WhereCancelled;
  readonly rate: number;
}

/** Before anything is looked at, which may take a while. @throws CliError */
export function orderOf(flags: ApplyFlags): ApplyOrder {
  return {
    operation: operationOf(flags),
    emit: oneOf("--emit", flags.emit, EMIT_POLICIES),
    whileRunning: oneOf("--while-running", flags.whileRunning, WHILE_RUNNING),
    whereCancelled: oneOf("--cancelled", flags.cancelled, WHERE_CANCELLED),
    rate: rateOf(flags),
  };
}

/** @throws CliError; JournalError, LogError */
export async function applyReplay({ options, codec }: AppParts, { flags, order, chosen, span }: ApplyPlan): Promise<void> {
  const { operation } = order;
  // That of a report follows from it.
  const again = commandAgain(flags.report === undefined && flags.id === undefined ? { add: ["--id", operation] } : {});
  say(`operation ${operation}: should this be interrupted, it goes on with ${again}`);
  let count = 0;
  await withLogOf({ ...options, codec }, async (app) => {
    const from = await Promise.all(
      Array.from({ length: app.partitions }, (_, partition) => app.log.latestOffset({ topic: app.topics.journal, partition })),
    );
    const progress = progressOf("re-run");
    const which = { ...span, ...(flags.where === undefined ? {} : { where: flags.where }) };
    const onProgress = (told: number, total: number): void => {
      count = told;
      progress.at(told, total, `${told} of ${total} runs`);
    };
    const { operation: target, ...how } = order;
    const deed = {
      operation: "replay.apply",
      target,
      // A condition may have data in it, and the audit is kept for good.
      parameters: { ...how, ...span, hasWhere: flags.where !== undefined, function: flags.function, count: chosen?.size ?? null },
    };
    const goOn = (): string => `stopped: ${count} were repeated, and none is twice. To go on: ${again}`;
    const applied = await interruptible(goOn, (signal) =>
      withKeys(app, (sealing) =>
        audited(app, deed, async (asked) => {
          const done = await applyReruns({ ...app, sealing, functionId: flags.function, ...which, ...order, chosen, onProgress, signal });
          if (done.isRefused) await asked.failed("runs are not over");
          return done;
        }),
      ),
    ).finally(() => progress.end());
    const followed = await follow(app, applied, from, flags);
    print(operation, applied, followed, app, flags);
  });
}

/** Nobody decides in an embedded log while this command has it. */
async function follow(app: AppLog, { told, underWay }: Applied, from: readonly number[], { wait }: ApplyFlags): Promise<Followed | null> {
  const runs = new Set([...told.values(), ...(wait === true ? underWay : [])]);
  if (app.isAlone || runs.size === 0) return null;
  const progress = progressOf(wait === true ? "waiting for re-runs to end" : "waiting for re-runs to begin");
  return followReruns({
    log: app.log,
    journal: app.topics.journal,
    from,
    runs,
    until: wait === true ? "over" : "begun",
    patienceMs: wait === true ? OVER_PATIENCE_MS : BEGUN_PATIENCE_MS,
    onProgress: ({ begun, completed, failed }) => progress.at(wait === true ? completed.size + failed.size : begun.size, runs.size),
  }).finally(() => progress.end());
}

function print(
  operation: string,
  applied: Applied,
  followed: Followed | null,
  { isAlone }: AppLog,
  { json, wait, whileRunning }: ApplyFlags,
): void {
  const { told, before, underWay, running, cancelled, erased, tooLarge, unknown, missing, isRefused } = applied;
  if (isRefused || missing.length > 0 || tooLarge.length > 0 || unknown.length > 0 || (followed?.refused.size ?? 0) > 0)
    process.exitCode = 1;
  if (wait === true && followed !== null && (followed.failed.size > 0 || overOf(followed) < told.size + underWay.length))
    process.exitCode = 1;
  if (json === true) {
    const line = { operation, ...applied, told: Object.fromEntries(told), ...(followed === null ? {} : asLists(followed)) };
    process.stdout.write(`${JSON.stringify(line)}\n`);
    return;
  }
  if (isRefused) {
    printText(`nothing was done: ${count(running, "run")} of these are not over: ${listed(running)}`);
    printText("  --while-running skip leaves them out, --while-running cancel cancels them first");
  } else {
    printText(`${count(told, "run")} repeated, operation ${operation}`);
    if (before.length > 0) printText(`  ${before.length} had been repeated by this operation before`);
    if (running.length > 0) printText(`  ${count(running, "run")} not over: ${whileRunning === "cancel" ? "cancelled first" : "left out"}`);
  }
  if (cancelled.length > 0) {
    printText(`  ${count(cancelled, "run")} had been cancelled: left out. --cancelled repeat repeats them, too: ${listed(cancelled)}`);
  }
  if (erased.length > 0) printText(`  data of ${count(erased, "run")} was erased: left out: ${listed(erased)}`);
  if (tooLarge.length > 0)
    printText(`  ${tooLarge.length} take over more than fits one decision, and were left as they are: ${listed(tooLarge)}`);
  if (unknown.length > 0) printText(`  ${unknown.length} are not in the journals as the report has them: ${listed(unknown)}`);
  for (const part of missing) printText(`  ${missed(part)}`);
  if (isAlone && told.size > 0) printText("  the commands are in the log: they are carried out when the app runs");
  if (followed !== null) sayFollowed(followed, told.size, wait === true ? told.size + underWay.length : null);
}

/** `awaited`: how many were to be over; null: it was enough that they begin. */
function sayFollowed({ begun, completed, failed, refused }: Followed, told: number, awaited: number | null): void {
  for (const reason of new Set(refused.values())) printText(`  refused: ${reason}`);
  const begins = begun.size + refused.size;
  if (begins < told) printText(`  ${told - begins} wait in the log: no worker has taken them yet; they are carried out when one runs`);
  if (awaited !== null)
    printText(`  ${completed.size} completed, ${failed.size} failed, ${awaited - overOf({ completed, failed, refused })} not over`);
}

function overOf({ completed, failed, refused }: Pick<Followed, "completed" | "failed" | "refused">): number {
  return completed.size + failed.size + refused.size;
}

function asLists({ begun, completed, failed, refused }: Followed): object {
  return { begun: [...begun], completed: [...completed], failed: [...failed], refused: Object.fromEntries(refused) };
}

function operationOf({ id }: ApplyFlags): string {
  const operation = id ?? randomId();
  if (OPERATION.test(operation)) return operation;
  throw new CliError("CLI_BAD_CHOICE", `--id is 1 to 64 letters, digits, dots, dashes and underscores, not "${operation}"`);
}

function rateOf({ rate: text }: ApplyFlags): number {
  const rate = perSecond(text);
  if (rate !== null) return rate;
  throw new CliError("CLI_BAD_NUMBER", `--rate is a number of runs a second such as 50/s, or 0 for as fast as it goes, not "${text}"`);
}

function oneOf<Choice extends string>(flag: string, text: string, choices: readonly Choice[]): Choice {
  const found = choices.find((choice) => choice === text);
  if (found !== undefined) return found;
  throw new CliError("CLI_BAD_CHOICE", `${flag} is ${choices.join(", ")}, not "${text}"`);
}

function count(items: { readonly size: number } | { readonly length: number }, word: string): string {
  const number = "size" in items ? items.size : items.length;
  return `${number.toLocaleString("en")} ${word}${number === 1 ? "" : "s"}`;
}

/** R11. */
function missed({ partition, offset, time, beheaded }: Applied["missing"][number]): string {
  const since = time === null ? "nothing is left" : `it begins on ${new Date(time).toISOString()}`;
  const runs = beheaded === 0 ? "" : `; of ${beheaded} runs it has a part, without the beginning`;
  return `partition ${partition}: its journal has lost what came before offset ${offset} (${since})${runs}. Runs that began there are not repeated`;
}

function listed(runs: readonly RunId[]): string {
  return `${runs.slice(0, SHOWN_IDS).join(", ")}${runs.length > SHOWN_IDS ? " …" : ""}`;
}
