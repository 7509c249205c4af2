// What the address of the list says, and the filter that it means.
import { DEAD_LETTER_KINDS_SHOWN } from "./words.ts";
import type { DeadLetterFilter } from "../../api/dead-letters.ts";
import { timeOf } from "../../components/local-time.tsx";
import { searchOf } from "../../url.ts";

export const readDeadLettersSearch = searchOf("kind", "state", "code", "topic", "consumer", "since", "until");
export type DeadLettersSearch = ReturnType<typeof readDeadLettersSearch>;

/** Without a word about it, what is still to be done is shown. */
export function filterOf({ kind, state = "open", code, topic, consumer, since, until }: DeadLettersSearch): DeadLetterFilter {
  const [from, to] = [timeOf(since), timeOf(until)];
  return {
    ...(isKind(kind) && { kind }),
    ...((state === "open" || state === "retried" || state === "discarded") && { state }),
    ...(code !== undefined && { code }),
    ...(topic !== undefined && { topic }),
    ...(consumer !== undefined && { consumer }),
    ...(from !== undefined && { since: from }),
    ...(to !== undefined && { until: to }),
  };
}

/** The address may say more than is known here. */
export function isNarrowed(search: DeadLettersSearch): boolean {
  return Object.values(readDeadLettersSearch(search)).some((value) => value !== undefined);
}

function isKind(kind: string | undefined): kind is keyof typeof DEAD_LETTER_KINDS_SHOWN {
  return kind !== undefined && Object.hasOwn(DEAD_LETTER_KINDS_SHOWN, kind);
}
