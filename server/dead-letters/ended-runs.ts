// A run that is over needs nobody any more: its letter is done with, also where nobody touched the letter itself, but cancelled or released the run.
import type { HistoryDatabase } from "../../consumers/run-history/database.ts";
import type { Resolution } from "./letter.ts";
import type { IndexedLetter } from "./letter-index.ts";

const ITS_RUN = "its run, which is over";

export class EndedRuns {
  readonly #history: HistoryDatabase;
  readonly #find: ReturnType<HistoryDatabase["prepare"]>;
  /** By a letter as the index has it: resolved. What is over stays over. */
  readonly #settled = new WeakMap<IndexedLetter, IndexedLetter>();

  constructor(history: HistoryDatabase) {
    this.#history = history;
    this.#find = history.prepare("SELECT status, ended_at FROM run WHERE id = ? AND ended_at IS NOT NULL");
  }

  /** As long as it is the same, so is what is said of any letter. */
  get version(): string {
    const { data_version: version } = this.#history.prepare("PRAGMA data_version").get() as { readonly data_version?: number };
    const { own } = this.#history.prepare("SELECT total_changes() AS own").get() as { readonly own: number };
    return `${version ?? ""}/${own}`;
  }

  /**
   * The letter, resolved if it is of a run that is over. One that was released and goes on may be quarantined again; and a history that is behind says
   * of a run what it was before: neither says anything about the letter. The same for the same letter.
   */
  settled(letter: IndexedLetter): IndexedLetter {
    const { kind, run, resolution } = letter;
    if (kind !== "run" || run === null || resolution !== null) return letter;
    const known = this.#settled.get(letter);
    if (known !== undefined) return known;
    const found = this.#ended(run);
    if (found === null) return letter;
    const resolved = { ...letter, resolution: found };
    this.#settled.set(letter, resolved);
    return resolved;
  }

  #ended(run: string): Resolution | null {
    const row = this.#find.get(run);
    if (row === undefined) return null;
    return { at: Number(row["ended_at"]), actor: ITS_RUN, outcome: row["status"] === "cancelled" ? "discarded" : "retried" };
  }
}
