// A line of a file of events as the server takes it: with an id, so that sent twice it counts once.
import { EventToSend } from "../../server/contract/events.ts";

/** What is wrong with it, or what is sent. */
export type EventLine = { readonly wrong: string } | { readonly text: string };

export interface LineOptions {
  /** Lines are data alone, of events of this name; null: they are events. */
  readonly name: string | null;
  /** Ids begin with it. */
  readonly id: string;
  readonly number: number;
}

/** The id follows from the line's number: whoever sends the same file with the same `id` again doubles nothing. */
export function eventLine(line: string, { name, id, number }: LineOptions): EventLine {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    return { wrong: `it is not JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
  const given: unknown = name === null ? value : { name, data: value };
  const read = EventToSend.safeParse(given);
  if (read.success) return { text: JSON.stringify({ ...read.data, id: read.data.id ?? `${id}-${number}` }) };
  const [issue] = read.error.issues;
  const at = issue === undefined || issue.path.length === 0 ? "" : `${issue.path.join(".")}: `;
  return { wrong: `it is no event: ${at}${issue?.message ?? "unknown"}` };
}
