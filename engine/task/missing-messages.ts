// Messages that an inbox lost, from the journal of who sent them: what stands there was sent (R1, R7).
import { decodeEntry } from "../journal/entry.ts";
import { JournalError } from "../journal/errors.ts";
import type { Log, StoredRecord, TopicPartition } from "../log/log.ts";
import { readerUntil } from "../log/reader-until.ts";
import type { Letter } from "../../schemas/journal/generated.ts";
import { evolveClaim, isOwner } from "../workflow/ownership/claim.ts";
import { emptyState, type PartitionState } from "../workflow/state.ts";
import { OtherEpoch, OwnerLearner } from "./owner-learner.ts";

export interface Missing {
  readonly journal: string;
  readonly from: number;
  readonly to: number;
  readonly first: number;
  readonly last: number;
}

/** In their order, as they are read: an inbox may have lost any number. @throws JournalError `MESSAGES_LOST` at the first that is not there */
export async function* missingMessages(log: Log, missing: Missing, signal: AbortSignal): AsyncIterable<Letter> {
  const { journal, from, to, first, last } = missing;
  let wanted = first;
  for await (const letter of messagesIn(log, missing, signal)) {
    if (letter.sequence < wanted) continue;
    if (letter.sequence > wanted) break;
    yield letter;
    wanted += 1;
    if (wanted > last) return;
  }
  throw new JournalError(
    "MESSAGES_LOST",
    `partition ${to} misses messages ${first} to ${last} of partition ${from}, and the journal ${journal}/${from} does not hold message ${wanted}. Restore that topic from a backup`,
  );
}

/** All that a journal holds of what its partition told another. Where its beginning was trimmed, whose frames count is learned first. */
async function* messagesIn(log: Log, { journal, from, to }: Missing, signal: AbortSignal): AsyncIterable<Letter> {
  const target = { topic: journal, partition: from };
  const start = await log.earliestOffset(target);
  const epoch = start === 0 ? undefined : await epochAt(log, target, start, signal);
  // Owners and numbers of frames are all that is folded: they tell which frames count.
  const owners = emptyState(from, 1);
  const learner = start === 0 ? null : new OwnerLearner(owners, start, epoch);
  for await (const { offset, value } of recordsFrom(log, target, start, signal)) {
    learner?.look(offset, value);
    for (const { record, epoch: by, nonce } of countedRecords(owners, offset, value)) {
      if (record.type === "MessageSent" && record.to === to) yield { sequence: record.sequence, epoch: by, nonce, body: record.body };
    }
  }
}

/** The epoch in force at `start`; undefined where the first frame tells. */
async function epochAt(log: Log, target: TopicPartition, start: number, signal: AbortSignal): Promise<number | undefined> {
  let epoch: number | undefined;
  for (;;) {
    try {
      const owners = emptyState(target.partition, 1);
      const learner = new OwnerLearner(owners, start, epoch);
      for await (const { offset, value } of recordsFrom(log, target, start, signal)) {
        learner.look(offset, value);
        if (learner.isSure) break;
        for (const _ of countedRecords(owners, offset, value));
      }
      return epoch;
    } catch (error) {
      if (!(error instanceof OtherEpoch)) throw error;
      epoch = error.epoch;
    }
  }
}

async function* recordsFrom(log: Log, target: TopicPartition, from: number, signal: AbortSignal): AsyncIterable<StoredRecord> {
  using reader = readerUntil(log, { ...target, from, mode: "bulk" }, signal);
  for (let atEnd = false; !atEnd;) {
    signal.throwIfAborted();
    const batch = await reader.next();
    yield* batch.records;
    atEnd = batch.nextOffset >= batch.highWatermark;
  }
}

function* countedRecords(owners: PartitionState, offset: number, value: Buffer | null) {
  const entry = decodeEntry(value);
  if (entry.kind === "claim") evolveClaim(owners, entry.claim, offset);
  if (entry.kind !== "frame" || !isOwner(owners, entry.frame) || entry.frame.lsn <= owners.lsn) return;
  const { epoch, nonce, lsn, records } = entry.frame;
  owners.lsn = lsn;
  for (const record of records) yield { record, epoch, nonce };
}
