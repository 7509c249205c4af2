// Pausing a function, and having it go on.
import { useQueryClient } from "@tanstack/react-query";
import { useState, type ReactElement } from "react";

import type { ListedFunction } from "../../../../server/contract/functions.ts";
import { useMay } from "../../api/app.ts";
import { pauseFunction, resumeFunction, type EventsMeanwhile } from "../../api/functions.ts";
import { KEYS } from "../../api/keys.ts";
import { Button } from "../../components/button.tsx";
import { Confirm } from "../../components/confirm.tsx";
import { tellDone } from "../../components/toast.tsx";
import { amount } from "../../text/time.ts";
import { visible } from "../../text/visible.ts";

export function PauseButton({ of: { id, paused, queued } }: { readonly of: ListedFunction }): ReactElement | null {
  const mayOperate = useMay("operate");
  const queries = useQueryClient();
  // What the button said when it was pressed: somebody else may pause or resume it meanwhile.
  const [asked, setAsked] = useState<"pause" | "resume" | null>(null);
  const [events, setEvents] = useState<EventsMeanwhile>("keep");
  if (!mayOperate) return null;
  const name = visible(id);
  const done = async (words: string): Promise<void> => {
    tellDone(words);
    await queries.invalidateQueries({ queryKey: KEYS.functions });
  };
  return (
    <>
      <Button icon={paused === null ? "pause" : "play"} onClick={() => setAsked(paused === null ? "pause" : "resume")}>
        {paused === null ? "Pause" : "Resume"}
      </Button>
      {asked === "pause" && (
        <Confirm
          title={`Pause ${name}?`}
          action="Pause"
          onClose={() => setAsked(null)}
          onConfirm={async () => {
            await pauseFunction(id, events);
            await done(`${name} is paused`);
          }}
        >
          <p>No run of it starts from now on. Runs that have started go on.</p>
          <fieldset className="form-group">
            <legend>Events that come meanwhile</legend>
            <label className="row">
              <input type="radio" name="events" checked={events === "keep"} onChange={() => setEvents("keep")} />
              are kept: their runs start when it is resumed
            </label>
            <label className="row">
              <input type="radio" name="events" checked={events === "skip"} onChange={() => setEvents("skip")} />
              are skipped: they start no run of it, ever
            </label>
          </fieldset>
        </Confirm>
      )}
      {asked === "resume" && (
        <Confirm
          title={`Resume ${name}?`}
          action="Resume"
          onClose={() => setAsked(null)}
          onConfirm={async () => {
            await resumeFunction(id);
            await done(`${name} goes on`);
          }}
        >
          <p>
            {paused === "keep"
              ? `What came meanwhile starts now, in its order: ${queued === 0 ? "nothing waits" : `${amount(queued)} ${queued === 1 ? "waits" : "wait"}`}.`
              : "What came meanwhile was skipped, and does not start."}
          </p>
        </Confirm>
      )}
    </>
  );
}
