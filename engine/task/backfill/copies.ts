// Second copies of an event, by its id or its producer's count, among what a backfill goes through: as live, one within 24 hours is passed over.
// The topic itself is the memory: whoever goes on reads as much of what came before as an id is remembered.
import type { Log } from "../../log/log.ts";
import type { ReadEvent } from "../../workflow/event/cloud-event.ts";
import { isDuplicate } from "../../workflow/event/arrive.ts";
import { forgetOld, MAX_IDS, remember } from "../../workflow/source/source.ts";
import type { SourceState } from "../../workflow/state.ts";
import { readEventInTime, type Reading } from "../read-event.ts";
import { Turns } from "../turns.ts";
import { pastRecords } from "./past-records.ts";

export class Copies {
  readonly #seen: SourceState;

  constructor({ topic, partition }: { readonly topic: string; readonly partition: number }) {
    this.#seen = { topic, partition, next: 0, last: -1, hash: 0, producers: new Map(), ids: new Map(), idsForgotten: 0 };
  }

  /** Whether an event is a copy of one that stands before it. Each is asked for once, in their order. */
  isCopy(event: ReadEvent, timestamp: number): boolean {
    const seen = this.#seen;
    const isCopy = isDuplicate(seen, event);
    remember(seen, event.once, timestamp);
    forgetOld(seen, timestamp);
    return isCopy;
  }
}

/** Knows what stands before `at`, as far back as an id is remembered. */
export async function copiesBefore(
  log: Pick<Log, "openReader" | "earliestOffset" | "latestOffset">,
  reading: Reading,
  range: { readonly topic: string; readonly partition: number; readonly at: number },
  signal: AbortSignal,
): Promise<Copies> {
  const { topic, partition, at } = range;
  const copies = new Copies(range);
  const turns = new Turns();
  for await (const { records } of pastRecords(log, { topic, partition, from: Math.max(0, at - MAX_IDS), to: at }, signal)) {
    for (const record of records) {
      const read = await readEventInTime(reading, range, record, signal);
      if (read?.ok === true) copies.isCopy(read.event, record.timestamp);
      const turn = turns.next();
      if (turn !== null) await turn;
    }
  }
  return copies;
}
