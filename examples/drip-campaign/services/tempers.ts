// The services that the campaign needs, and how each behaves.
import { CALM, type Temper } from "../../services/temper.ts";

const MOODY: Temper = { slowMs: [20, 80], refusedPercent: 5, lostPercent: 3, retryAfter: null };

export const TEMPERS: Readonly<Record<string, Temper>> = {
  emails: { slowMs: [80, 250], refusedPercent: 6, lostPercent: 6, retryAfter: null },
  notes: MOODY,
  contacts: MOODY,
  "closed-contacts": MOODY,
  codes: MOODY,
  reports: CALM,
};
