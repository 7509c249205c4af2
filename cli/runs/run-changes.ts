// Runs that a filter means, as they change: looked for among the newest, and by their ids where older ones were told of.
import type { ListedRun } from "../../server/contract/runs.ts";
import type { RunFilter, RunSource } from "./run-source.ts";

const NEWEST = 200;
/** Asked for one by one, at most, when something is told. */
const MAX_OLDER = 20;
/** Far more than are looked at together: the rest has long been told. */
const MAX_KNOWN = 10_000;

export class RunChanges {
  readonly #source: Pick<RunSource, "page">;
  readonly #filter: RunFilter;
  /** How each was when it was told, the one that was looked at last at the end. */
  readonly #known = new Map<string, string>();
  #isFirst = true;

  constructor(source: Pick<RunSource, "page">, filter: RunFilter) {
    this.#source = source;
    this.#filter = filter;
  }

  /**
   * Those that are others than when they were last looked at, the oldest first; of those that were there at first, none. `told`: ids that a server has
   * said changed; null: it has not said which. `isWhole`: false where more may have changed.
   */
  async next(told: readonly string[] | null): Promise<{ readonly changed: readonly ListedRun[]; readonly isWhole: boolean }> {
    const newest = await this.#source.page(this.#filter, NEWEST, null);
    const here = new Set(newest.items.map(({ id }) => id));
    // A list that has no next page has all that are meant. What is searched for cannot be searched for by its id as well.
    const isAll = newest.next === null || this.#isFirst;
    const edge = edgeOf(newest.items);
    const mayLack = isAll ? [] : (told ?? []).filter((id) => id < edge && !here.has(id));
    const wanted = this.#filter.search === undefined ? mayLack.slice(0, MAX_OLDER) : [];
    const older = await Promise.all(wanted.map((id) => this.#source.page({ ...this.#filter, search: id }, 1, null)));
    const found = [...older.flatMap(({ items }) => items), ...newest.items.toReversed()];
    const changed = found.filter((run) => this.#isNews(run));
    const isWhole = isAll || (told !== null && wanted.length === mayLack.length);
    const isFirst = this.#isFirst;
    this.#isFirst = false;
    return isFirst ? { changed: [], isWhole: true } : { changed, isWhole };
  }

  #isNews({ id, status, startedAt, endedAt }: ListedRun): boolean {
    const now = `${status} ${startedAt} ${endedAt}`;
    const isNews = this.#known.get(id) !== now;
    this.#known.delete(id);
    this.#known.set(id, now);
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= MAX_KNOWN) break;
      this.#known.delete(oldest);
    }
    return isNews;
  }
}

/** One of those at the end: a re-run has the time of what it repeats in its id, so that the last alone may be far older than the others. */
const AT_THE_END = 10;

/** Ids begin with a time: what is newer than the end of the list, and not in it, is not meant. */
function edgeOf(newest: readonly ListedRun[]): string {
  return newest
    .slice(-AT_THE_END)
    .map(({ id }) => id)
    .reduce((a, b) => (a > b ? a : b), "");
}
