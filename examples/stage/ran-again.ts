// Whether a step ran again that the journal says is finished: the one thing that must not be.
import type { Request } from "../services/books.ts";
import { countBy } from "./finding.ts";

export interface FinishedSteps {
  /** By the journal: the key of each step that is finished, as often as it stands there. */
  readonly finished: readonly string[];
  /** When workers heard of it from the log. */
  readonly heardAt: ReadonlyMap<string, number>;
  readonly requests: readonly Request[];
  /** Workers that were killed, and when they were gone. */
  readonly deaths: ReadonlyMap<string, number>;
}

export interface RanAgain {
  /** Requests that came when their step was finished. */
  readonly requests: readonly Request[];
  /** Steps that the journal finishes twice. */
  readonly twice: number;
  /** Steps that were acknowledged, and are not in the journal. */
  readonly forgotten: number;
}

export function ranAgain({ finished, heardAt, requests, deaths }: FinishedSteps): RanAgain {
  const times = countBy(finished, (key) => key);
  // Where nobody lived to tell of the acknowledgement, it came before that worker's death.
  const lastDeath = Math.max(0, ...deaths.values());
  const finishedAt = (key: string): number => heardAt.get(key) ?? (times.has(key) ? lastDeath : Number.POSITIVE_INFINITY);
  return {
    requests: requests.filter(({ key, at }) => at > finishedAt(key)),
    twice: [...times.values()].filter((count) => count > 1).length,
    forgotten: [...heardAt.keys()].filter((key) => !times.has(key)).length,
  };
}
