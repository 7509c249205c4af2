// What the services tell the demo: figures while it plays, and every request at its end.
import type { Request } from "../../services/books.ts";

export type Service = "verifications" | "rows" | "indexes" | "sessions";

export interface Asked extends Request {
  readonly service: Service;
  /** Requests of its service, or for its tenant's table, that were being answered when it came, with itself. */
  readonly atOnce: number;
  /** What was answered, if somebody was there to hear it. */
  readonly status: number;
}

/** A time of failures, milliseconds since 1970. */
export interface Outage {
  readonly from: number;
  readonly to: number;
}

export interface Report {
  readonly asked: readonly Asked[];
  readonly outage: Outage | null;
}

export interface Meter {
  readonly atOnce: number;
  /** New ones in the last second. */
  readonly perSecond: number;
  readonly fails: boolean;
  /** Contacts that are verified, by tenant. */
  readonly verified: Readonly<Record<string, number>>;
  readonly inserts: number;
  readonly rows: number;
  readonly indexes: number;
  readonly sessions: number;
}
