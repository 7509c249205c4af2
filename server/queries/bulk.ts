// Which runs a bulk command is about, and how many: of those that a filter means, the ones to which it can be done.
import { setImmediate as nextTurn } from "node:timers/promises";
import { randomId } from "../../engine/core/ids.ts";
import type { HistoryDatabase } from "../../consumers/run-history/database.ts";
import { batchesOf, countWanted } from "../../consumers/run-history/find-runs.ts";
import { newestAt, type RunsWanted, type RunStatus } from "../../consumers/run-history/list-runs.ts";
import { placesInJournal } from "../../consumers/run-history/show-run.ts";
import type { BulkRuns } from "../contract/runs.ts";

/** The statuses to which each can be done, and those it is done to where the filter names none. */
const STATUSES: Readonly<Record<BulkRuns["action"], { readonly can: readonly RunStatus[]; readonly usual: readonly RunStatus[] }>> = {
  cancel: {
    can: ["held", "queued", "running", "retrying", "parked", "quarantined"],
    usual: ["held", "queued", "running", "retrying", "parked", "quarantined"],
  },
  release: { can: ["parked", "quarantined"], usual: ["parked", "quarantined"] },
  // Somebody may have had a reason to cancel.
  rerun: { can: ["completed", "failed", "cancelled"], usual: ["completed", "failed"] },
};

/** Of the history, at a time; between two, others have their turn. */
const BATCH = 1_000;

/** Null: none can be meant. */
export function meantBy(action: BulkRuns["action"], wanted: RunsWanted): RunsWanted | null {
  const { can, usual } = STATUSES[action];
  const { statuses } = wanted;
  const meant = statuses === undefined || statuses.length === 0 ? usual : can.filter((status) => statuses.includes(status));
  return meant.length === 0 ? null : { ...wanted, statuses: meant };
}

export interface Counted {
  readonly count: number;
  /** The newest of them. */
  readonly examples: readonly string[];
}

const EXAMPLES = 10;

/** Of a bulk command that was given no name: says up to when runs began that it means, so that it means the same when it is given again by its id. */
const ID = /^bulk-([0-9a-z]{1,11})-[\w-]+$/;

export interface BulkId {
  readonly id: string;
  /** People named it. */
  readonly isNamed: boolean;
  /** Runs that begin from then on are not meant, such as the re-runs themselves: who is asked to agree to a count has not seen them. */
  readonly before: number;
}

export function bulkId(db: HistoryDatabase, given: string | undefined): BulkId {
  const begun = ID.exec(given ?? "")?.[1];
  if (given !== undefined && begun !== undefined) return { id: given, isNamed: false, before: Number.parseInt(begun, 36) };
  const before = newestAt(db) + 1;
  return { id: given ?? `bulk-${before.toString(36)}-${randomId()}`, isNamed: given !== undefined, before };
}

export interface BulkMeant {
  readonly action: BulkRuns["action"];
  /** Null: none can be meant. */
  readonly wanted: RunsWanted | null;
  /** Names the operation: what it has begun before it was interrupted it does not repeat. */
  readonly operation: string;
}

export async function counted(db: HistoryDatabase, meant: BulkMeant): Promise<Counted> {
  if (meant.wanted === null) return { count: 0, examples: [] };
  const quick = meant.action === "rerun" ? null : countWanted(db, meant.wanted);
  const examples: string[] = [];
  let count = 0;
  for await (const batch of batches(db, meant)) {
    examples.push(...batch.slice(0, EXAMPLES - examples.length));
    count += batch.length;
    if (quick !== null && (examples.length === EXAMPLES || examples.length >= quick)) break;
  }
  return { count: quick ?? count, examples };
}

/** Newest first. A run that something repeats already is not repeated again: that other run is in its place. */
export async function* batches(db: HistoryDatabase, { action, wanted, operation }: BulkMeant): AsyncGenerator<readonly string[]> {
  const placeOf = placesInJournal(db);
  const isNew = (run: string): boolean => {
    const place = placeOf(run);
    return place !== null && !place.isRepeated && place.operation !== operation;
  };
  for (const batch of wanted === null ? [] : batchesOf(db, wanted, BATCH)) {
    yield action === "rerun" ? batch.filter(isNew) : batch;
    await nextTurn();
  }
}
