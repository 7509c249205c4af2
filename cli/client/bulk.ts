// Many at once, by a filter: first how many that would be; with --yes, exactly those.
import type { BulkAnswer } from "../../server/contract/runs.ts";
import { printJson, printLines } from "../print/result.ts";
import type { ApiClient } from "./api-client.ts";
import { commandAgain } from "./command-again.ts";
import { followOperation } from "./operation.ts";

export interface Bulk {
  /** `/bulk/runs` */
  readonly at: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** `run`, `runs`. */
  readonly one: string;
  readonly many: string;
  /** `cancelled`. */
  readonly done: string;
}

export interface BulkFlags {
  readonly yes?: true;
  readonly json?: true;
}

export async function bulk(client: ApiClient, { at, body, one, many, done }: Bulk, { yes, json }: BulkFlags): Promise<void> {
  const preview = await client.post<BulkAnswer>(at, { ...body, preview: true });
  const { count, examples } = preview;
  const counted = `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
  if (yes !== true || count === 0) {
    if (json === true) return printJson(preview);
    const such = count === 0 ? "" : `, such as\n${examples.map((id) => `  ${id}`).join("\n")}`;
    printLines([`${counted} would be ${done}${such}`]);
    if (count > 0) process.stderr.write(`nothing was done. To do it: ${commandAgain({ add: ["--yes"] })}\n`);
    return;
  }
  const begun = await client.post<BulkAnswer>(at, { ...body, expected: count });
  if (begun.operation === null) return printJson(begun);
  const again = commandAgain("id" in body || body["action"] !== "rerun" ? {} : { add: ["--id", begun.operation] });
  const { detail } = await followOperation(client, begun.operation, again);
  if (json === true) printJson(begun);
  else printLines([`${counted}: ${detail}`]);
}
