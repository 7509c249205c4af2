// Why a run is not moving right now, and what to do about it.
import "./holdups.css";

import type { ReactElement } from "react";

import type { Holdup } from "../../../../server/contract/runs.ts";
import { Icon } from "../../components/icon.tsx";
import type { Tone } from "../../components/status.tsx";
import { Time, useNow } from "../../components/time.tsx";
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
  NO_WORKER: "bad",
  PARTITION_STOPPED: "bad",
};

/** What happens at the time that is told; that it began to, no journal says before it has come to something. */
const UNTIL: Readonly<Record<string, readonly [isToCome: string, isPast: string]>> = {
  SLEEPING: ["it wakes", "it was to wake"],
  WAITING_FOR_EVENT: ["it gives up", "it was to give up"],
  WAITING_FOR_CHILD: ["it gives up", "it was to give up"],
  RETRYING: ["it tries again", "it was to try again"],
  HELD_BY_GATE: ["it starts", "it was to start"],
};

export function dueWords(code: string, due: number, now: number): string {
  return UNTIL[code]?.[due > now ? 0 : 1] ?? (due > now ? "it goes on" : "it was to go on");
}

export function Holdups({ holdups }: { readonly holdups: readonly Holdup[] }): ReactElement | null {
  const now = useNow();
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
                    ({dueWords(code, until, now)} <Time at={until} />)
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
