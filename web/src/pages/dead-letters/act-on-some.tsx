// Retries or discards dead letters that were chosen, one after the other.
import { useQueryClient } from "@tanstack/react-query";
import { useState, type ReactElement } from "react";

import { actOnDeadLetter, type DeadLetterAction } from "../../api/dead-letters.ts";
import { KEYS } from "../../api/keys.ts";
import { Confirm } from "../../components/confirm.tsx";
import { Progress } from "../../components/progress.tsx";
import { messageOf } from "../../components/states.tsx";
import { tellDone } from "../../components/toast.tsx";
import { ACTION_WORDS, letters } from "./words.ts";

export function ActOnSome(props: {
  readonly action: DeadLetterAction;
  readonly ids: readonly string[];
  readonly onClose: () => void;
  readonly onDone: () => void;
}): ReactElement {
  const { action, ids, onClose, onDone } = props;
  const { verb, done, effect } = ACTION_WORDS[action];
  const queries = useQueryClient();
  // The list moves on while they are worked off: what was confirmed is what is meant.
  const [meant] = useState(ids);
  const [count, setCount] = useState<number | null>(null);

  const act = async (): Promise<void> => {
    const failures: string[] = [];
    for (const [index, id] of meant.entries()) {
      setCount(index);
      await actOnDeadLetter(id, action).catch((error: unknown) => failures.push(`${id}: ${messageOf(error)}`));
    }
    await queries.invalidateQueries({ queryKey: KEYS.deadLetters });
    const [first] = failures;
    if (first !== undefined) throw new Error(`${letters(failures.length)} could not be ${done}, the others were. ${first}`);
    tellDone(`${letters(meant.length)} ${done}`);
    onDone();
  };

  return (
    <Confirm title={`${verb} ${letters(meant.length)}?`} action={verb} isDangerous={action === "discard"} onClose={onClose} onConfirm={act}>
      <p>{effect}</p>
      {count !== null && <Progress label={`Dead letters that are ${done}`} done={count} total={meant.length} />}
    </Confirm>
  );
}
