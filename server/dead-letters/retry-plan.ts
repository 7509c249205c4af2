// What a retry of a dead letter would do; or why there is none, and what to do instead.
import type { AppTopics } from "../../engine/task/app-topics.ts";
import type { IndexedLetter } from "./letter-index.ts";

export type RetryPlan =
  | { readonly can: true; readonly how: "append" | "consume" | "release"; readonly says: string }
  | { readonly can: false; readonly says: string };

/** By then the event was in the consumer's state. */
const REDUCED: ReadonlySet<string> = new Set(["CONSUMER_HANDLER_FAILED", "CONSUMER_HANDLER_DEADLY"]);

export function isReduced({ code }: Pick<IndexedLetter, "code">): boolean {
  return REDUCED.has(code);
}

/** The record itself is no event, whatever the app's code says: it would be set aside again. */
const NEVER_AN_EVENT: ReadonlySet<string> = new Set([
  "EVENT_WITHOUT_TYPE",
  "EVENT_WITHOUT_ID",
  "EVENT_NAME_TOO_LONG",
  "EVENT_TIME",
  "EVENT_NOT_JSON",
]);

export function retryPlan(letter: IndexedLetter, topics: AppTopics): RetryPlan {
  const { kind, code, source, resolution } = letter;
  if (resolution !== null) return { can: false, says: `it was ${resolution.outcome} by ${resolution.actor}` };
  switch (kind) {
    case "run":
      return { can: true, how: "release", says: "the run is released: its code is called again, alone at first" };
    case "handling":
      return {
        can: true,
        how: "consume",
        says: isReduced(letter)
          ? `consumer "${letter.consumer}" handles the event once more; in its state it is already. Nobody else hears of it`
          : `consumer "${letter.consumer}" takes the event in once more, into its state and to its handler. Nobody else hears of it`,
      };
    case "input":
      break;
  }
  if (source === null) return { can: false, says: "it does not say where it came from" };
  if (source.topic === topics.inbox)
    return { can: false, says: `somebody wrote into ${topics.inbox} what no task can read: find out who may write to it` };
  if (source.topic !== topics.events) {
    return {
      can: false,
      says: `${source.topic} is a topic of others, into which an app writes nothing. Mend the mapping, or whoever writes there, and have it written there again; or send an event of your own`,
    };
  }
  if (NEVER_AN_EVENT.has(code)) return { can: false, says: "the record is no event, and would be set aside again: send it anew, mended" };
  return {
    can: true,
    how: "append",
    says: `the record is appended to ${source.topic}/${source.partition} again, with its id: within 24 hours it counts once, however often it is retried`,
  };
}
