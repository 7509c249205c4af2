// Real seconds, only fewer of them.
import type { Pace } from "../pace.ts";

export const FIRST_BOOKING_MS = 4_000;
export const REPORT_EVERY_MS = 2_000;

export const DEMO_PACE: Pace = {
  firstBooking: FIRST_BOOKING_MS,
  campaign: "1 minute",
  report: `*/${REPORT_EVERY_MS / 1_000} * * * * *`,
};
