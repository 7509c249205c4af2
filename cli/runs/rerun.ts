// millrace runs rerun: repeats a run, from its start or from a step on, with other data or outputs; or all that a filter means, from their starts.
import type { Command } from "commander";
import type { RerunAnswer, RerunBody } from "../../server/contract/runs.ts";
import { part } from "../client/api-client.ts";
import { bulk, type BulkFlags } from "../client/bulk.ts";
import { asksServer, clientOf, type ServerFlags } from "../client/server-flags.ts";
import { CliError } from "../cli-error.ts";
import { givenJson } from "../given-json.ts";
import { printJson, printLines } from "../print/result.ts";
import { isFiltered, runFilterOf, withRunFilter, type FilterFlags } from "./run-filter.ts";
import { runIdOf } from "./run-id.ts";
import { serverSource } from "./server-source.ts";

interface RerunFlags extends ServerFlags, FilterFlags, BulkFlags {
  readonly from?: string;
  readonly data?: string;
  readonly output: readonly string[];
  readonly id?: string;
  readonly json?: true;
}

export function rerunCommand(command: Command): Command {
  return withRunFilter(asksServer(command, "as JSON"))
    .description("repeat a run that is over, or all that a filter means: without --yes it only says how many")
    .argument("[run]", "the run's id, or its beginning; without one, all that the filter means")
    .option("--from <step>", "take over the results from before this step, such as charge#0")
    .option("--data <json>", "other data for its event: JSON, @file, or - for standard input")
    .option("--output <step=json>", "another output of a step that is taken over; may be repeated", also, [])
    .option("--yes", "by filter: do it")
    .option("--id <id>", "by filter: its name; given again with the same it goes on where it was")
    .action(rerun);
}

function also(text: string, before: readonly string[]): readonly string[] {
  return [...before, text];
}

async function rerun(run: string | undefined, flags: RerunFlags): Promise<void> {
  const filter = runFilterOf(flags);
  const client = clientOf(flags);
  const edits = editsOf(flags);
  checkWhich(run, isFiltered(filter));
  if (run === undefined) {
    if (Object.keys(edits).length > 0) throw new CliError("CLI_BAD_CHOICE", "--from, --data and --output are for one run: name it");
    const body = { action: "rerun", filter, ...(flags.id === undefined ? {} : { id: flags.id }) };
    return bulk(client, { at: "/bulk/runs", body, one: "run", many: "runs", done: "repeated" }, flags);
  }
  if (flags.id !== undefined) throw new CliError("CLI_BAD_CHOICE", "--id is for a filter, not for one run");
  const id = await runIdOf(serverSource(client), run);
  const answer = await client.post<RerunAnswer>(`/runs/${part(id)}/rerun`, edits);
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

function editsOf({ from, data, output }: RerunFlags): RerunBody {
  const outputs = output.map((one) => {
    const [, step, json] = /^([^=]+)=(.*)$/s.exec(one) ?? [];
    if (step === undefined || json === undefined)
      throw new CliError("CLI_BAD_CHOICE", `--output is step=json, such as charge#0='{"paid":true}', not "${one}"`);
    return [step, givenJson(`--output ${step}`, json)] as const;
  });
  return {
    ...(from === undefined ? {} : { from }),
    ...(data === undefined ? {} : { data: givenJson("--data", data) }),
    ...(outputs.length === 0 ? {} : { outputs: Object.fromEntries(outputs) }),
  };
}
