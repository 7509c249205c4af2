// Holds what the log says against what the world saw: the right mails, offers, contacts and reports, each once, and nothing beside.
import type { Finding } from "../../stage/finding.ts";
import { many } from "../../stage/finding.ts";
import { ranAgain } from "../../stage/ran-again.ts";
import { casesOf, type Evidence } from "./evidence.ts";
import { contactsOf } from "./proof/contacts.ts";
import { mailsOf } from "./proof/mails.ts";
import { offersOf } from "./proof/offers.ts";
import { reportsOf } from "./proof/reports.ts";
import { runsOf } from "./proof/runs.ts";
import { timesOf } from "./proof/times.ts";

export function prove(evidence: Evidence): readonly Finding[] {
  const cases = casesOf(evidence);
  return [
    ...runsOf(evidence, cases),
    ...mailsOf(evidence, cases),
    ...offersOf(evidence, cases),
    ...contactsOf(evidence, cases),
    ...reportsOf(evidence),
    ...finishedStepsOf(evidence),
    ...timesOf(evidence, cases),
  ];
}

function finishedStepsOf({ stories, ledger, requests, deaths }: Evidence): readonly Finding[] {
  const finished = [...stories.values()].flatMap((story) => story.finished);
  const again = ranAgain({ finished, heardAt: ledger.finishedAt, requests, deaths });
  const good = again.requests.length + again.twice + again.forgotten === 0;
  return [
    {
      holds: good,
      text: good
        ? `${many(finished.length, "step")} finished, none ran again, and all that was acknowledged stands in the journal`
        : `${again.requests.length + again.twice} finished steps ran again, ${again.forgotten} are missing from the journal`,
    },
    ...again.requests.slice(0, 5).map(({ key, caller }) => ({ holds: false, text: `${key} ran again, on ${caller}` })),
  ];
}
