// Many at once, by a filter: first how many that would be; with --yes, exactly those.
import type { BulkAnswer } from "../../server/contract/runs.ts";
import { hearInterrupt } from "../interrupt.ts";
import { printJson, printText } from "../print/result.ts";
import { say } from "../say.ts";
import { advised } from "./advised.ts";
import type { ApiClient } from "./api-client.ts";
import { ApiError } from "./api-error.ts";
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
  /** None is meant: says so where that comes of a name that there is not. */
  readonly checkNone?: () => Promise<void>;
}

export interface BulkFlags {
  readonly yes?: true;
  readonly json?: true;
}

export async function bulk(client: ApiClient, { at, body, one, many, done, checkNone }: Bulk, { yes, json }: BulkFlags): Promise<void> {
  const preview = await client.post<BulkAnswer>(at, { ...body, preview: true });
  const { count, examples, id } = preview;
  const counted = `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
  if (count === 0) await checkNone?.();
  if (yes !== true || count === 0) {
    if (json === true) return printJson(preview);
    const such = count === 0 ? "" : `, such as\n${examples.map((example) => `  ${example}`).join("\n")}`;
    printText(`${counted} ${yes === true ? "were" : "would be"} ${done}${such}`);
    if (count > 0) process.stderr.write(`nothing was done. To do it: ${commandAgain({ add: ["--yes"] })}\n`);
    return;
  }
  // From here on it may be under way, whatever becomes of this process: so how to go on is said before.
  const again = commandAgain("id" in body || body["action"] !== "rerun" || id === null ? {} : { add: ["--id", id] });
  if (id !== null) say(`operation ${id}: should this be interrupted, it goes on with ${again}`);
  using interrupt = hearInterrupt();
  const begun = await started(client, { at, body, preview, again });
  if (begun.operation === null) return printJson(begun);
  const { detail } = await followOperation(client, { id: begun.operation, again, signal: interrupt.signal });
  if (json === true) printJson(begun);
  else printText(`${counted}: ${detail}`);
}

interface Start extends Pick<Bulk, "at" | "body"> {
  readonly preview: BulkAnswer;
  readonly again: string;
}

/** One that runs already, such as the one whose answer was lost, is that one. */
async function started(client: ApiClient, { at, body, preview, again }: Start): Promise<BulkAnswer> {
  const { count, id } = preview;
  try {
    return await client.post<BulkAnswer>(at, { ...body, ...(id === null ? {} : { id }), expected: count });
  } catch (error) {
    if (error instanceof ApiError && error.code === "CONFLICT" && id !== null) return { ...preview, operation: id };
    // What was said no to has not begun.
    if (error instanceof ApiError && error.status < 500) throw error;
    throw advised(error, `It may have begun. To go on: ${again}`);
  }
}
