// millrace runs rerun: repeats a run, from its start or from a step on, with other data or outputs; or all that a filter means, from their starts.
import type { Command } from "commander";
import type { RerunAnswer, RerunBody } from "../../server/contract/runs.ts";
import { randomId } from "../../engine/core/ids.ts";
import { advised } from "../client/advised.ts";
import { part } from "../client/api-client.ts";
import { bulk, type BulkFlags } from "../client/bulk.ts";
import { commandAgain } from "../client/command-again.ts";
import { asksServer, clientOf, type ServerFlags } from "../client/server-flags.ts";
import { mayBeDone } from "../client/unheard.ts";
import { CliError } from "../cli-error.ts";
import { interruptible } from "../interrupt.ts";
import { givenJson } from "../given-json.ts";
import { printJson, printLines } from "../print/result.ts";
import { checkFunctionOrItsRuns, isFiltered, runFilterOf, withRunFilter, type FilterFlags } from "./run-filter.ts";
import { runIdOf } from "./run-id.ts";
import { serverSource } from "./server-source.ts";

interface RerunFlags extends ServerFlags, FilterFlags, BulkFlags {
  readonly from?: string;
  readonly data?: string;
  readonly output: readonly string[];
  readonly cancel?: true;
  readonly id?: string;
  readonly json?: true;
}

export function rerunCommand(command: Command): Command {
  return withRunFilter(asksServer(command, "as JSON"))
    .description("repeat a run, or all that a filter means: without --yes it only says how many")
    .argument("[run]", "the run's id, or its beginning; without one, all that the filter means")
    .option("--from <step>", "take over the results from before this step, such as charge#0")
    .option("--data <json>", "other data for its event: JSON, @file, or - for standard input")
    .option("--output <step=json>", "another output of a step that is taken over; may be repeated", also, [])
    .option("--cancel", "where the run is not over: cancel it, by the decision that begins its re-run")
    .option("--yes", "by filter: do it")
    .option("--id <id>", "a name for it (default: a new one): under one name each run is repeated once, however often it is given")
    .action(rerun);
}

function also(text: string, before: readonly string[]): readonly string[] {
  return [...before, text];
}

async function rerun(run: string | undefined, flags: RerunFlags): Promise<void> {
  const filter = runFilterOf(flags);
  const client = clientOf(flags);
  const body = await bodyOf(flags);
  checkWhich(run, isFiltered(filter));
  if (run === undefined) {
    if (Object.keys(body).length > 0)
      throw new CliError("CLI_BAD_CHOICE", "--from, --data, --output and --cancel are for one run: name it");
    const all = { action: "rerun", filter, ...(flags.id === undefined ? {} : { id: flags.id }) };
    const checkNone = (): Promise<void> => checkFunctionOrItsRuns(serverSource(client), flags.function);
    return bulk(client, { at: "/bulk/runs", body: all, one: "run", many: "runs", done: "repeated", checkNone }, flags);
  }
  const id = await runIdOf(serverSource(client), run);
  const name = flags.id ?? `rerun-${randomId()}`;
  const again = commandAgain(flags.id === undefined ? { add: ["--id", name] } : {});
  const unknown = `It may have been repeated, or not: this repeats it once: ${again}`;
  const answer = await interruptible(
    () => unknown,
    (signal) => client.post<RerunAnswer>(`/runs/${part(id)}/rerun`, { ...body, id: name }, signal),
  ).catch((error: unknown) => {
    throw mayBeDone(error) ? advised(error, unknown) : error;
  });
  if (flags.json === true) printJson(answer);
  else printLines([`${answer.id} repeats ${id}. To see it: millrace runs watch ${answer.id}`]);
}

/** What people mean by no run and no filter is all of them: nobody is to say that by leaving something out. @throws CliError `CLI_BAD_CHOICE` */
export function checkWhich(run: string | undefined, hasFilter: boolean): void {
  if (run !== undefined && hasFilter) throw new CliError("CLI_BAD_CHOICE", "a run, or a filter: not both");
  if (run === undefined && !hasFilter) {
    throw new CliError(
      "CLI_BAD_CHOICE",
      "which runs? Name one by its id, or several by --function, --status, --event, --search, --since, --until",
    );
  }
}

async function bodyOf({ from, data, output, cancel }: RerunFlags): Promise<RerunBody> {
  const outputs: (readonly [string, unknown])[] = [];
  for (const one of output) {
    const [, step, json] = /^([^=]+)=(.*)$/s.exec(one) ?? [];
    if (step === undefined || json === undefined)
      throw new CliError("CLI_BAD_CHOICE", `--output is step=json, such as charge#0='{"paid":true}', not "${one}"`);
    outputs.push([step, await givenJson(`--output ${step}`, json)]);
  }
  return {
    ...(from === undefined ? {} : { from }),
    ...(data === undefined ? {} : { data: await givenJson("--data", data) }),
    ...(outputs.length === 0 ? {} : { outputs: Object.fromEntries(outputs) }),
    ...(cancel === undefined ? {} : { cancel }),
  };
}
