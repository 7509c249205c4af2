import type { StoredRecord } from "../../log/log.ts";

/**
 * PORT Sink: where a topic's records go that are kept in a database of somebody's own, together with how far they are read.
 *
 * What a sink owes:
 * - **One transaction.** `write` stores what it makes of the records *and* the position `next`, both or neither. No other position counts: the
 *   group's is never asked for.
 * - **Compare first.** In that transaction it compares the position that it has of the partition with `from`. Where they differ, somebody else
 *   was here: it stores nothing and says `moved`. Where it has none, any `from` will do. This alone keeps two members from storing a record
 *   twice, since for a moment two may believe that a partition is theirs (R8: a group is no lock).
 * - **Its own bad records.** A record that it cannot read it puts aside, in the same transaction, and goes on.
 * What it throws is trouble: told, and tried again with a wait, from the position that it then has. So a commit whose answer was lost is no matter.
 */
export interface Sink {
  /** For messages to people, e.g. `run history in history.db`. */
  readonly description: string;
  /** How far each partition is stored. Partitions that nothing was stored of are left out. */
  positions(topic: string): SinkPositions | Promise<SinkPositions>;
  write(batch: SinkBatch): SinkWritten | Promise<SinkWritten>;
}

/** By partition: the first offset that is not stored; or that, and the last record that is. */
export type SinkPositions = ReadonlyMap<number, number | SinkPosition>;

export interface SinkPosition {
  readonly next: number;
  /** By which it is seen that a topic was made anew under its name. A sink that does not keep it does not hear of that while the topic is longer than it was. */
  readonly last: LastRecord;
}

export interface LastRecord {
  readonly offset: number;
  /** Of key, value and headers, 32 bits. */
  readonly hash: number;
}

export interface SinkBatch {
  readonly topic: string;
  readonly partition: number;
  /** The position that the sink is expected to have. Records may begin later: compaction leaves gaps. */
  readonly from: number;
  /** At least one, ascending. Whoever keeps their bytes for longer than `write` takes copies them. */
  readonly records: readonly StoredRecord[];
  /** The position to store. */
  readonly next: number;
  /** Of the records: to be stored with the position, and given back by `positions`. */
  readonly last: LastRecord;
}

/** `moved`: nothing is stored, since the position was not `from`. */
export type SinkWritten = "stored" | "moved";
