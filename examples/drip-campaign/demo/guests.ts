// Who signs up, and what they do next. Nobody but they and the log knows it: the proof goes by when the log took their events.
import type { EventToSend } from "millrace";
import type { CampaignEvents, Plan } from "../events.ts";
import { FIRST_BOOKING_MS } from "./pace.ts";

export type GuestEvent = EventToSend<CampaignEvents> & { readonly id: string };

export interface Guest {
  readonly userId: string;
  readonly email: string;
  readonly plan: Plan;
  readonly signUp: GuestEvent;
  /** What they do after signing up, and how long after, in milliseconds. Null: nothing. */
  readonly next: { readonly event: GuestEvent; readonly afterMs: number } | null;
}

const NAMES = ["Ada", "Barbara", "Edsger", "Grace", "Hedy", "Ken", "Leslie", "Margaret", "Niklaus", "Radia"];
const PLANS: readonly Plan[] = ["solo", "team", "enterprise"];

type Habit = { readonly does: "books" | "deletes"; readonly afterMs: number } | { readonly does: "nothing" };

const HABITS: readonly Habit[] = [
  // Before anybody waits for it: the welcome takes longer to leave.
  { does: "books", afterMs: 0 },
  { does: "nothing" },
  { does: "books", afterMs: 1_200 },
  { does: "deletes", afterMs: 1_800 },
  // At about the last moment: whether in time, the log says.
  { does: "books", afterMs: FIRST_BOOKING_MS + 120 },
  { does: "nothing" },
  { does: "books", afterMs: 2_600 },
  { does: "books", afterMs: FIRST_BOOKING_MS + 1_800 },
];

export function guests(count: number): readonly Guest[] {
  return Array.from({ length: count }, (_, index) => {
    const number = index + 1;
    const userId = `user-${number}`;
    const name = NAMES[index % NAMES.length] ?? "";
    const email = `${name.toLowerCase()}.${number}@example.com`;
    const plan = PLANS[index % PLANS.length] ?? "solo";
    const signUp: GuestEvent = { name: "user/signed.up", id: `sign-up-${number}`, key: email, data: { userId, email, name, plan } };
    return { userId, email, plan, signUp, next: nextOf(HABITS[index % HABITS.length], number, userId) };
  });
}

/** Bookings come from elsewhere and are keyed as they are there: what they correlate by is in their data. */
function nextOf(habit: Habit | undefined, number: number, userId: string): Guest["next"] {
  if (habit === undefined || habit.does === "nothing") return null;
  const { does, afterMs } = habit;
  if (does === "deletes")
    return { afterMs, event: { name: "user/deleted", id: `deletion-${number}`, key: `account-${number}`, data: { userId } } };
  const bookingId = `booking-${number}`;
  return { afterMs, event: { name: "booking/created", id: bookingId, key: bookingId, data: { userId, bookingId } } };
}
