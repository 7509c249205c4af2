// What the run's code logged, as far as this server keeps it.
import "./logs.css";

import { useQuery } from "@tanstack/react-query";
import type { ReactElement } from "react";

import type { ShownRun } from "../../../../server/contract/runs.ts";
import { useApp } from "../../api/app.ts";
import { runLogsQuery } from "../../api/runs.ts";
import { CutText } from "../../components/json-view.tsx";
import { Empty, Failure, Loading } from "../../components/states.tsx";
import { clockTime, exactTime } from "../../text/time.ts";
import { visible } from "../../text/visible.ts";

export function Logs({ run }: { readonly run: ShownRun }): ReactElement {
  const { logLink } = useApp();
  const logs = useQuery(runLogsQuery(run));
  const elsewhere = logLink === null || !/^https?:\/\//.test(logLink) ? null : logLink.replaceAll("{run}", encodeURIComponent(run.id));
  return (
    <section className="stack" aria-label="Logs">
      {elsewhere !== null && (
        <p>
          <a href={elsewhere} rel="noreferrer" target="_blank">
            All log lines of this run
          </a>
        </p>
      )}
      {logs.isPending && <Loading what="log lines" />}
      {logs.data === undefined && logs.isError && <Failure error={logs.error} onRetry={() => void logs.refetch()} />}
      {logs.data?.items.length === 0 && (
        <Empty title="No log lines">
          <p>
            This server keeps the latest lines that runs log through <code>logger</code> while their code executes in its own process. Other
            workers&apos; lines are where those write them.
          </p>
        </Empty>
      )}
      {logs.data?.isCut && <p className="quiet">Older lines were let go.</p>}
      {logs.data !== undefined && logs.data.items.length > 0 && (
        <ol className="logs">
          {logs.data.items.map((line, at) => (
            <li key={at} className={`is-${line.level}`}>
              <time dateTime={new Date(line.at).toISOString()} title={exactTime(line.at)}>
                {clockTime(line.at)}
              </time>
              <span className="level">{line.level}</span>
              <span className="breaks">
                <CutText text={line.message} most={2_000} />
                {line.step !== null && <span className="quiet"> {visible(line.step)}</span>}
                {line.fields !== null && (
                  <code className="quiet">
                    {" "}
                    <CutText text={line.fields} most={500} />
                  </code>
                )}
              </span>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}
