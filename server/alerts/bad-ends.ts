// Runs that failed or were quarantined since somebody looked last, by the run history. Of failures it has a count a function, which is read in no time
// however many there are; who was quarantined is few, and known by id.
import type { HistoryDatabase } from "../../consumers/run-history/database.ts";
import type { Alert } from "../../engine/observability/alert.ts";

export interface BadEnd {
  readonly alert: Alert;
  /** It stands for so many of its kind. */
  readonly times: number;
}

interface Known {
  /** By function. */
  readonly failed: ReadonlyMap<string, number>;
  readonly quarantined: ReadonlySet<string>;
}

export class BadEnds {
  readonly #db: HistoryDatabase;
  #known: Known;

  /** Of what is there now nobody is told. */
  constructor(db: HistoryDatabase) {
    this.#db = db;
    this.#known = { failed: this.#failed(), quarantined: new Set(this.#quarantined().map(({ runId }) => runId)) };
  }

  /** What came since the last time. */
  look(): readonly BadEnd[] {
    const [failed, quarantined] = [this.#failed(), this.#quarantined()];
    const before = this.#known;
    this.#known = { failed, quarantined: new Set(quarantined.map(({ runId }) => runId)) };
    const failures = [...failed].flatMap(([functionId, count]) => {
      const times = count - (before.failed.get(functionId) ?? 0);
      return times > 0 ? [{ alert: this.#failureOf(functionId), times }] : [];
    });
    const pills = quarantined
      .filter(({ runId }) => !before.quarantined.has(runId))
      .map(({ reason, ...pill }) => {
        const message = `run quarantined: ${reason}. Mend its function, then let it go on with \`millrace release\``;
        return { alert: { code: "RUN_QUARANTINED", message, ...pill }, times: 1 };
      });
    return [...failures, ...pills];
  }

  #failed(): ReadonlyMap<string, number> {
    const rows = this.#db.prepare("SELECT function, sum(count) AS count FROM run_tally WHERE status = 'failed' GROUP BY 1").all();
    return new Map(rows.map((row) => [String(row["function"]), Number(row["count"])]));
  }

  #failureOf(functionId: string): Alert {
    const found = this.#db
      .prepare(
        `SELECT run.id, run.partition, coalesce(run.error_name, 'Error') AS name FROM last_failure JOIN run ON run.id = last_failure.run
         WHERE last_failure.function = ?`,
      )
      .get(functionId);
    const alert = { code: "RUN_FAILED", message: "run failed", functionId };
    if (found === undefined) return alert;
    const { id, partition, name } = found;
    // What errors say may hold data.
    return { ...alert, runId: String(id), error: { name: String(name), message: "" }, ...placeOf(partition) };
  }

  #quarantined(): readonly { readonly runId: string; readonly functionId: string; readonly partition?: number; readonly reason: string }[] {
    const functions = this.#db.prepare("SELECT DISTINCT function FROM run_tally WHERE status = 'quarantined' AND count > 0").all();
    const runs = this.#db.prepare("SELECT id, partition, reason FROM run WHERE function = ? AND status = 'quarantined'");
    return functions.flatMap((row) => {
      const functionId = String(row["function"]);
      return runs
        .all(functionId)
        .map(({ id, partition, reason }) => ({ runId: String(id), functionId, ...placeOf(partition), reason: String(reason) }));
    });
  }
}

function placeOf(partition: unknown): { readonly partition?: number } {
  return partition === null ? {} : { partition: Number(partition) };
}
