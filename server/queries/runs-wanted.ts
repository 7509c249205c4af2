// A filter of runs, as people give it, and what of runs the caller may see.
import { RUN_STATUSES, type RunsWanted, type RunStatus } from "../../consumers/run-history/list-runs.ts";
import type { RunFilter } from "../contract/runs.ts";
import { seesPayloads, type ApiContext } from "../http/api.ts";
import { ServerError } from "../http/server-error.ts";
import type { Sight } from "./shown-run.ts";

export function sightOf(c: ApiContext): Sight {
  return seesPayloads(c) ? "all" : "no payloads";
}

/** @throws ServerError `INVALID_REQUEST` */
export function runsWanted({ function: functionId, status, event, search, since, until }: RunFilter, sight: Sight): RunsWanted {
  return {
    ...(functionId === undefined ? {} : { functionId }),
    ...(status === undefined || status === "" ? {} : { statuses: statusesOf(status) }),
    ...(event === undefined ? {} : { event }),
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
    ...(search === undefined || search === "" ? {} : { search, searchIn: sight === "all" ? "ids and messages" : "ids" }),
  };
}

function statusesOf(text: string): readonly RunStatus[] {
  return text.split(",").map((one) => {
    const status = RUN_STATUSES.find((known) => known === one.trim());
    if (status !== undefined) return status;
    const message = `"${one}" is no status: it is one of ${RUN_STATUSES.join(", ")}, or several with commas`;
    throw new ServerError("INVALID_REQUEST", `status: ${message}`, { faults: [{ path: "status", message }] });
  });
}
