// A function, as a server knows it: asked for by its id, and told what to do.
import type { FunctionList, ListedFunction } from "../../server/contract/functions.ts";
import { meant } from "../choose.ts";
import { CliError } from "../cli-error.ts";
import { part, type ApiClient } from "./api-client.ts";
import { onceAsked } from "./once-asked.ts";

/** @throws CliError `CLI_NO_FUNCTION` */
export async function functionOf(client: ApiClient, id: string): Promise<ListedFunction> {
  const { items } = await client.get<FunctionList>("/functions");
  const found = items.find((one) => one.id === id);
  if (found !== undefined) return found;
  throw noFunction(
    id,
    items.map((one) => one.id),
  );
}

function noFunction(id: string, known: readonly string[]): CliError {
  return new CliError("CLI_NO_FUNCTION", `there is no function "${id}": ${meant(id, known)}`);
}

/** @throws CliError `CLI_NO_FUNCTION` */
export async function tellFunctionAt(
  client: ApiClient,
  { id, action, body }: { readonly id: string; readonly action: "pause" | "resume"; readonly body: object },
): Promise<string> {
  await functionOf(client, id);
  const { detail } = await onceAsked(client.post<{ readonly detail: string }>(`/functions/${part(id)}/${action}`, body));
  return detail;
}
