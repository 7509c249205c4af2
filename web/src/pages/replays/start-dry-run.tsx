// Starts a dry run: of which function, over which runs, and what is to be computed again.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState, type SubmitEvent, type ReactElement } from "react";

import { useApp } from "../../api/app.ts";
import { functionsQuery } from "../../api/functions.ts";
import { KEYS } from "../../api/keys.ts";
import { startDryRun } from "../../api/replays.ts";
import { Button } from "../../components/button.tsx";
import { Field, Input } from "../../components/filter-bar.tsx";
import { LocalTime, timeOf } from "../../components/local-time.tsx";
import { messageOf, Notice } from "../../components/states.tsx";
import { visible } from "../../text/visible.ts";

interface Asked {
  readonly function: string;
  readonly since: string | undefined;
  readonly until: string | undefined;
  readonly where: string;
  readonly recompute: string;
}

export function StartDryRun({ functionId }: { readonly functionId: string | undefined }): ReactElement {
  const { hasCode } = useApp();
  const functions = useQuery(functionsQuery);
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [asked, setAsked] = useState<Asked>({ function: functionId ?? "", since: undefined, until: undefined, where: "", recompute: "" });
  const [isBusy, setIsBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const ids = (functions.data?.items ?? []).map(({ id }) => id);

  const start = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (isBusy || asked.function === "") return;
    setIsBusy(true);
    setError(null);
    try {
      const { operation } = await startDryRun(bodyOf(asked));
      await queries.invalidateQueries({ queryKey: KEYS.replays });
      await navigate({ to: "/replays/$id", params: { id: operation.id } });
    } catch (thrown) {
      setError(thrown);
      setIsBusy(false);
    }
  };

  return (
    <form className="card stack" aria-labelledby="dry-run" onSubmit={(event) => void start(event)}>
      <h2 id="dry-run">Dry run</h2>
      <p className="quiet">
        Calls today&apos;s code with what past runs recorded, and tells which of them would be another. No step is executed, and nothing is
        written.
      </p>
      {!hasCode && (
        <Notice tone="warn">
          This server has none of the app&apos;s code. Start it with the app&apos;s module: <code>millrace start app.ts</code>
        </Notice>
      )}
      {functions.data === undefined && functions.isError && (
        <Notice tone="warn">Which functions there are could not be asked for: {visible(messageOf(functions.error))}</Notice>
      )}
      <Field label="Function">
        <select className="input" required value={asked.function} onChange={({ target }) => setAsked({ ...asked, function: target.value })}>
          <option value="">choose one</option>
          {[...new Set([...ids, ...(functionId === undefined ? [] : [functionId])])].map((id) => (
            <option key={id} value={id}>
              {visible(id)}
            </option>
          ))}
        </select>
      </Field>
      <Field label="Runs that started from" hint="Empty: from the beginning of the journals.">
        <LocalTime value={asked.since} onChange={(since) => setAsked({ ...asked, since })} />
      </Field>
      <Field label="Until" hint="Empty: up to now.">
        <LocalTime value={asked.until} onChange={(until) => setAsked({ ...asked, until })} />
      </Field>
      <Field label="Where" hint={'CEL over the event that started it, such as event.data.country == "AT"'}>
        <Input value={asked.where} maxLength={10_000} onChange={({ target }) => setAsked({ ...asked, where: target.value })} />
      </Field>
      <Field
        label="Steps to compute again"
        hint="Ids, with commas, beside those that are declared pure. They are executed: name none that have effects."
      >
        <Input value={asked.recompute} onChange={({ target }) => setAsked({ ...asked, recompute: target.value })} />
      </Field>
      {error !== null && (
        <div role="alert">
          <Notice tone="bad">{visible(messageOf(error))}</Notice>
        </div>
      )}
      <div className="row">
        <Button type="submit" look="primary" disabled={isBusy || !hasCode || asked.function === ""}>
          {isBusy ? "Starting…" : "Start the dry run"}
        </Button>
      </div>
    </form>
  );
}

function bodyOf({ function: of, since, until, where, recompute }: Asked): Parameters<typeof startDryRun>[0] {
  const [from, to] = [timeOf(since), timeOf(until)];
  const steps = recompute
    .split(",")
    .map((step) => step.trim())
    .filter((step) => step !== "");
  return {
    function: of,
    ...(from !== undefined && { since: from }),
    ...(to !== undefined && { until: to }),
    ...(where.trim() !== "" && { where: where.trim() }),
    recompute: steps,
  };
}
