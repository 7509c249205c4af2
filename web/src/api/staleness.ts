// What is shown and has changed is asked for again: gathered, one question of a list at a time, and after each a rest that is longer the more it costs.
import type { Query, QueryClient } from "@tanstack/react-query";

/** What is heard within that is one question. The rest behind a question is as long, for each page that it had. */
const GATHER_MS = 700;
/** A server that is slow is asked less: of the time, it works for this page a third at most. */
const RESTS = 2;
/** Of keys of single things; beyond, all of their kind are meant. */
const MOST_KEYS = 500;

export type Key = readonly string[];

interface Rest {
  isAsking: boolean;
  until: number;
}

export class Staleness {
  readonly #queries: QueryClient;
  readonly #isSeen: () => boolean;
  readonly #rests = new WeakMap<Query, Rest>();
  /** Joined: a key that begins with one of them has changed. */
  #heard = new Set<string>();
  #due = new Set<Query>();
  #timer: ReturnType<typeof setTimeout> | null = null;
  #isClosed = false;

  /** @param isSeen while nobody sees the page, nothing is asked for; `look` says that somebody does again */
  constructor(queries: QueryClient, isSeen: () => boolean) {
    this.#queries = queries;
    this.#isSeen = isSeen;
  }

  /** What is kept under these keys, or behind them, has changed. */
  hear(keys: readonly Key[]): void {
    for (const key of keys) this.#heard.add(JSON.stringify(key));
    if (this.#heard.size > MOST_KEYS)
      this.#heard = new Set([...this.#heard].map((key) => JSON.stringify((JSON.parse(key) as Key).slice(0, 1))));
    this.#wake(GATHER_MS);
  }

  look(): void {
    this.#wake(0);
  }

  close(): void {
    this.#isClosed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #wake(ms: number): void {
    if (this.#timer !== null || this.#isClosed || !this.#isSeen()) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#ask();
    }, ms);
  }

  #ask(): void {
    if (this.#heard.size > 0) {
      for (const query of this.#queries.getQueryCache().getAll()) {
        if (!this.#hasChanged(query)) continue;
        // What nobody looks at is asked for when somebody does.
        if (query.isActive()) this.#due.add(query);
        else query.invalidate();
      }
      this.#heard = new Set();
    }
    const now = Date.now();
    let next = Number.POSITIVE_INFINITY;
    for (const query of this.#due) {
      const rest = this.#rests.get(query);
      if (query.state.fetchStatus !== "idle" || rest?.isAsking) continue;
      if (rest !== undefined && rest.until > now) {
        next = Math.min(next, rest.until - now);
        continue;
      }
      this.#due.delete(query);
      if (query.isActive()) void this.#again(query);
      else query.invalidate();
    }
    const isAnyAsked = [...this.#due].some((query) => query.state.fetchStatus !== "idle");
    // One that somebody else asks is looked at again; ours come back by themselves.
    if (next < Number.POSITIVE_INFINITY || isAnyAsked) this.#wake(Math.min(next, GATHER_MS));
  }

  async #again(query: Query): Promise<void> {
    const began = Date.now();
    const rest: Rest = { isAsking: true, until: 0 };
    this.#rests.set(query, rest);
    query.invalidate();
    await this.#queries.refetchQueries({ queryKey: query.queryKey, exact: true, type: "active" }, { cancelRefetch: false });
    const now = Date.now();
    rest.isAsking = false;
    rest.until = now + Math.max(GATHER_MS * pagesOf(query), RESTS * (now - began));
    if (this.#due.size > 0) this.#wake(0);
  }

  #hasChanged({ queryKey }: Query): boolean {
    return queryKey.some((_, at) => this.#heard.has(JSON.stringify(queryKey.slice(0, at + 1))));
  }
}

function pagesOf({ state: { data } }: Query): number {
  const pages = typeof data === "object" && data !== null && "pages" in data ? data.pages : null;
  return Array.isArray(pages) ? Math.max(1, pages.length) : 1;
}
