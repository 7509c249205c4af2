// PORT RunSource: whom a command asks about runs, a server or a file of a history. Both answer in the shapes of the API.
import type { Lineage, ListedRun, ShownRun } from "../../server/contract/runs.ts";

/** As the API takes it. */
export interface RunFilter {
  readonly function?: string;
  /** Several, with commas. */
  readonly status?: string;
  readonly event?: string;
  readonly search?: string;
  readonly since?: number;
  readonly until?: number;
}

export interface RunPage {
  readonly items: readonly ListedRun[];
  readonly next: string | null;
}

export interface RunSource {
  /** Newest first. `limit`: up to 500. */
  page(filter: RunFilter, limit: number, cursor: string | null): Promise<RunPage>;
  /** @throws ApiError `NOT_FOUND`; HistoryError `HISTORY_NO_RUN` */
  show(id: string): Promise<{ readonly run: ShownRun; readonly lineage: Lineage }>;
  functionIds(): Promise<readonly string[]>;
  close(): void;
}
