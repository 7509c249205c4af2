// Retries or discards dead letters that were chosen, one after the other.
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState, type ReactElement } from "react";

import { actOnDeadLetter, type DeadLetterAction } from "../../api/dead-letters.ts";
import { KEYS } from "../../api/keys.ts";
import { Confirm } from "../../components/confirm.tsx";
import { Progress } from "../../components/progress.tsx";
import { messageOf } from "../../components/states.tsx";
import { tellDone } from "../../components/toast.tsx";
import { amount } from "../../text/time.ts";
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
  // The list moves on while they are worked off: what was confirmed is what is meant, and what is done of it is meant no more.
  const [meant, setMeant] = useState(ids);
  const [count, setCount] = useState<number | null>(null);

  // Who leaves wants no more of it.
  const isOpen = useRef(true);
  useEffect(() => {
    isOpen.current = true;
    return () => void (isOpen.current = false);
  }, []);

  const act = async (): Promise<void> => {
    const failures: { readonly id: string; readonly error: unknown }[] = [];
    let tried = 0;
    for (const id of meant) {
      if (!isOpen.current) break;
      setCount(tried);
      await actOnDeadLetter(id, action).catch((error: unknown) => failures.push({ id, error }));
      tried += 1;
    }
    setMeant(failures.map(({ id }) => id));
    setCount(null);
    await queries.invalidateQueries({ queryKey: KEYS.deadLetters });
    const left = meant.length - tried;
    const [first] = failures;
    if (first !== undefined) {
      const others = [
        ...(tried > failures.length ? [`${amount(tried - failures.length)} ${tried - failures.length === 1 ? "was" : "were"}`] : []),
        ...(left > 0 ? [`${amount(left)} left as they are`] : []),
      ];
      const words = [`${letters(failures.length)} could not be ${done}`, ...others].join(", ");
      throw new Error(`${words}. ${first.id}: ${messageOf(first.error)}`);
    }
    tellDone(left === 0 ? `${letters(tried)} ${done}` : `${letters(tried)} ${done}, the other ${amount(left)} left as they are`);
    if (left === 0) onDone();
  };

  return (
    <Confirm title={`${verb} ${letters(meant.length)}?`} action={verb} isDangerous={action === "discard"} onClose={onClose} onConfirm={act}>
      <p>{effect}</p>
      {count !== null && <Progress label={`Dead letters that are ${done}`} done={count} total={meant.length} />}
    </Confirm>
  );
}
