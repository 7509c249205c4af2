// How a function fares: rates, latency, failures.
import type { ReactElement } from "react";

import type { ListedFunction } from "../../../../server/contract/functions.ts";
import { Sparkline } from "../../charts/sparkline.tsx";
import { Status } from "../../components/status.tsx";
import { amount, duration } from "../../text/time.ts";

export function Rates({ rates }: { readonly rates: ListedFunction["rates"] }): ReactElement {
  const { minutes, completed, failed } = rates;
  const [good, bad] = [sum(completed), sum(failed)];
  return <Sparkline label={`In ${minutes} minutes: ${good} completed, ${bad} failed`} completed={completed} failed={failed} />;
}

export function Latency({ latency }: { readonly latency: ListedFunction["latency"] }): ReactElement {
  if (latency === null) return <span className="quiet">–</span>;
  return (
    <span title={`p99 ${duration(latency.p99)}`}>
      {duration(latency.p50)} <span className="quiet">/ {duration(latency.p95)}</span>
    </span>
  );
}

export function Failures({ rates }: { readonly rates: ListedFunction["rates"] }): ReactElement {
  const failed = sum(rates.failed);
  return failed === 0 ? <span className="quiet">0</span> : <span className="failures">{amount(failed)}</span>;
}

export function Paused({ how }: { readonly how: ListedFunction["paused"] }): ReactElement | null {
  if (how === null) return null;
  return <Status tone="warn">{how === "keep" ? "paused" : "paused, skips"}</Status>;
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
