// Messages that an inbox lost, from the journal of who sent them: what stands there was sent (R1, R7).
import { decodeEntry } from "../journal/entry.ts";
import { JournalError } from "../journal/errors.ts";
import type { Log } from "../log/log.ts";
import type { Letter } from "../../schemas/journal/generated.ts";
import { evolveClaim, isOwner } from "../workflow/ownership/claim.ts";
import { emptyState } from "../workflow/state.ts";

export interface Missing {
  readonly journal: string;
  readonly from: number;
  readonly to: number;
  readonly first: number;
  readonly last: number;
}

/** @throws JournalError `MESSAGES_LOST` */
export async function missingMessages(
  log: Log,
  { journal, from, to, first, last }: Missing,
  signal: AbortSignal,
): Promise<readonly Letter[]> {
  const target = { topic: journal, partition: from };
  const found = new Map<number, Letter>();
  // Owners and numbers of frames are all that is folded: they tell which frames count.
  const owners = emptyState(from, 1);
  const reader = log.openReader({ ...target, from: await log.earliestOffset(target), mode: "bulk" });
  const stop = (): void => reader.close();
  signal.addEventListener("abort", stop);
  try {
    for (let atEnd = false; !atEnd && found.size <= last - first;) {
      signal.throwIfAborted();
      const batch = await reader.next();
      for (const { offset, value } of batch.records) {
        const entry = decodeEntry(value);
        if (entry.kind === "claim") {
          evolveClaim(owners, entry.claim, offset);
          continue;
        }
        if (entry.kind !== "frame") continue;
        const { frame } = entry;
        if (!isOwner(owners, frame) || frame.lsn <= owners.lsn) continue;
        owners.lsn = frame.lsn;
        for (const record of frame.records) {
          if (record.type !== "MessageSent" || record.to !== to || record.sequence < first || record.sequence > last) continue;
          found.set(record.sequence, { sequence: record.sequence, epoch: frame.epoch, nonce: frame.nonce, body: record.body });
        }
      }
      atEnd = batch.nextOffset >= batch.highWatermark;
    }
  } finally {
    signal.removeEventListener("abort", stop);
    reader.close();
  }
  if (found.size <= last - first) {
    throw new JournalError(
      "MESSAGES_LOST",
      `partition ${to} misses messages ${first} to ${last} of partition ${from}, and the journal ${journal}/${from} does not hold all of them. Restore that topic from a backup`,
    );
  }
  return [...found.values()].toSorted((a, b) => a.sequence - b.sequence);
}
