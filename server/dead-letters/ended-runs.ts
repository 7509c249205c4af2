// A run that is over needs nobody any more: its letter is done with, also where nobody touched the letter itself, but cancelled or released the run.
import type { HistoryDatabase } from "../../consumers/run-history/database.ts";
import type { Place, Resolution } from "./letter.ts";
import type { IndexedLetter } from "./letter-index.ts";

const ITS_RUN = "its run, which is over";

export class EndedRuns {
  readonly #history: HistoryDatabase;
  /** What is over stays over. */
  readonly #known = new Map<Place, Resolution>();

  constructor(history: HistoryDatabase) {
    this.#history = history;
  }

  /**
   * The letter, resolved if it is of a run that is over. One that was released and goes on may be quarantined again; and a history that is behind says
   * of a run what it was before: neither says anything about the letter.
   */
  settled(letter: IndexedLetter): IndexedLetter {
    const { kind, run, resolution, place } = letter;
    if (kind !== "run" || run === null || resolution !== null) return letter;
    const found = this.#known.get(place) ?? this.#ended(run);
    if (found === null) return letter;
    this.#known.set(place, found);
    return { ...letter, resolution: found };
  }

  #ended(run: string): Resolution | null {
    const row = this.#history.prepare("SELECT status, ended_at FROM run WHERE id = ? AND ended_at IS NOT NULL").get(run);
    if (row === undefined) return null;
    return { at: Number(row["ended_at"]), actor: ITS_RUN, outcome: row["status"] === "cancelled" ? "discarded" : "retried" };
  }
}
