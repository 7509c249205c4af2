// Each reminder carries what its child run said: a discount of its own, or none where the child failed.
import type { Finding } from "../../../stage/finding.ts";
import type { Case, Evidence } from "../evidence.ts";
import { findingOf } from "../../../stage/faults.ts";

const PERCENT = { solo: 10, team: 20, enterprise: null };

export function offersOf({ stories, requests }: Evidence, cases: readonly Case[]): readonly Finding[] {
  const children = Map.groupBy(stories.values(), ({ parent }) => parent ?? "");
  const reminders = requests.filter(({ effect, service, body }) => effect && service === "emails" && body["template"] === "reminder");
  const codes: string[] = [];
  const faults = reminders.flatMap(({ body }) => {
    const one = cases.find(({ guest }) => guest.email === body["to"]);
    if (one === undefined || one.drip === null) return [`a reminder to ${String(body["to"])}, who is nobody's guest`];
    const { userId, plan } = one.guest;
    const discount = body["discount"] as { percent: number; code: string } | null;
    if (discount !== null) codes.push(discount.code);
    const [child, ...others] = children.get(one.drip.run) ?? [];
    const how = plan === "enterprise" ? "failed" : "completed";
    const isRight = child?.end?.how === how && others.length === 0 && (discount?.percent ?? null) === PERCENT[plan];
    return isRight ? [] : [`${userId}, ${plan}: got ${JSON.stringify(discount)}, of ${others.length + 1} children, ${child?.end?.how}`];
  });
  const twice = codes.length - new Set(codes).size;
  return findingOf(
    `${reminders.length} reminders with what their child said: ${codes.length} with a discount, ${reminders.length - codes.length} whose child failed without`,
    [...faults, ...(twice === 0 ? [] : [`${twice} codes were given twice`])],
  );
}
