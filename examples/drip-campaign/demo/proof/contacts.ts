// The other function heard of it: each contact was opened, and closed once with how the campaign ended.
import type { Finding } from "../../../stage/finding.ts";
import type { Case, Evidence } from "../evidence.ts";
import { findingOf } from "../../../stage/faults.ts";

const STATUS: Readonly<Record<Case["due"], readonly string[]>> = {
  thanked: ["thanked"],
  reminded: ["reminded"],
  cancelled: ["deleted"],
  "reminded or cancelled": ["reminded", "deleted"],
};

export function contactsOf({ requests }: Evidence, cases: readonly Case[]): readonly Finding[] {
  const closed = Map.groupBy(
    requests.filter(({ effect, service }) => effect && service === "closed-contacts"),
    ({ body }) => String(body["userId"]),
  );
  return findingOf(
    `${closed.size} contacts closed, once each, with how the campaign ended`,
    cases.flatMap(({ guest: { userId }, due }) => {
      const statuses = (closed.get(userId) ?? []).map(({ body }) => String(body["status"]));
      const isRight = statuses.length === 1 && STATUS[due].includes(statuses[0] ?? "");
      return isRight ? [] : [`${userId} should be ${due}, and the contact was closed as ${statuses.join(", ") || "nothing"}`];
    }),
  );
}
