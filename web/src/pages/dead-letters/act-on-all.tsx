// Retries or discards all dead letters that a filter finds, after it was told how many they are.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { ReactElement } from "react";

import { bulkDeadLetters, previewDeadLetters, type DeadLetterAction, type DeadLetterFilter } from "../../api/dead-letters.ts";
import { KEYS } from "../../api/keys.ts";
import { Confirm } from "../../components/confirm.tsx";
import { Failure, Loading } from "../../components/states.tsx";
import { tellDone } from "../../components/toast.tsx";
import { visible } from "../../text/visible.ts";
import { ACTION_WORDS, letters } from "./words.ts";

export function ActOnAll(props: {
  readonly action: DeadLetterAction;
  readonly filter: DeadLetterFilter;
  readonly onClose: () => void;
  readonly onStarted: (operation: string) => void;
}): ReactElement {
  const { action, filter, onClose, onStarted } = props;
  const { verb, effect } = ACTION_WORDS[action];
  const queries = useQueryClient();
  // Those that are done with stay so.
  const open: DeadLetterFilter = { ...filter, state: "open" };
  const preview = useQuery({
    queryKey: [...KEYS.preview, "dead-letters", action, open],
    queryFn: ({ signal }) => previewDeadLetters(action, open, signal),
    gcTime: 0,
  });
  const count = preview.data?.count ?? 0;

  const act = async (): Promise<void> => {
    try {
      const { operation } = await bulkDeadLetters(action, open, count);
      if (operation !== null) onStarted(operation);
      tellDone(`${verb}: begun with ${letters(count)}`);
    } catch (error) {
      // There may be another number of them by now: then that has to be confirmed.
      await preview.refetch();
      throw error;
    } finally {
      await queries.invalidateQueries({ queryKey: KEYS.deadLetters });
    }
  };

  return (
    <Confirm
      title={`${verb} all open dead letters of this filter?`}
      action={preview.isSuccess ? `${verb} ${count.toLocaleString("en")}` : verb}
      isDangerous={action === "discard"}
      isBlocked={count === 0}
      onClose={onClose}
      onConfirm={act}
    >
      {preview.isPending && <Loading what="how many there are" rows={1} />}
      {preview.isError && <Failure error={preview.error} onRetry={() => void preview.refetch()} />}
      {preview.isSuccess && <p role="status">{count === 0 ? "None of them can be worked on." : `It is about ${letters(count)}.`}</p>}
      <dl className="facts">
        {Object.entries(open).map(([name, value]) => value !== undefined && <FilterFact key={name} name={name} value={value} />)}
      </dl>
      <p>{effect}</p>
    </Confirm>
  );
}

function FilterFact({ name, value }: { readonly name: string; readonly value: string | number }): ReactElement {
  return (
    <>
      <dt>{name}</dt>
      <dd>{typeof value === "number" ? new Date(value).toISOString() : visible(value)}</dd>
    </>
  );
}
