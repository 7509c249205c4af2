// Attempts that failed, the latest first.
import type { ReactElement } from "react";

import type { ShownStep } from "../../../../server/contract/runs.ts";
import { Time } from "../../components/time.tsx";
import { duration } from "../../text/time.ts";
import { ErrorView } from "./error-view.tsx";

export function Attempts({ attempts }: { readonly attempts: ShownStep["attempts"] }): ReactElement | null {
  if (attempts.length === 0) return null;
  return (
    <section className="stack" aria-label="Attempts that failed">
      <h3>
        {attempts.length} failed attempt{attempts.length > 1 && "s"}
      </h3>
      {attempts.toReversed().map(({ attempt, failedAt, retryAt, error }) => (
        <div key={attempt} className="stack attempt">
          <p>
            Attempt {attempt + 1} failed <Time at={failedAt} />
            {retryAt === null ? ": the last one" : `, tried again ${duration(Math.max(0, retryAt - failedAt))} later`}
          </p>
          <ErrorView error={error} />
        </div>
      ))}
    </section>
  );
}
