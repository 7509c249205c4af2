// Runs, as a file of `millrace history` has them.
import { openToAsk } from "../../consumers/run-history/database.ts";
import { gapsOf } from "../../consumers/run-history/gaps.ts";
import { graphOfRun } from "../../consumers/run-history/graph.ts";
import { countRuns, pageOfRuns } from "../../consumers/run-history/list-runs.ts";
import { showRun } from "../../consumers/run-history/show-run.ts";
import { withoutKeys } from "../../engine/sealing/shown.ts";
import { runsWanted } from "../../server/queries/runs-wanted.ts";
import { listedRun, shownRun } from "../../server/queries/shown-run.ts";
import type { RunSource } from "./run-source.ts";
import { say } from "../say.ts";

/** @throws HistoryError `HISTORY_NOT_THERE` */
export function historySource(file: string): RunSource {
  const db = openToAsk(file);
  return {
    page(filter, limit, cursor) {
      const { rows, next } = pageOfRuns(db, { ...runsWanted(filter, "all"), limit, ...(cursor === null ? {} : { cursor }) });
      return Promise.resolve({ items: rows.map((run) => withoutKeys(listedRun(run, "all"))), next });
    },
    show(id) {
      const run = withoutKeys(shownRun(showRun(db, id), { holdups: [], executing: null }, "all"));
      const { nodes, edges, isCut } = graphOfRun(db, id) ?? { nodes: [], edges: [], isCut: false };
      return Promise.resolve({ run, lineage: { nodes: [...nodes], edges: [...edges], isCut } });
    },
    functionIds: () => Promise.resolve([...new Set(countRuns(db).map(({ functionId }) => functionId))]),
    close() {
      for (const { partition, offset, reason } of gapsOf(db)) {
        say(`this history is not whole: journal partition ${partition}, offset ${offset}: ${reason}`);
      }
      db.close();
    },
  };
}
