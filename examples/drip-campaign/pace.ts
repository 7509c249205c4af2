// How fast the campaign goes. The demo has another pace, and nothing else that is different: its seconds are real seconds.
import type { Duration } from "millrace";

export interface Pace {
  /** How long somebody who signed up may take to book. */
  readonly firstBooking: Duration;
  /** When nobody waits for the end of a campaign any more. */
  readonly campaign: Duration;
  /** When reports are due. */
  readonly report: string;
}

export const BUSINESS: Pace = { firstBooking: "7 days", campaign: "30 days", report: "TZ=Europe/Warsaw 0 9 * * *" };
