// What takes a while in a server: shown until it is over. Ctrl-C stops it there.
import { setTimeout as sleep } from "node:timers/promises";
import type { Operation } from "../../server/contract/operations.ts";
import { CliError } from "../cli-error.ts";
import { Interrupted } from "../exit-codes.ts";
import { progressOf } from "../progress.ts";
import { advised } from "./advised.ts";
import { part, type ApiClient } from "./api-client.ts";
import { ApiError } from "./api-error.ts";

const LOOK_MS = 250;
/** So long what is under way has to come to its end when it is stopped. */
const STOP_MS = 10_000;

export interface Follow {
  readonly id: string;
  /** The command that goes on where it was. */
  readonly again: string;
  /** Aborted: it is stopped. */
  readonly signal: AbortSignal;
}

/** As it ended. However this fails, it says how to go on. @throws CliError `CLI_NOT_DONE`; ApiError; Interrupted */
export async function followOperation(client: ApiClient, { id, again, signal }: Follow): Promise<Operation> {
  const progress = progressOf(id);
  const seen: { operation: Operation | null } = { operation: null };
  try {
    return await untilOver(client, { id, again, signal }, (now) => {
      seen.operation = now;
      progress.at(now.done, now.total, now.detail);
    });
  } catch (error) {
    if (error instanceof Interrupted || (error instanceof CliError && error.code === "CLI_NOT_DONE")) throw error;
    const until = seen.operation === null ? "" : ` It was at ${counted(seen.operation)}.`;
    if (error instanceof ApiError && error.status === 404) {
      throw new CliError(
        "CLI_NOT_DONE",
        `the server does not know operation ${id} any more: it was probably started anew.${until} What was done stays done. To go on: ${again}`,
        { cause: error },
      );
    }
    throw advised(error, `Operation ${id} may go on there.${until} To go on: ${again}`);
  } finally {
    progress.end();
  }
}

async function untilOver(client: ApiClient, { id, again, signal }: Follow, onLook: (now: Operation) => void): Promise<Operation> {
  const at = `/operations/${part(id)}`;
  for (;;) {
    const now = await client.get<Operation>(at);
    onLook(now);
    if (now.state !== "running") return ended(now, again);
    if (signal.aborted) {
      const stopped = await stop(client, at, onLook);
      if (stopped.state !== "stopped" && stopped.state !== "running") return ended(stopped, again);
      const how = stopped.state === "stopped" ? "stopped at" : "it stops, and was at";
      throw new Interrupted(`${how} ${counted(stopped)}; what was done stays done. To go on: ${again}`);
    }
    await sleep(LOOK_MS, undefined, { signal }).catch(() => {});
  }
}

/** With all that was under way when it was asked for; where that takes too long, as it is by then. */
async function stop(client: ApiClient, at: string, onLook: (now: Operation) => void): Promise<Operation> {
  let now = await client.post<Operation>(`${at}/stop`);
  const until = performance.now() + STOP_MS;
  for (;;) {
    onLook(now);
    if (now.state !== "running" || performance.now() >= until) return now;
    await sleep(LOOK_MS);
    now = await client.get<Operation>(at);
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
