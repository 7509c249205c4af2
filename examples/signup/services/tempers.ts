// The services that sign-up needs, and how each behaves.
import { CALM, type Temper } from "../../services/temper.ts";

export const TEMPERS: Readonly<Record<string, Temper>> = {
  users: CALM,
  emails: { slowMs: [80, 300], refusedPercent: 10, lostPercent: 6, retryAfter: null },
  "mailing-list": { slowMs: [40, 120], refusedPercent: 5, lostPercent: 0, retryAfter: 1 },
  contacts: { slowMs: [20, 80], refusedPercent: 5, lostPercent: 2, retryAfter: null },
  calls: { slowMs: [20, 80], refusedPercent: 10, lostPercent: 0, retryAfter: null },
  reports: CALM,
};
