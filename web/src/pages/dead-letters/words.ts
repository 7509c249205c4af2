// What dead letters are called.
import type { ListedDeadLetter } from "../../../../server/contract/dead-letters.ts";
import type { DeadLetterAction } from "../../api/dead-letters.ts";
import type { Tone } from "../../components/status.tsx";

export const DEAD_LETTER_KINDS_SHOWN: Readonly<Record<ListedDeadLetter["kind"], string>> = {
  input: "input",
  handling: "event of a consumer",
  run: "run",
};

/** With the name of what it is behind it. */
export const DEAD_LETTER_OF: Readonly<Record<ListedDeadLetter["kind"], string>> = { ...DEAD_LETTER_KINDS_SHOWN, handling: "consumer" };

export const DEAD_LETTER_TONES: Readonly<Record<ListedDeadLetter["state"], Tone>> = { open: "bad", retried: "good", discarded: "calm" };

export const ACTION_WORDS: Readonly<Record<DeadLetterAction, { readonly verb: string; readonly done: string; readonly effect: string }>> = {
  retry: {
    verb: "Retry",
    done: "retried",
    effect: "Each is given to the app once more, as it was. What fails again becomes a dead letter again.",
  },
  discard: {
    verb: "Discard",
    done: "discarded",
    effect: "Each is marked as done with. It stays in its topic, and can still be looked at.",
  },
};

export function letters(count: number): string {
  return `${count.toLocaleString("en")} dead ${count === 1 ? "letter" : "letters"}`;
}
