// Holds three accounts against each other: what the workers heard from the log, what the journal says, and what the services were asked.
import type { Request } from "../../services/books.ts";
import { countBy, many, type Finding } from "../../stage/finding.ts";
import { ranAgain } from "../../stage/ran-again.ts";
import type { Ledger } from "./ledger.ts";
import type { Told } from "./told.ts";

export interface Evidence {
  readonly functions: readonly string[];
  readonly ledger: Pick<Ledger, "accepted" | "finishedAt">;
  readonly journal: readonly Told[];
  readonly requests: readonly Request[];
  /** Workers that were killed, as the services know them, and when they were gone. */
  readonly deaths: ReadonlyMap<string, number>;
}

export function prove(evidence: Evidence): readonly Finding[] {
  return [...runsOf(evidence), ...finishedStepsOf(evidence), ...executionsOf(evidence), ...effectsOf(evidence)];
}

function runsOf({ functions, ledger, journal }: Evidence): readonly Finding[] {
  const started = select(journal, "run started");
  const runs = countBy(started, ({ event, functionId }) => `${event} ${functionId}`);
  const wanted = [...ledger.accepted].flatMap((event) => functions.map((id) => `${event} ${id}`));
  const isOneEach = runs.size === wanted.length && wanted.every((pair) => runs.get(pair) === 1);
  const ends = select(journal, "run ended");
  const completed = ends.filter((end) => end.completed).length;
  return [
    {
      holds: isOneEach,
      text: `${ledger.accepted.size} events accepted, ${started.length} runs: ${isOneEach ? "" : "there should be "}one for each event and function`,
    },
    { holds: completed === started.length && ends.length === completed, text: `${completed} of ${started.length} runs completed` },
  ];
}

function finishedStepsOf({ ledger, journal, requests, deaths }: Evidence): readonly Finding[] {
  const finished = select(journal, "step finished").map(({ key }) => key);
  const steps = new Set(finished);
  const { requests: again, twice, forgotten } = ranAgain({ finished, heardAt: ledger.finishedAt, requests, deaths });
  const asked = new Set(requests.map(({ key }) => key));
  const unheardOf = [...steps].filter((key) => !asked.has(key)).length;
  return [
    {
      holds: unheardOf === 0,
      text:
        unheardOf === 0
          ? "every finished step is known to the services"
          : `${many(unheardOf, "finished step")} that no service was asked for`,
    },
    {
      holds: forgotten === 0,
      text:
        forgotten === 0
          ? `${many(steps.size, "step")} finished, and all that was acknowledged stands in the journal`
          : `${many(forgotten, "step")} that the log had acknowledged missing from the journal`,
    },
    {
      holds: twice === 0 && again.length === 0,
      text: `${many(again.length + twice, "finished step")} ran again`,
    },
    ...again.slice(0, 5).map(({ key, caller }) => ({ holds: false, text: `${key} ran again, on ${caller}` })),
  ];
}

function executionsOf({ journal, requests, deaths }: Evidence): readonly Finding[] {
  const finished = new Set(select(journal, "step finished").map(({ key }) => key));
  const gaveUp = new Set(
    select(journal, "step finished")
      .filter((step) => step.gaveUp)
      .map(({ key }) => key),
  );
  const failed = countBy(select(journal, "attempt failed"), ({ key }) => key);
  let moved = 0;
  let killed = 0;
  for (const [key, asked] of Map.groupBy(requests, (request) => request.key)) {
    const recorded = (failed.get(key) ?? 0) + (finished.has(key) && !gaveUp.has(key) ? 1 : 0);
    const extra = Math.max(0, asked.length - recorded);
    const byTheDead = Math.min(extra, asked.filter(({ caller }) => deaths.has(caller)).length);
    killed += byTheDead;
    moved += extra - byTheDead;
  }
  const attempts = [...failed.values()].reduce((sum, times) => sum + times, 0);
  return [
    {
      holds: null,
      text: `${many(attempts, "attempt")} failed${gaveUp.size === 0 ? ", and were made again" : `; ${many(gaveUp.size, "step")} had no attempt left, and the code went on without`}`,
    },
    {
      holds: null,
      text: `${many(killed, "step")} ran again that had been executing when the worker was killed${moved === 0 ? "" : `, ${moved} more while its partition moved`}`,
    },
  ];
}

function effectsOf({ ledger, requests }: Evidence): readonly Finding[] {
  const emails = requests.filter(({ service }) => service === "emails");
  const sent = emails.filter(({ effect }) => effect).length;
  return [
    {
      holds: sent === ledger.accepted.size,
      text: `${sent} welcome emails sent, one for each event; the mail service was asked ${emails.length} times and knows idempotency keys`,
    },
  ];
}

function select<Type extends Told["type"]>(told: readonly Told[], type: Type): readonly Extract<Told, { type: Type }>[] {
  return told.filter((fact): fact is Extract<Told, { type: Type }> => fact.type === type);
}
