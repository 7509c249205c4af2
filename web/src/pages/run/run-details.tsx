// The run itself, beside its timeline: what it was given, what came of it, and why it failed.
import type { ReactElement } from "react";

import type { ShownRun } from "../../../../server/contract/runs.ts";
import { JsonView } from "../../components/json-view.tsx";
import { Attempts } from "./attempts.tsx";

export function RunDetails({ run }: { readonly run: ShownRun }): ReactElement {
  return (
    <>
      <h2>Run</h2>
      {run.output !== null && <JsonView label="Output" text={run.output} />}
      {run.events.map(({ origin, name, data }) => (
        <JsonView key={origin} label={`Input: ${name}`} text={data} none="hidden from this token" />
      ))}
      {run.events.length === 0 && <p className="quiet">The event that triggered it is not in the history.</p>}
      <Attempts attempts={run.attempts} />
    </>
  );
}
