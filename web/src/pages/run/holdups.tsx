// Why a run is not moving right now, and what to do about it.
import "./holdups.css";

import type { ReactElement } from "react";

import type { Holdup } from "../../../../server/contract/runs.ts";
import { Icon } from "../../components/icon.tsx";
import type { Tone } from "../../components/status.tsx";
import { Time } from "../../components/time.tsx";
import { visible } from "../../text/visible.ts";

/** What waits on purpose is no worry. */
const TONES: Readonly<Record<string, Tone>> = {
  EXECUTING: "busy",
  SLEEPING: "rest",
  WAITING_FOR_EVENT: "rest",
  WAITING_FOR_CHILD: "rest",
  RETRYING: "warn",
  HELD_BY_GATE: "rest",
  FUNCTION_PAUSED: "warn",
  PARKED: "bad",
  QUARANTINED: "bad",
  NO_CODE: "bad",
  PARTITION_STOPPED: "bad",
};

/** What happens at the time that is told. */
const UNTIL: Readonly<Record<string, string>> = {
  SLEEPING: "it wakes",
  WAITING_FOR_EVENT: "it gives up",
  WAITING_FOR_CHILD: "it gives up",
  RETRYING: "it tries again",
};

export function Holdups({ holdups }: { readonly holdups: readonly Holdup[] }): ReactElement | null {
  if (holdups.length === 0) return null;
  const isExecuting = holdups.every(({ code }) => code === "EXECUTING");
  return (
    <section className="holdups" aria-label="Why it is not moving">
      <h2>{isExecuting ? "What it is doing" : "Why it is not moving"}</h2>
      <ul>
        {holdups.map(({ code, message, hint, until }, at) => (
          <li key={at} className={`tone-${TONES[code] ?? "warn"}`}>
            <Icon name={code === "EXECUTING" ? "play" : "clock"} />
            <div>
              <p className="breaks">
                {visible(message)}
                {until !== null && (
                  <>
                    {" "}
                    ({UNTIL[code]} <Time at={until} />)
                  </>
                )}
              </p>
              {hint !== null && <p className="hint breaks">{visible(hint)}</p>}
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}
