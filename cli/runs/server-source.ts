// Runs, as a server tells of them.
import type { FunctionList } from "../../server/contract/functions.ts";
import type { Lineage, ShownRun } from "../../server/contract/runs.ts";
import { part, type ApiClient } from "../client/api-client.ts";
import { onceThere } from "./once-there.ts";
import type { RunPage, RunSource } from "./run-source.ts";

/** Of who looks at a run that may be new. */
const PATIENCE_MS = 5_000;

export function serverSource(client: ApiClient): RunSource {
  return {
    page: (filter, limit, cursor) => client.get<RunPage>("/runs", { ...filter, limit, ...(cursor === null ? {} : { cursor }) }),
    async show(id) {
      const run = await onceThere({ id, patienceMs: PATIENCE_MS }, () => client.get<ShownRun>(`/runs/${part(id)}`));
      const lineage = await client.get<Lineage>(`/runs/${part(id)}/lineage`);
      return { run, lineage };
    },
    functionIds: async () => (await client.get<FunctionList>("/functions")).items.map(({ id }) => id),
    close: () => {},
  };
}
