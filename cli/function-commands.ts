// millrace pause, resume, override: what people tell a function, through the inboxes of all partitions.
import type { Command } from "commander";
import {
  declaredFlow,
  endOverrideCommand,
  overrideCommand,
  pauseCommand,
  resumeCommand,
  tellFunction,
  type FunctionCommand,
} from "../engine/sdk/function-commands.ts";
import type { FlowOverride } from "../engine/sdk/flow-options.ts";
import { functionsInForce } from "../engine/worker/functions-in-force.ts";
import type { FlowSpec } from "../engine/workflow/flow/spec.ts";
import { withAppLog, withLogFlags, wholeNumber, type LogFlags } from "./app-log.ts";
import { audited, type Deed } from "./audited.ts";
import { CliError } from "./cli-error.ts";
import { clientOf } from "./client/server-flags.ts";
import { asksEither, logFlagsOf, type EitherFlags } from "./client/where.ts";
import { tellFunctionAt } from "./client/tell-function.ts";
import { printJson, printText } from "./print/result.ts";

interface OverrideFlags extends LogFlags {
  readonly concurrency?: string;
  readonly throttle?: string;
  readonly for?: string;
  readonly end?: true;
}

interface PauseFlags extends EitherFlags {
  readonly events?: string;
}

export function pauseFunctionCommand(command: Command): Command {
  return asksEither(command)
    .description("keep a function from starting runs until it is resumed; runs that are under way go on")
    .argument("<function>", "the function's id")
    .option("--events <keep|skip>", "what becomes of events meanwhile: they wait (keep, the default), or start nothing (skip)")
    .action((id: string, flags: PauseFlags) => {
      const { events } = flags;
      if (events !== undefined && events !== "keep" && events !== "skip") {
        throw new CliError("CLI_BAD_CHOICE", `--events is keep or skip, not "${events}"`);
      }
      const body: { readonly events?: "keep" | "skip" } = events === undefined ? {} : { events };
      return tellEither(flags, { id, action: "pause", body }, () => pauseCommand(id, body));
    });
}

export function resumeFunctionCommand(command: Command): Command {
  return asksEither(command)
    .description("end a function's pause: what waited starts, in its order")
    .argument("<function>", "the function's id")
    .action((id: string, flags: EitherFlags) => tellEither(flags, { id, action: "resume", body: {} }, () => resumeCommand(id)));
}

type AtServer = Parameters<typeof tellFunctionAt>[1];

async function tellEither(flags: EitherFlags, atServer: AtServer, command: () => FunctionCommand): Promise<void> {
  const direct = logFlagsOf(flags);
  if (direct !== null) return tell(direct, atServer.id, command);
  const detail = await tellFunctionAt(clientOf(flags), atServer);
  if (flags.json === true) printJson(command());
  else printText(detail);
}

export function overrideFunctionCommand(command: Command): Command {
  return withLogFlags(command)
    .description("change limits of a function for a time, then they are as declared again")
    .argument("<function>", "the function's id")
    .option("--concurrency <limits>", 'in the place of its limits, in their order: 5, "5,20", or "declared,20"')
    .option("--throttle <rate>", "limit/period or limit/period/burst: 100/1m, 100/1m/10")
    .option("--for <duration>", "1s to 7d")
    .option("--end", "end what was changed now")
    .action((functionId: string, flags: OverrideFlags) => {
      checkOverride(flags);
      return tell(flags, functionId, (flow) => overrideOf(functionId, flags, flow));
    });
}

/** @throws CliError `CLI_BAD_CHOICE` */
function checkOverride({ concurrency, throttle, end, for: time }: OverrideFlags): void {
  const isChange = concurrency !== undefined || throttle !== undefined;
  if (end === true && (isChange || time !== undefined)) {
    throw new CliError("CLI_BAD_CHOICE", "--end has the declared limits be in force again: leave out --concurrency, --throttle and --for");
  }
  if (end === true || (isChange && time !== undefined)) return;
  throw new CliError(
    "CLI_BAD_CHOICE",
    "what is to be changed, and for how long? --concurrency 5 or --throttle 100/1m, with --for 30m; or --end",
  );
}

function overrideOf(functionId: string, flags: OverrideFlags, flow: FlowSpec | null): FunctionCommand {
  if (flags.end === true) return endOverrideCommand(functionId);
  const { concurrency, throttle } = flags;
  const limits: FlowOverride = {
    ...(concurrency === undefined ? {} : { concurrency: limitsIn(concurrency) }),
    ...(throttle === undefined ? {} : { throttle: rateIn(throttle) }),
  };
  return overrideCommand(functionId, limits, flags.for === undefined ? undefined : { for: flags.for }, flow, Date.now());
}

function limitsIn(text: string): NonNullable<FlowOverride["concurrency"]> {
  const [first = "", second, ...more] = text.split(",").map((part) => part.trim());
  const limit = (part: string): number | null => (part === "declared" ? null : wholeNumber("--concurrency", part, 1));
  if (more.length > 0) throw new CliError("CLI_BAD_NUMBER", `--concurrency has one or two limits, not "${text}"`);
  return second === undefined ? wholeNumber("--concurrency", first, 1) : [limit(first), limit(second)];
}

function rateIn(text: string): NonNullable<FlowOverride["throttle"]> {
  const [limit = "", period = "", burst, ...more] = text.split("/").map((part) => part.trim());
  if (period === "" || more.length > 0)
    throw new CliError("CLI_BAD_NUMBER", `--throttle is limit/period or limit/period/burst, not "${text}"`);
  return {
    limit: wholeNumber("--throttle", limit, 1),
    period,
    ...(burst === undefined ? {} : { burst: wholeNumber("--throttle", burst, 1) }),
  };
}

function deedOf(command: FunctionCommand): Deed {
  const target = command.functionId;
  if (command.type === "OverrideFlow") {
    const { limits, until } = command;
    return { operation: "function.override", target, parameters: limits === null ? { isEnd: true } : { limits, until } };
  }
  const { events } = command;
  return events === null ? { operation: "function.resume", target } : { operation: "function.pause", target, parameters: { events } };
}

/** It is in the log then; whoever owns a partition decides it, now or when it runs again. */
async function tell(flags: LogFlags, functionId: string, commandOf: (flow: FlowSpec | null) => FunctionCommand): Promise<void> {
  const command = await withAppLog(flags, async ({ log, topics, partitions, createTopics }) => {
    const told = commandOf(declaredFlow(await functionsInForce({ log, topics }), functionId));
    await audited({ log, topics, createTopics }, deedOf(told), () => tellFunction({ log, inbox: topics.inbox, partitions }, told));
    return told;
  });
  process.stdout.write(`${JSON.stringify(command)}\n`);
}
