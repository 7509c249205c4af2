// Runs, as a server tells of them.
import type { FunctionList } from "../../server/contract/functions.ts";
import type { Lineage, ShownRun } from "../../server/contract/runs.ts";
import { part, type ApiClient } from "../client/api-client.ts";
import type { RunPage, RunSource } from "./run-source.ts";

export function serverSource(client: ApiClient): RunSource {
  return {
    page: (filter, limit, cursor) => client.get<RunPage>("/runs", { ...filter, limit, ...(cursor === null ? {} : { cursor }) }),
    async show(id) {
      const [run, lineage] = await Promise.all([
        client.get<ShownRun>(`/runs/${part(id)}`),
        client.get<Lineage>(`/runs/${part(id)}/lineage`),
      ]);
      return { run, lineage };
    },
    functionIds: async () => (await client.get<FunctionList>("/functions")).items.map(({ id }) => id),
    close: () => {},
  };
}
