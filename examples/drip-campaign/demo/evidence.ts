// All that the proof goes by.
import type { Request } from "../../services/books.ts";
import type { Guest } from "./guests.ts";
import type { Ledger } from "./ledger.ts";
import type { Story } from "./story.ts";

export interface Evidence {
  readonly guests: readonly Guest[];
  /** When the log took each event, by its id, as the topic says. */
  readonly arrivals: ReadonlyMap<string, number>;
  /** What became of each run, by the journal. */
  readonly stories: ReadonlyMap<string, Story>;
  /** What the world saw. */
  readonly requests: readonly Request[];
  readonly ledger: Pick<Ledger, "finishedAt">;
  /** Workers that were killed, and when they were gone. */
  readonly deaths: ReadonlyMap<string, number>;
  /** When nobody owned some partition. */
  readonly outage: { readonly from: number; readonly to: number };
  /** When the workers were told to go. */
  readonly sentHomeAt: number;
}

/** A guest, and all that concerns them. */
export interface Case {
  readonly guest: Guest;
  readonly due: Due;
  /** Null: there is none, or there are two. */
  readonly drip: Story | null;
  readonly crm: Story | null;
  /** When the log took the booking; null: there is none. */
  readonly bookedAt: number | null;
  /** Until when a booking counts; null where the wait never began. */
  readonly deadline: number | null;
}

/** What the log's clock says must come of it. Whoever deletes the account behind the deadline may be reminded before that is known. */
export type Due = "thanked" | "reminded" | "cancelled" | "reminded or cancelled";

export function casesOf({ guests, arrivals, stories }: Evidence): readonly Case[] {
  const bySignUp = Map.groupBy(stories.values(), ({ functionId, event }) => `${functionId} ${event.id}`);
  const only = (functionId: string, { signUp }: Guest): Story | null => {
    const [story = null, ...others] = bySignUp.get(`${functionId} ${signUp.id}`) ?? [];
    return others.length === 0 ? story : null;
  };
  return guests.map((guest) => {
    const drip = only("drip", guest);
    const deadline = drip?.waits.get("first booking#0")?.deadline ?? null;
    const at = guest.next === null ? null : (arrivals.get(guest.next.event.id) ?? null);
    const bookedAt = guest.next?.event.name === "booking/created" ? at : null;
    const deletedAt = guest.next?.event.name === "user/deleted" ? at : null;
    return { guest, drip, crm: only("crm", guest), bookedAt, deadline, due: dueOf(bookedAt, deletedAt, deadline) };
  });
}

function dueOf(bookedAt: number | null, deletedAt: number | null, deadline: number | null): Due {
  const isInTime = (at: number): boolean => at <= (deadline ?? Number.POSITIVE_INFINITY);
  if (deletedAt !== null) return isInTime(deletedAt) ? "cancelled" : "reminded or cancelled";
  return bookedAt !== null && isInTime(bookedAt) ? "thanked" : "reminded";
}
