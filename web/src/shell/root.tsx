// Behind every page: who may not look logs in, and who cannot reach the server is told.
import { QueryErrorResetBoundary, useQuery, useQueryClient } from "@tanstack/react-query";
import { createRootRoute, Link, type ErrorComponentProps } from "@tanstack/react-router";
import { useEffect, useRef, type ReactElement } from "react";

import { appQuery } from "../api/app.ts";
import { followLive } from "../api/live.ts";
import { ApiProblem } from "../api/problem.ts";
import { session } from "../api/session.ts";
import { Page } from "../components/page.tsx";
import { Empty, Failure, Loading } from "../components/states.tsx";
import { useStore } from "../store.ts";
import { Layout } from "./layout.tsx";
import { LogIn } from "./log-in.tsx";

export const rootRoute = createRootRoute({ component: Root, notFoundComponent: NotFound, errorComponent: PageFailed });

function Root(): ReactElement {
  const queries = useQueryClient();
  const { token, refusal } = useStore(session);
  const app = useQuery({ ...appQuery, retry: (_, error) => !(error instanceof ApiProblem) || error.isPassing, retryDelay: 1_500 });
  const isIn = app.data !== undefined && !wantsToken(app.error);

  // Another token may see other things.
  const lastToken = useRef(token);
  useEffect(() => {
    if (lastToken.current === token) return;
    lastToken.current = token;
    void queries.resetQueries();
  }, [queries, token]);
  useEffect(() => {
    if (!isIn) return undefined;
    const leaving = new AbortController();
    void followLive(queries, leaving.signal);
    return () => leaving.abort();
  }, [queries, isIn, token]);

  if (isIn) return <Layout />;
  const problem = app.error ?? app.failureReason;
  if (wantsToken(problem)) return <LogIn refusal={refusal ?? (problem.status === 403 ? problem.message : null)} />;
  if (problem !== null)
    return (
      <main className="page">
        <Failure error={problem} onRetry={() => void app.refetch()} />
      </main>
    );
  return (
    <main className="page">
      <Loading what="Millrace" />
    </main>
  );
}

/** None was given, or one that may not look. */
function wantsToken(problem: unknown): problem is ApiProblem {
  return problem instanceof ApiProblem && (problem.status === 401 || problem.status === 403);
}

function NotFound(): ReactElement {
  return (
    <Page title="No such page">
      <Empty title="There is nothing at this address">
        <p>
          <Link to="/">To the overview</Link>
        </p>
      </Empty>
    </Page>
  );
}

export function PageFailed({ error, reset }: ErrorComponentProps): ReactElement {
  return (
    <QueryErrorResetBoundary>
      {({ reset: resetQueries }) => (
        <Page title={error instanceof ApiProblem && error.status === 404 ? "Not found" : "Something is wrong"}>
          <Failure
            error={error}
            onRetry={() => {
              resetQueries();
              reset();
            }}
          />
        </Page>
      )}
    </QueryErrorResetBoundary>
  );
}
