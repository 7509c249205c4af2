// Where a page of a list ends, as text: the place of its last row, so that rows that arrive meanwhile move nothing.
import { HistoryError } from "./history-error.ts";
import { NEWEST, type Place } from "./merge.ts";

export function cursorText({ at, id }: Place): string {
  return `${at}.${id}`;
}

/** The beginning of the list where there is none. @throws HistoryError `HISTORY_BAD_CURSOR` */
export function placeOfCursor(text: string | undefined): Place {
  if (text === undefined) return NEWEST;
  const [, at, id] = /^(\d{1,15})\.(.+)$/s.exec(text) ?? [];
  if (at !== undefined && id !== undefined) return { at: Number(at), id };
  throw new HistoryError("HISTORY_BAD_CURSOR", `"${text}" is no cursor of this list: take \`next\` of the page before, as it is`);
}

/** Rows of a list, and where the next page begins; null: there is none. A page may have fewer rows than were asked for, where they are searched for. */
export interface Page<Row> {
  readonly rows: readonly Row[];
  readonly next: string | null;
}
