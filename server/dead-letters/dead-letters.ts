// The dead letters of an app: looked at, retried, discarded. What was done stands in their own topics, behind them.
import { isReservedId } from "../../engine/workflow/event/cloud-event.ts";
import type { LogRecord } from "../../engine/log/log.ts";
import { notFound, ServerError } from "../http/server-error.ts";
import type { Actor, ServedApp } from "../served-app.ts";
import { ACTOR, OUTCOME, RESOLVES, type Resolution } from "./letter.ts";
import { LetterIndex, type IndexedLetter } from "./letter-index.ts";
import { originalOf, type Original } from "./original.ts";
import { retryPlan, type RetryPlan } from "./retry-plan.ts";

const APPEND_MS = 10_000;
const RETRY_OF = "mr-retry-of";

export class DeadLetters {
  readonly #served: ServedApp;
  readonly #index: LetterIndex;
  /** Ids of those that somebody is busy with here. */
  readonly #busy = new Set<string>();

  constructor(served: ServedApp) {
    this.#served = served;
    this.#index = new LetterIndex(served);
  }

  /** The newest first. @throws LogError */
  async list(): Promise<readonly IndexedLetter[]> {
    await this.#index.refresh();
    return this.#index.all();
  }

  /** @throws ServerError `NOT_FOUND`; LogError */
  async get(id: string): Promise<IndexedLetter> {
    await this.#index.refresh();
    const letter = this.#index.get(id);
    if (letter === null) throw notFound(`dead letter ${id}`, "The topic's retention may have taken it");
    return letter;
  }

  /** How many are open, by topic. @throws LogError */
  async openByTopic(): Promise<ReadonlyMap<string, number>> {
    const counts = new Map<string, number>();
    for (const { topic, resolution } of await this.list()) {
      if (resolution === null) counts.set(topic, (counts.get(topic) ?? 0) + 1);
    }
    return counts;
  }

  planOf(letter: IndexedLetter): RetryPlan {
    return retryPlan(letter, this.#served.topics);
  }

  /** Null where its value was too large to be copied, and is gone where it was. @throws LogError */
  contentOf(letter: IndexedLetter): Promise<Original | null> {
    return originalOf(this.#served.log, letter);
  }

  /** @throws ServerError `CONFLICT` (it is not open), `NOT_POSSIBLE`; LogError */
  retry(letter: IndexedLetter, actor: Actor): Promise<void> {
    return this.#once(letter, async () => {
      const plan = this.planOf(letter);
      if (!plan.can) throw new ServerError("NOT_POSSIBLE", `dead letter ${letter.id} cannot be retried: ${plan.says}`);
      // First it is done, then it is said: a letter that stays open may be retried again, one that was retried by no more than word is lost.
      if (plan.how === "release") await this.#served.app.release(letter.run ?? "");
      else await this.#appendAgain(letter);
      await this.#resolve(letter, actor, "retried");
    });
  }

  /** @throws ServerError `CONFLICT`; LogError */
  discard(letter: IndexedLetter, actor: Actor): Promise<void> {
    return this.#once(letter, () => this.#resolve(letter, actor, "discarded"));
  }

  async #once(letter: IndexedLetter, work: () => Promise<void>): Promise<void> {
    const { id, place } = letter;
    if (this.#busy.has(place)) throw new ServerError("CONFLICT", `dead letter ${id}: somebody is busy with it`);
    this.#busy.add(place);
    try {
      const { resolution } = await this.get(id);
      if (resolution !== null) throw new ServerError("CONFLICT", `dead letter ${id} was ${resolution.outcome} by ${resolution.actor}`);
      await work();
      await this.#index.refresh();
    } finally {
      this.#busy.delete(place);
    }
  }

  async #appendAgain(letter: IndexedLetter): Promise<void> {
    const { log, topics } = this.#served;
    const original = await this.contentOf(letter);
    if (original === null || letter.source === null) {
      throw new ServerError("NOT_POSSIBLE", `dead letter ${letter.id} cannot be retried: its record is gone from ${letter.source?.topic}`);
    }
    const { partition } = letter.source;
    await log.append({ topic: topics.events, partition }, [againOf(original, letter)], { signal: AbortSignal.timeout(APPEND_MS) });
  }

  async #resolve(letter: IndexedLetter, actor: Actor, outcome: Resolution["outcome"]): Promise<void> {
    const { topic, partition, place } = letter;
    const record = { key: null, value: null, headers: { [RESOLVES]: place, [OUTCOME]: outcome, [ACTOR]: actor } };
    await this.#served.log.append({ topic, partition }, [record], { signal: AbortSignal.timeout(APPEND_MS) });
  }
}

/**
 * What `app.send` numbered was decided with that number, and those after it: it would count as a copy. So it gets an id of its own, which is the same
 * each time.
 */
function againOf({ key, value, headers }: Original, { place }: IndexedLetter): LogRecord {
  const id = headers["ce_id"]?.toString() ?? "";
  const changed = isReservedId(id) ? { ce_id: Buffer.from(`retry:${place}`) } : {};
  return { key, value, headers: { ...headers, ...changed, [RETRY_OF]: Buffer.from(place) } };
}
