// What a record of the journal means for the tables: one handler a type, the handlers of what belongs together in one file.
import type { JournalRecord } from "../../engine/workflow/records.ts";

export type RecordType = JournalRecord["type"];
export type RecordOf<T extends RecordType> = { [K in T]: Extract<JournalRecord, { readonly type: K }> }[T];

/** Where a record stands. */
export interface Place {
  readonly partition: number;
  /** Of its entry in the journal. */
  readonly offset: number;
  readonly lsn: number;
  /** Of its frame, milliseconds since 1970. */
  readonly time: number;
  /** What decided the emissions that follow it in its frame. */
  cause: Cause | null;
}

export interface Cause {
  readonly run: string;
  /** Null: the run itself. */
  readonly step: string | null;
}

export type Handlers<T extends RecordType = RecordType> = { readonly [K in T]: (record: RecordOf<K>, at: Place) => void };
