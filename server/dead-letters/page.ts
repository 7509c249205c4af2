// A page of dead letters, the newest first. A cursor names the last one shown, by its time and place, so that it holds when others come or go.
import { ServerError } from "../http/server-error.ts";
import type { Page } from "../contract/words.ts";
import type { IndexedLetter } from "./letter-index.ts";

const DEFAULT_LIMIT = 50;

/** `letters`: the newest first. @throws ServerError `INVALID_REQUEST` */
export function pageOfLetters(
  letters: readonly IndexedLetter[],
  { cursor, limit = DEFAULT_LIMIT }: { readonly cursor?: string | undefined; readonly limit?: number },
): Page<IndexedLetter> {
  const after = cursor === undefined ? null : readCursor(cursor);
  const start = after === null ? 0 : letters.findIndex(({ at, place }) => at < after.at || (at === after.at && place < after.place));
  const items = start === -1 ? [] : letters.slice(start, start + limit);
  const last = items.at(-1);
  const isMore = start !== -1 && start + limit < letters.length;
  return { items, next: isMore && last !== undefined ? `${last.at}~${last.place}` : null };
}

function readCursor(cursor: string): { readonly at: number; readonly place: string } {
  const [, at, place] = /^(\d{1,16})~(.+)$/s.exec(cursor) ?? [];
  if (at !== undefined && place !== undefined) return { at: Number(at), place };
  throw new ServerError("INVALID_REQUEST", "query.cursor: it is none that a page of dead letters ended with");
}
