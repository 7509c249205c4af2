// Which dead letters a filter means.
import type { DeadLetterFilter } from "../contract/dead-letters.ts";
import type { z } from "../contract/words.ts";
import type { IndexedLetter } from "./letter-index.ts";

export type LetterFilter = z.infer<typeof DeadLetterFilter>;

export function matching({ kind, state, code, topic, consumer, since, until }: LetterFilter): (letter: IndexedLetter) => boolean {
  return (letter) =>
    (kind === undefined || letter.kind === kind) &&
    (state === undefined || stateOf(letter) === state) &&
    (code === undefined || letter.code === code) &&
    (topic === undefined || (letter.source?.topic ?? letter.topic) === topic) &&
    (consumer === undefined || letter.consumer === consumer) &&
    (since === undefined || letter.at >= since) &&
    (until === undefined || letter.at < until);
}

export function stateOf({ resolution }: IndexedLetter): "open" | "retried" | "discarded" {
  return resolution?.outcome ?? "open";
}
