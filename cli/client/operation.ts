// What takes a while in a server: shown until it is over. Ctrl-C stops it there.
import { setTimeout as sleep } from "node:timers/promises";
import type { Operation } from "../../server/contract/operations.ts";
import { CliError } from "../cli-error.ts";
import { Interrupted } from "../exit-codes.ts";
import { progressOf } from "../progress.ts";
import { part, type ApiClient } from "./api-client.ts";

const LOOK_MS = 250;

/** As it ended. `again`: the command that goes on where it was. @throws CliError `CLI_NOT_DONE`; Interrupted */
export async function followOperation(client: ApiClient, id: string, again: string): Promise<Operation> {
  const at = `/operations/${part(id)}`;
  const interrupt = new AbortController();
  const hear = (): void => interrupt.abort();
  process.once("SIGINT", hear);
  const progress = progressOf(id);
  try {
    for (;;) {
      const now = await client.get<Operation>(at);
      progress.at(now.done, now.total, now.detail);
      if (now.state !== "running") return ended(now, again);
      if (interrupt.signal.aborted) {
        const stopped = await client.post<Operation>(`${at}/stop`);
        throw new Interrupted(`stopped at ${counted(stopped)}; what was done stays done. To go on: ${again}`);
      }
      await sleep(LOOK_MS, undefined, { signal: interrupt.signal }).catch(() => {});
    }
  } finally {
    progress.end();
    process.removeListener("SIGINT", hear);
  }
}

function ended(operation: Operation, again: string): Operation {
  const { state, error, title } = operation;
  if (state === "done") return operation;
  const why = error === null ? "" : `: ${error.code}: ${error.message}`;
  throw new CliError("CLI_NOT_DONE", `${title}: ${state} at ${counted(operation)}${why}. To go on: ${again}`);
}

function counted({ done, total }: Operation): string {
  return total === null ? String(done) : `${done} of ${total}`;
}
