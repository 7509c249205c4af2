// Dead letters that are tried again: their records are appended to the app's events, or told to the consumer or the run that they are of. Each counts
// once, also where that is not known to have come about and is done again.
import { must } from "../../engine/core/errors.ts";
import type { LogRecord } from "../../engine/log/log.ts";
import { tellPartition } from "../../engine/task/tell-partition.ts";
import { isReservedId } from "../../engine/workflow/event/cloud-event.ts";
import { appendInTime } from "../append-in-time.ts";
import { ServerError } from "../http/server-error.ts";
import type { ServedApp } from "../served-app.ts";
import { eventOf } from "./event-of.ts";
import type { IndexedLetter } from "./letter-index.ts";
import { originalsOf, type Original } from "./original.ts";
import { isReduced, retryPlan } from "./retry-plan.ts";

const APPEND_MS = 30_000;
const IN_TIME = { ms: APPEND_MS, otherwise: "these dead letters are open still, and may be tried again: each counts once" };
const RETRY_OF = "mr-retry-of";
const MAX_APPEND_BYTES = 512 * 1024;

interface Again {
  readonly letter: IndexedLetter;
  readonly record: LogRecord;
}

export class Retries {
  readonly #served: ServedApp;

  constructor(served: ServedApp) {
    this.#served = served;
  }

  /** Why some were not, by letter. @throws LogError: then some of them may have been, and all may be tried again */
  async carryOut(letters: readonly IndexedLetter[]): Promise<ReadonlyMap<IndexedLetter, ServerError>> {
    const failed = new Map<IndexedLetter, ServerError>();
    const again: Again[] = [];
    const originals = await originalsOf(
      this.#served.log,
      letters.filter(({ kind }) => kind !== "run"),
    );
    await Promise.all(
      letters.map(async (letter) => {
        try {
          const record = await this.#one(letter, originals.get(letter) ?? null);
          if (record !== null) again.push({ letter, record });
        } catch (error) {
          if (!(error instanceof ServerError)) throw error;
          failed.set(letter, error);
        }
      }),
    );
    await this.#append(again);
    return failed;
  }

  /** A record that is to be appended to the app's events; null: it was told who is to have it. */
  async #one(letter: IndexedLetter, original: Original | null): Promise<LogRecord | null> {
    const { app, log, topics, partitions } = this.#served;
    const plan = retryPlan(letter, topics);
    if (!plan.can) throw new ServerError("NOT_POSSIBLE", `dead letter ${letter.id} cannot be retried: ${plan.says}`);
    if (plan.how === "release") {
      await app.release(must(letter.run, "the run"));
      return null;
    }
    if (original === null) {
      const { topic } = letter.source ?? letter;
      throw new ServerError("NOT_POSSIBLE", `dead letter ${letter.id} cannot be retried: its record is gone from ${topic}`);
    }
    if (plan.how === "append") return againOf(original, letter);
    // Whichever of its partitions is told: it knows which one is to have it.
    const target = { log, inbox: letter.topic.replace(/\.dead-letter$/, ".inbox"), partitions, signal: AbortSignal.timeout(APPEND_MS) };
    const event = eventOf(original, letter);
    await tellPartition(target, letter.partition, { type: "ConsumeAgain", letter: letter.place, event, isReduced: isReduced(letter) });
    return null;
  }

  /** In the order of the letters, in batches that a topic takes. */
  async #append(all: readonly Again[]): Promise<void> {
    const { log, topics } = this.#served;
    const byPartition = Map.groupBy(all, ({ letter }) => must(letter.source, "where it came from").partition);
    await Promise.all(
      [...byPartition].map(async ([partition, own]) => {
        for (const records of batchesOf(own.toSorted((a, b) => a.letter.offset - b.letter.offset))) {
          await appendInTime(log, { topic: topics.events, partition }, records, IN_TIME);
        }
      }),
    );
  }
}

function batchesOf(all: readonly Again[]): readonly (readonly LogRecord[])[] {
  const batches: LogRecord[][] = [];
  let room = 0;
  for (const { record } of all) {
    const bytes = (record.value?.length ?? 0) + (record.key?.length ?? 0) + 1_024;
    if (bytes > room) {
      batches.push([]);
      room = MAX_APPEND_BYTES;
    }
    batches.at(-1)?.push(record);
    room -= bytes;
  }
  return batches;
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
