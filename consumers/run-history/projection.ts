// The journal, entry by entry, as rows.
import type { DatabaseSync } from "node:sqlite";
import { decodeEntry, type JournalEntry } from "../../engine/journal/entry.ts";
import { JournalError } from "../../engine/journal/errors.ts";
import type { StoredRecord } from "../../engine/log/log.ts";
import type { JournalRecord } from "../../engine/workflow/records.ts";
import type { Frame } from "../../schemas/journal/generated.ts";
import { keepingEvents, recordsOfEmissions } from "./events.ts";
import { ownerAfterClaim, ownerAfterDamage, ownerAfterFrame, type Owner } from "./journal-owner.ts";
import { claimed, recordsOfDeployment } from "./deployment.ts";
import { recordsOfLimits } from "./limits.ts";
import { recordsOfLines } from "./lines.ts";
import { Pace } from "./pace.ts";
import type { Handlers, Place, RecordType } from "./records.ts";
import { recordsOfRuns } from "./runs.ts";
import type { SilentRecord } from "./silent-records.ts";
import { recordsOfSteps } from "./steps.ts";

type ToldRecord = Exclude<RecordType, SilentRecord>;

/** How far a partition is projected. */
export interface Progress {
  readonly owner: Owner;
  /** Of the last frame. */
  readonly time: number;
}

export class Projection {
  readonly #handlers: Handlers<ToldRecord>;
  readonly #addGap;
  readonly #claimed;
  readonly #pace: Pace;

  constructor(db: DatabaseSync) {
    const keep = keepingEvents(db);
    this.#pace = new Pace(db);
    this.#claimed = claimed(db);
    this.#handlers = {
      ...recordsOfRuns(db, keep, this.#pace),
      ...recordsOfLimits(db),
      ...recordsOfDeployment(db),
      ...recordsOfSteps(db, keep),
      ...recordsOfLines(db, keep),
      ...recordsOfEmissions(db),
    };
    this.#addGap = db.prepare("INSERT INTO gap VALUES (?, ?, ?, ?)");
  }

  /**
   * Part of a transaction. An entry that is damaged is noted and passed over.
   * @throws JournalError `JOURNAL_UNKNOWN_FORMAT`: a newer version can read it, so it is not passed over
   */
  entry(partition: number, { offset, value }: StoredRecord, before: Progress): Progress {
    let entry: JournalEntry;
    try {
      entry = decodeEntry(value);
    } catch (error) {
      if (!(error instanceof JournalError) || error.code !== "JOURNAL_DAMAGED") throw error;
      this.gap(partition, offset, error.code, error.message);
      return { ...before, owner: ownerAfterDamage(before.owner) };
    }
    switch (entry.kind) {
      case "claim": {
        const owner = ownerAfterClaim(before.owner, entry.claim, offset);
        if (owner === null) return before;
        this.#claimed(partition, entry.claim, owner);
        return { ...before, owner };
      }
      case "knock":
        return before;
      case "frame": {
        const counted = ownerAfterFrame(before.owner, entry.frame);
        if (counted === null) return before;
        const { owner, missing } = counted;
        if (missing > 0) this.gap(partition, offset, "JOURNAL_GAP", `${missing} frames before this one are not in the journal`);
        this.#frame(partition, offset, entry.frame);
        return { owner, time: entry.frame.time };
      }
    }
  }

  /** Before the transaction ends: what was counted on the way. */
  finish(): void {
    this.#pace.store();
  }

  /** The transaction failed. */
  forget(): void {
    this.#pace.clear();
  }

  gap(partition: number, offset: number, code: string, reason: string): void {
    this.#addGap.run(partition, offset, code, reason);
  }

  #frame(partition: number, offset: number, { lsn, time, records }: Frame): void {
    const at: Place = { partition, offset, lsn, time, cause: null };
    for (const record of records) apply(this.#handlers, record, at);
  }
}

function apply(handlers: Handlers<ToldRecord>, record: JournalRecord, at: Place): void {
  // Each handler takes the type that it stands under.
  const handle = (handlers as Partial<Record<RecordType, (record: JournalRecord, at: Place) => void>>)[record.type];
  handle?.(record, at);
}
