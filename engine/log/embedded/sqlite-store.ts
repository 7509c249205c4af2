// The Store's work on SQLite, without promises: the caller decides which thread waits for the disk.
import type { DatabaseSync } from "node:sqlite";
import { must } from "../../core/errors.ts";
import type { EncodedBatch } from "./batch-codec.ts";
import { compactPartition } from "./compaction.ts";
import { PartitionTable } from "./partition-table.ts";
import { openDatabase } from "./sqlite-database.ts";
import { toLogError } from "./sqlite-errors.ts";
import { forgets } from "./topics.ts";
import type { BatchWrite, NewTopic, ReadSlice, StoredPartition, StoredTopic } from "./store.ts";

export class SqliteStore {
  readonly #file: string;
  readonly #db: DatabaseSync;
  readonly #tables = new Map<number, PartitionTable>();
  /** Those that are between two steps. */
  readonly #compactions = new Map<number, ReturnType<typeof compactPartition>>();

  /** Partitions of topics that forget, of which nothing is left that was removed before. */
  readonly #forgotten = new Set<number>();

  constructor(file: string) {
    this.#file = file;
    this.#db = openDatabase(file);
  }

  load(): StoredTopic[] {
    return this.#guard(() => {
      const names = this.#db.prepare("SELECT name FROM topic ORDER BY name").all();
      return names.map((row) => this.#loadTopic(String(row["name"])));
    });
  }

  commit(writes: readonly BatchWrite[]): void {
    this.#transaction(() => {
      for (const write of writes) this.#table(write.partition).insert(write);
    });
  }

  read(partition: number, from: number, below: number, maxBytes: number): ReadSlice {
    return this.#guard(() => {
      const batches: EncodedBatch[] = [];
      let bytes = 0;
      for (const batch of this.#table(partition).range(from, below)) {
        if (batches.length > 0 && bytes + batch.data.length > maxBytes) return { batches, complete: false };
        bytes += batch.data.length;
        batches.push(batch);
      }
      return { batches, complete: true };
    });
  }

  /** Times never fall from one batch to the next, so this is a search by halves over the offsets; no index is kept. */
  findTime(partition: number, time: number): EncodedBatch | null {
    return this.#guard(() => {
      const table = this.#table(partition);
      let found = table.last();
      if (found === null || found.time < time) return null;
      let low = 0;
      while (low < found.base) {
        const middle = low + Math.floor((found.base - 1 - low) / 2);
        const candidate = table.atOrBefore(middle);
        if (candidate !== null && candidate.base >= low && candidate.time >= time) found = candidate;
        else low = middle + 1;
      }
      return found;
    });
  }

  trim(partition: number, start: number): void {
    this.#transaction(() => {
      this.#keepFloor(partition);
      this.#db.prepare("UPDATE partition SET start = max(start, ?) WHERE id = ?").run(start, partition);
      this.#table(partition).trim(start);
    });
  }

  compact(partition: number, below: number): "more" | "done" {
    if (!this.#guard(() => this.#forgets(partition))) return this.#compact(partition, below).end;
    // Deleting from all others costs nothing more for it.
    this.#guard(() => this.#db.exec("PRAGMA secure_delete=ON"));
    try {
      const { end, hasTaken } = this.#compact(partition, below);
      if (end === "more") return end;
      // The process before this one may have died between the two.
      if (hasTaken || !this.#forgotten.has(partition)) this.#forget(partition);
      return end;
    } finally {
      this.#guard(() => this.#db.exec("PRAGMA secure_delete=OFF"));
    }
  }

  #compact(partition: number, below: number): { readonly end: "more" | "done"; readonly hasTaken: boolean } {
    return this.#transaction(() => {
      this.#keepFloor(partition);
      const compaction = this.#compactions.get(partition) ?? compactPartition(this.#table(partition), below);
      this.#compactions.delete(partition); // for good, if this step fails
      const { done, value } = compaction.next();
      if (done === true) return { end: "done", hasTaken: value };
      this.#compactions.set(partition, compaction);
      return { end: "more", hasTaken: false };
    });
  }

  /** Of what was removed, nothing is left in any file: not where SQLite had it, nor in what it has written ahead. */
  #forget(partition: number): void {
    this.#transaction(() => {
      this.#tables.delete(partition);
      PartitionTable.rewrite(this.#db, partition);
    });
    this.#guard(() => this.#db.exec("PRAGMA wal_checkpoint(TRUNCATE)"));
    this.#forgotten.add(partition);
  }

  #forgets(partition: number): boolean {
    const found = this.#db
      .prepare("SELECT topic.settings FROM topic JOIN partition ON partition.topic = topic.name WHERE partition.id = ?")
      .get(partition);
    return found !== undefined && forgets(parseSettings(String(found["settings"])));
  }

  createTopic(topic: NewTopic): StoredTopic {
    return this.#transaction(() => {
      this.#db.prepare("INSERT INTO topic (name, settings) VALUES (?, ?)").run(topic.topic, JSON.stringify(topic.settings));
      const insert = this.#db.prepare("INSERT INTO partition (topic, number, start, end_floor, time_floor) VALUES (?, ?, 0, 0, 0)");
      for (let number = 0; number < topic.partitions; number++) {
        PartitionTable.create(this.#db, Number(insert.run(topic.topic, number).lastInsertRowid));
      }
      return this.#loadTopic(topic.topic);
    });
  }

  close(): void {
    this.#tables.clear();
    this.#db.close();
  }

  #loadTopic(topic: string): StoredTopic {
    const settings = must(this.#db.prepare("SELECT settings FROM topic WHERE name = ?").get(topic)?.["settings"], `topic ${topic}`);
    const rows = this.#db.prepare("SELECT id, start, end_floor, time_floor FROM partition WHERE topic = ? ORDER BY number").all(topic);
    const partitions = rows.map((row): StoredPartition => {
      const id = Number(row["id"]);
      const last = this.#table(id).last();
      return {
        id,
        start: Number(row["start"]),
        end: Math.max(Number(row["end_floor"]), last === null ? 0 : last.last + 1),
        lastTime: Math.max(Number(row["time_floor"]), last?.time ?? 0),
      };
    });
    return { topic, settings: parseSettings(String(settings)), partitions };
  }

  /** Writes down the end and the last time before the batches that tell them may go. */
  #keepFloor(partition: number): void {
    const last = this.#table(partition).last();
    if (last === null) return;
    this.#db
      .prepare("UPDATE partition SET end_floor = max(end_floor, ?), time_floor = max(time_floor, ?) WHERE id = ?")
      .run(last.last + 1, last.time, partition);
  }

  #table(partition: number): PartitionTable {
    let table = this.#tables.get(partition);
    if (table === undefined) {
      table = new PartitionTable(this.#db, partition);
      this.#tables.set(partition, table);
    }
    return table;
  }

  #transaction<T>(work: () => T): T {
    return this.#guard(() => {
      this.#db.exec("BEGIN IMMEDIATE");
      try {
        const result = work();
        this.#db.exec("COMMIT");
        return result;
      } catch (error) {
        if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
        throw error;
      }
    });
  }

  #guard<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw toLogError(error, this.#file);
    }
  }
}

function parseSettings(json: string): Record<string, string> {
  const parsed: unknown = JSON.parse(json);
  if (typeof parsed !== "object" || parsed === null) return {};
  return Object.fromEntries(Object.entries(parsed).map(([name, value]) => [name, String(value)]));
}
