// How an owner comes by its partition: what is in the log is folded, whoever leaves has its last word, then the claim is appended.
import type { TopicPartition } from "../log/log.ts";
import type { PartitionState } from "../workflow/state.ts";
import type { ImageKeeper } from "./image/image-keeper.ts";
import { JournalTail } from "./journal-tail.ts";
import { waitForFarewell } from "./succession.ts";
import type { TaskOptions } from "./task-options.ts";

export interface TakeOver {
  readonly options: TaskOptions;
  readonly state: PartitionState;
  readonly image: ImageKeeper;
  readonly signal: AbortSignal;
  /** A successor has read all, and this owner may go. */
  readonly onKnock: () => void;
}

/** The claim counts when it resolves. */
export async function takeOver({ options, state, image, signal, onKnock }: TakeOver): Promise<JournalTail> {
  const { log, topics, partition, clock, logClock, meters, worker, isAlive, onRestoring, ahead, knownLsn, mayReclaim, sealing } = options;
  const journal: TopicPartition = { topic: topics.journal, partition };
  const began = clock.monotonicMs();
  const folded = (await ahead?.()) ?? null;
  const { next, records, imageLsn } = await image.restore({
    ahead: folded,
    log,
    journal,
    state,
    signal,
    knownLsn: knownLsn(),
    ...(onRestoring === undefined ? {} : { onProgress: onRestoring }),
  });
  meters.restoreSeconds
    .of(folded !== null ? "standby" : imageLsn !== null ? "image" : "journal")
    .observe((clock.monotonicMs() - began) / 1_000);
  meters.restoredRecords.of().add(records);
  // Who cannot read keys takes the partition from nobody who can.
  await sealing?.caughtUp(signal);
  const end = await waitForFarewell({ log, journal, state, signal, logClock, clock, worker, isAlive }, next);
  const tail = new JournalTail({ log, journal, clock, logClock, meters, signal, onKnock }, end);
  await tail.claim(state, worker, mayReclaim);
  // Those before it knew the keys of all that they decided about, and so does this owner before it decides anything.
  await sealing?.caughtUp(signal);
  return tail;
}
