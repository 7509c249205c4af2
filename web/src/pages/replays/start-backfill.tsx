// Starts a back-fill: a function gets events of the past, beside those that come.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type SubmitEvent, type ReactElement } from "react";

import { startBackfill } from "../../api/backfills.ts";
import { functionsQuery } from "../../api/functions.ts";
import { KEYS } from "../../api/keys.ts";
import { Button } from "../../components/button.tsx";
import { Confirm } from "../../components/confirm.tsx";
import { Field, Input } from "../../components/filter-bar.tsx";
import { LocalTime, timeOf } from "../../components/local-time.tsx";
import { messageOf, Notice } from "../../components/states.tsx";
import { tellDone } from "../../components/toast.tsx";
import { visible } from "../../text/visible.ts";

interface Asked {
  readonly function: string;
  readonly since: string | undefined;
  readonly rate: string;
}

export function StartBackfill(): ReactElement {
  const functions = useQuery(functionsQuery);
  const queries = useQueryClient();
  const [asked, setAsked] = useState<Asked>({ function: "", since: undefined, rate: "" });
  const [isAsking, setIsAsking] = useState(false);
  const rate = Number(asked.rate);
  const isRate = asked.rate === "" || (Number.isFinite(rate) && rate > 0);

  return (
    <>
      <form
        className="card stack"
        aria-labelledby="backfill"
        onSubmit={(event: SubmitEvent) => {
          event.preventDefault();
          if (asked.function !== "" && isRate) setIsAsking(true);
        }}
      >
        <h2 id="backfill">Back-fill</h2>
        <p className="quiet">Gives a function the events of the past that it has not seen. It starts real runs, each event once.</p>
        {functions.data === undefined && functions.isError && (
          <Notice tone="warn">Which functions there are could not be asked for: {visible(messageOf(functions.error))}</Notice>
        )}
        <Field label="Function to back-fill">
          <select
            className="input"
            required
            value={asked.function}
            onChange={({ target }) => setAsked({ ...asked, function: target.value })}
          >
            <option value="">choose one</option>
            {(functions.data?.items ?? []).map(({ id }) => (
              <option key={id} value={id}>
                {visible(id)}
              </option>
            ))}
          </select>
        </Field>
        <Field label="Events from" hint="Empty: from the beginning of its topics.">
          <LocalTime value={asked.since} onChange={(since) => setAsked({ ...asked, since })} />
        </Field>
        <Field label="Events a second, at most" hint="Empty: as the engine does it.">
          <Input
            inputMode="decimal"
            value={asked.rate}
            {...(!isRate && { "aria-invalid": true })}
            onChange={({ target }) => setAsked({ ...asked, rate: target.value })}
          />
        </Field>
        <div className="row">
          <Button type="submit" disabled={asked.function === "" || !isRate}>
            Start the back-fill…
          </Button>
        </div>
      </form>
      {isAsking && (
        <Confirm
          title={`Back-fill ${visible(asked.function)}?`}
          action="Start"
          onClose={() => setIsAsking(false)}
          onConfirm={async () => {
            const since = timeOf(asked.since);
            await startBackfill({ function: asked.function, ...(since !== undefined && { since }), ...(asked.rate !== "" && { rate }) });
            tellDone("The back-fill has begun");
            await Promise.all([KEYS.backfills, KEYS.operations].map((queryKey) => queries.invalidateQueries({ queryKey })));
          }}
        >
          <p>
            Runs start for events{" "}
            {asked.since === undefined ? "from the beginning of its topics on" : `since ${new Date(asked.since).toISOString()}`},{" "}
            {asked.rate === "" ? "as fast as the engine does it" : `${asked.rate} a second at most`}. Their steps are executed.
          </p>
        </Confirm>
      )}
    </>
  );
}
