// Holds what the services counted, and what the log says, against what the functions declare.
import { many, type Finding } from "../../stage/finding.ts";
import type { Evidence } from "./evidence.ts";
import { indexesOf } from "./proof/indexes.ts";
import { limitsOf } from "./proof/limits.ts";
import { outageOf } from "./proof/outage.ts";
import { rowsOf } from "./proof/rows.ts";
import { runsOf } from "./proof/runs.ts";
import { sessionsOf } from "./proof/sessions.ts";
import { sharesOf } from "./proof/shares.ts";
import { stepsOf } from "./proof/steps.ts";

export function prove(evidence: Evidence): readonly Finding[] {
  return [
    ...runsOf(evidence),
    ...limitsOf(evidence),
    ...sharesOf(evidence),
    ...outageOf(evidence),
    ...rowsOf(evidence),
    ...indexesOf(evidence),
    ...sessionsOf(evidence),
    ...stepsOf(evidence),
    { holds: null, text: `${many(evidence.deaths.size, "worker")} killed` },
  ];
}
