// Whoever booked in time, by the log's clock, was thanked; whoever did not was reminded; whoever deleted the account heard no more.
import { countBy, many, type Finding } from "../../../stage/finding.ts";
import type { Case, Due, Evidence } from "../evidence.ts";
import { findingOf } from "../../../stage/faults.ts";

const TEMPLATES = ["welcome", "thanks", "reminder"] as const;
type Mails = Readonly<Record<(typeof TEMPLATES)[number] | "note", number>>;

export function mailsOf({ requests }: Evidence, cases: readonly Case[]): readonly Finding[] {
  const done = requests.filter(({ effect }) => effect);
  const sent = countBy(
    done.filter(({ service }) => service === "emails"),
    ({ body }) => `${String(body["to"])} ${String(body["template"])}`,
  );
  const notes = countBy(
    done.filter(({ service }) => service === "notes"),
    ({ body }) => String(body["userId"]),
  );
  const mailsOfCase = ({ guest: { email, userId } }: Case): Mails => {
    const [welcome = 0, thanks = 0, reminder = 0] = TEMPLATES.map((template) => sent.get(`${email} ${template}`) ?? 0);
    return { welcome, thanks, reminder, note: notes.get(userId) ?? 0 };
  };
  const faultsOf = (due: Due): readonly string[] =>
    cases.flatMap((one) => {
      if (one.due !== due) return [];
      const got = mailsOfCase(one);
      const how = one.drip?.end?.how ?? "open";
      return isRight(due, got, how) ? [] : [`${one.guest.userId} should be ${due}, the run is ${how}, and got ${JSON.stringify(got)}`];
    });
  const numberOf = (due: Due): number => cases.filter((one) => one.due === due).length;
  const late = numberOf("reminded or cancelled");
  return [
    ...findingOf(`${numberOf("thanked")} had booked in time, by the log's clock: thanked, once each`, faultsOf("thanked")),
    ...findingOf(`${numberOf("reminded")} had not, or too late: reminded, once each`, faultsOf("reminded")),
    ...findingOf(
      `${numberOf("cancelled")} had deleted their account: cancelled, not a mail after it, and a note for each`,
      faultsOf("cancelled"),
    ),
    ...(late === 0
      ? []
      : findingOf(
          `${many(late, "guest")} deleted their account behind the deadline: reminded or cancelled`,
          faultsOf("reminded or cancelled"),
        )),
  ];
}

function isRight(due: Due, { welcome, thanks, reminder, note }: Mails, how: string): boolean {
  switch (due) {
    case "thanked":
      return how === "completed" && welcome === 1 && thanks === 1 && reminder === 0 && note === 0;
    case "reminded":
      return how === "completed" && welcome === 1 && thanks === 0 && reminder === 1 && note === 0;
    case "cancelled":
      return how === "cancelled" && welcome <= 1 && thanks === 0 && reminder === 0 && note === 1;
    case "reminded or cancelled":
      if (how === "completed") return welcome === 1 && thanks === 0 && reminder === 1 && note === 0;
      // The reminder may have been on its way.
      return how === "cancelled" && welcome === 1 && thanks === 0 && reminder <= 1 && note === 1;
  }
}
