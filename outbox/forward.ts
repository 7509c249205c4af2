// Sends rows, and tells those that never can be sent from those that have to wait.
import { eventOf, type Row } from "./row.ts";

/** What the relay needs of an app, whichever events it knows: it may declare no functions and need not be started. */
export interface Sender {
  send(events: readonly never[]): Promise<unknown>;
}

/** Rows that are in none of the lists wait. */
export interface Forwarded {
  readonly sent: readonly Row[];
  readonly dead: readonly { readonly row: Row; readonly reason: string }[];
  /** Why rows wait; null where none does. */
  readonly obstacle: unknown;
}

export async function forward(app: Sender, rows: readonly Row[]): Promise<Forwarded> {
  if (rows.length === 0) return { sent: rows, dead: [], obstacle: null };
  try {
    // Whether they are the app's events it says itself: no compiler sees what stands in a table.
    const events: unknown = rows.map(eventOf);
    await app.send(events as readonly never[]);
    return { sent: rows, dead: [], obstacle: null };
  } catch (error) {
    const sent = rows.filter((_, index) => isSent(error, index));
    const open = rows.filter((row) => !sent.includes(row));
    if (!isOfData(error)) return { sent, dead: [], obstacle: error ?? new Error("it does not say why") };
    if (open.length === 1) return { sent, dead: open.map((row) => ({ row, reason: messageOf(error) })), obstacle: null };
    const rest = await forwardHalves(app, open);
    return { ...rest, sent: [...sent, ...rest.sent] };
  }
}

/** All are checked before the first goes out: the one that is wrong is found by halves, and what is in front of it goes first. */
async function forwardHalves(app: Sender, rows: readonly Row[]): Promise<Forwarded> {
  const middle = Math.ceil(rows.length / 2);
  const first = await forward(app, rows.slice(0, middle));
  if (first.obstacle !== null) return first;
  const second = await forward(app, rows.slice(middle));
  return { sent: [...first.sent, ...second.sent], dead: [...first.dead, ...second.dead], obstacle: second.obstacle };
}

/** By these codes nothing but another row helps. */
const OF_DATA: ReadonlySet<string> = new Set([
  "INVALID_EVENT",
  "EVENT_TOO_LARGE",
  "NOT_JSON",
  "EVENT_DATA_INVALID",
  "LOG_RECORD_TOO_LARGE",
]);

/** Of another copy of the package, errors are of other classes. */
function isOfData(error: unknown): boolean {
  return error instanceof Error && "code" in error && typeof error.code === "string" && OF_DATA.has(error.code);
}

/** As a DeliveryError tells. */
function isSent(error: unknown, index: number): boolean {
  const { deliveries } = (error ?? {}) as { readonly deliveries?: readonly { readonly status: string }[] };
  return deliveries?.[index]?.status === "sent";
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}
