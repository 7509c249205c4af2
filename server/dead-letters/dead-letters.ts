// The dead letters of an app: looked at, retried, discarded. What was done stands in their own topics, behind them.
import type { LogRecord } from "../../engine/log/log.ts";
import { appendInTime } from "../append-in-time.ts";
import { notFound, ServerError } from "../http/server-error.ts";
import type { Actor, ServedApp } from "../served-app.ts";
import { EndedRuns } from "./ended-runs.ts";
import { ACTOR, OUTCOME, RESOLVES, type Resolution } from "./letter.ts";
import { LetterIndex, type IndexedLetter } from "./letter-index.ts";
import { originalOf, type Original } from "./original.ts";
import { Retries } from "./retries.ts";
import { retryPlan, type RetryPlan } from "./retry-plan.ts";

export type LetterAction = "retry" | "discard";

export interface ManyOptions {
  readonly action: LetterAction;
  readonly actor: Actor;
  readonly signal: AbortSignal;
  /** `passed`: somebody else was faster, or what they hold is gone. */
  readonly onProgress: (done: number, passed: number) => void;
}

interface Listed {
  readonly all: readonly IndexedLetter[] | null;
  readonly version: string;
  readonly letters: readonly IndexedLetter[];
}

/** What was done about a letter and is not known to be counts once, however often. */
const IN_TIME = { ms: 30_000, otherwise: "these dead letters may be open still, and be tried again" };
/** So many are appended together, and so many of them at most before it is looked whether that is to go on. */
const TOGETHER = 100;

export class DeadLetters {
  readonly #served: ServedApp;
  readonly #index: LetterIndex;
  readonly #retries: Retries;
  readonly #ended: EndedRuns;
  /** Places of those that somebody is busy with here. */
  readonly #busy = new Set<string>();
  /** What was listed last, and of what: there may be half a million, and pages ask every few seconds. */
  #listed: Listed = { all: null, version: "", letters: [] };
  #open: { readonly of: readonly IndexedLetter[] | null; readonly counts: ReadonlyMap<string, number> } = { of: null, counts: new Map() };

  constructor(served: ServedApp) {
    this.#served = served;
    this.#index = new LetterIndex(served);
    this.#retries = new Retries(served);
    this.#ended = new EndedRuns(served.history);
  }

  /** The newest first. The same list for as long as nothing of it changes. @throws LogError */
  async list(): Promise<readonly IndexedLetter[]> {
    await this.#index.refresh();
    const all = this.#index.all();
    const { version } = this.#ended;
    if (this.#listed.all === all && this.#listed.version === version) return this.#listed.letters;
    const letters = all.map((letter) => this.#ended.settled(letter));
    const before = this.#listed.letters;
    const isSame = letters.length === before.length && letters.every((letter, n) => letter === before[n]);
    this.#listed = { all, version, letters: isSame ? before : letters };
    return this.#listed.letters;
  }

  /** @throws ServerError `NOT_FOUND`; LogError */
  async get(id: string): Promise<IndexedLetter> {
    await this.#index.refresh();
    const letter = this.#known(id);
    if (letter === null) throw notFound(`dead letter ${id}`, "The topic's retention may have taken it");
    return letter;
  }

  /** How many are open, by topic. @throws LogError */
  async openByTopic(): Promise<ReadonlyMap<string, number>> {
    const letters = await this.list();
    if (this.#open.of === letters) return this.#open.counts;
    const counts = new Map<string, number>();
    for (const { topic, resolution } of letters) {
      if (resolution === null) counts.set(topic, (counts.get(topic) ?? 0) + 1);
    }
    this.#open = { of: letters, counts };
    return counts;
  }

  #known(id: string): IndexedLetter | null {
    const letter = this.#index.get(id);
    return letter && this.#ended.settled(letter);
  }

  planOf(letter: IndexedLetter): RetryPlan {
    return retryPlan(letter, this.#served.topics);
  }

  /** Null where its value was too large to be copied, and is gone where it was. @throws LogError */
  contentOf(letter: IndexedLetter): Promise<Original | null> {
    return originalOf(this.#served.log, letter);
  }

  /** @throws ServerError `CONFLICT` (it is not open), `NOT_POSSIBLE`; LogError */
  async one(letter: IndexedLetter, action: LetterAction, actor: Actor): Promise<void> {
    const { id, place } = letter;
    if (this.#busy.has(place)) throw new ServerError("CONFLICT", `dead letter ${id}: somebody is busy with it`);
    const { resolution } = await this.get(id);
    if (resolution !== null) throw new ServerError("CONFLICT", `dead letter ${id} was ${resolution.outcome} by ${resolution.actor}`);
    const [refused] = await this.#carryOut([letter], action, actor);
    if (refused !== undefined) throw refused;
    await this.#index.refresh();
  }

  /** @throws LogError; what the signal says */
  async many(letters: readonly IndexedLetter[], { action, actor, signal, onProgress }: ManyOptions): Promise<void> {
    let done = 0;
    let passed = 0;
    for (let at = 0; at < letters.length; at += TOGETHER) {
      signal.throwIfAborted();
      const group = letters.slice(at, at + TOGETHER);
      await this.#index.refresh();
      const open = group.filter(({ id }) => this.#known(id)?.resolution === null);
      const refused = await this.#carryOut(open, action, actor);
      done += open.length - refused.length;
      passed += group.length - open.length + refused.length;
      onProgress(done, passed);
    }
    await this.#index.refresh();
  }

  /** Why some of them were not. */
  async #carryOut(letters: readonly IndexedLetter[], action: LetterAction, actor: Actor): Promise<readonly ServerError[]> {
    const free = letters.filter(({ place }) => !this.#busy.has(place));
    const refused = letters.filter((letter) => !free.includes(letter)).map(({ id }) => busy(id));
    for (const { place } of free) this.#busy.add(place);
    try {
      // First it is done, then it is said: a letter that stays open may be retried again, one that was retried by no more than word is lost.
      const failed = action === "retry" ? await this.#retries.carryOut(free) : new Map<IndexedLetter, ServerError>();
      await this.#resolve(
        free.filter((letter) => !failed.has(letter)),
        actor,
        action === "retry" ? "retried" : "discarded",
      );
      return [...refused, ...failed.values()];
    } finally {
      for (const { place } of free) this.#busy.delete(place);
    }
  }

  async #resolve(letters: readonly IndexedLetter[], actor: Actor, outcome: Resolution["outcome"]): Promise<void> {
    const byPartition = Map.groupBy(letters, ({ topic, partition }) => `${topic}/${partition}`);
    await Promise.all(
      [...byPartition.values()].map(async (own) => {
        const [first] = own;
        if (first === undefined) return;
        const records = own.map(({ place }): LogRecord => {
          return { key: null, value: null, headers: { [RESOLVES]: place, [OUTCOME]: outcome, [ACTOR]: actor } };
        });
        await appendInTime(this.#served.log, { topic: first.topic, partition: first.partition }, records, IN_TIME);
      }),
    );
  }
}

function busy(id: string): ServerError {
  return new ServerError("CONFLICT", `dead letter ${id}: somebody is busy with it`);
}
