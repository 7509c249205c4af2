// The Store's work on SQLite, without promises: the caller decides which thread waits for the disk.
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { must } from "../../core/errors.ts";
import type { EncodedBatch } from "./batch-codec.ts";
import { compactPartition } from "./compaction.ts";
import { createPartitionTable, openDatabase } from "./sqlite-database.ts";
import { toLogError } from "./sqlite-errors.ts";
import type { BatchWrite, NewTopic, ReadSlice, StoredPartition, StoredTopic } from "./store.ts";

/** What one partition's table is asked, prepared once. */
export interface PartitionStatements {
  readonly insert: StatementSync;
  readonly replace: StatementSync;
  readonly remove: StatementSync;
  readonly range: StatementSync;
  readonly atOrBefore: StatementSync;
  readonly last: StatementSync;
  readonly trim: StatementSync;
}

export class SqliteStore {
  readonly #file: string;
  readonly #db: DatabaseSync;
  readonly #statements = new Map<number, PartitionStatements>();
  /** Those that are between two steps. */
  readonly #compactions = new Map<number, ReturnType<typeof compactPartition>>();

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
      for (const write of writes) this.#on(write.partition).insert.run(write.base, write.last, write.time, write.data);
    });
  }

  read(partition: number, from: number, below: number, maxBytes: number): ReadSlice {
    return this.#guard(() => {
      const batches: EncodedBatch[] = [];
      let bytes = 0;
      for (const row of this.#on(partition).range.iterate(from, below)) {
        const batch = toBatch(row);
        if (batch.last < from) continue;
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
      const { last, atOrBefore } = this.#on(partition);
      let found = optionalBatch(last.get());
      if (found === null || found.time < time) return null;
      let low = 0;
      while (low < found.base) {
        const middle = low + Math.floor((found.base - 1 - low) / 2);
        const candidate = optionalBatch(atOrBefore.get(middle));
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
      this.#on(partition).trim.run(start, start);
    });
  }

  compact(partition: number, below: number): "more" | "done" {
    return this.#transaction(() => {
      this.#keepFloor(partition);
      const compaction = this.#compactions.get(partition) ?? compactPartition(this.#on(partition), below);
      this.#compactions.delete(partition); // for good, if this step fails
      if (compaction.next().done === true) return "done";
      this.#compactions.set(partition, compaction);
      return "more";
    });
  }

  createTopic(topic: NewTopic): StoredTopic {
    return this.#transaction(() => {
      this.#db.prepare("INSERT INTO topic (name, settings) VALUES (?, ?)").run(topic.topic, JSON.stringify(topic.settings));
      const insert = this.#db.prepare("INSERT INTO partition (topic, number, start, end_floor, time_floor) VALUES (?, ?, 0, 0, 0)");
      for (let number = 0; number < topic.partitions; number++) {
        createPartitionTable(this.#db, Number(insert.run(topic.topic, number).lastInsertRowid));
      }
      return this.#loadTopic(topic.topic);
    });
  }

  close(): void {
    this.#statements.clear();
    this.#db.close();
  }

  #loadTopic(topic: string): StoredTopic {
    const settings = must(this.#db.prepare("SELECT settings FROM topic WHERE name = ?").get(topic)?.["settings"], `topic ${topic}`);
    const rows = this.#db.prepare("SELECT id, start, end_floor, time_floor FROM partition WHERE topic = ? ORDER BY number").all(topic);
    const partitions = rows.map((row): StoredPartition => {
      const id = Number(row["id"]);
      const last = optionalBatch(this.#on(id).last.get());
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
    const last = optionalBatch(this.#on(partition).last.get());
    if (last === null) return;
    this.#db
      .prepare("UPDATE partition SET end_floor = max(end_floor, ?), time_floor = max(time_floor, ?) WHERE id = ?")
      .run(last.last + 1, last.time, partition);
  }

  #on(partition: number): PartitionStatements {
    let statements = this.#statements.get(partition);
    if (statements === undefined) {
      const table = `p${partition}`;
      statements = {
        insert: this.#db.prepare(`INSERT INTO ${table} (base, last, time, data) VALUES (?, ?, ?, ?)`),
        replace: this.#db.prepare(`UPDATE ${table} SET data = ? WHERE base = ?`),
        remove: this.#db.prepare(`DELETE FROM ${table} WHERE base = ?`),
        range: this.#db.prepare(
          `SELECT base, last, time, data FROM ${table} WHERE base >= coalesce((SELECT max(base) FROM ${table} WHERE base <= ?), 0) AND base < ? ORDER BY base`,
        ),
        atOrBefore: this.#db.prepare(`SELECT base, last, time, data FROM ${table} WHERE base <= ? ORDER BY base DESC LIMIT 1`),
        last: this.#db.prepare(`SELECT base, last, time, data FROM ${table} ORDER BY base DESC LIMIT 1`),
        trim: this.#db.prepare(`DELETE FROM ${table} WHERE base < ? AND last < ?`),
      };
      this.#statements.set(partition, statements);
    }
    return statements;
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

export function toBatch(row: Record<string, unknown>): EncodedBatch {
  const data = row["data"];
  if (!(data instanceof Uint8Array)) throw new TypeError("a batch without bytes");
  return { base: Number(row["base"]), last: Number(row["last"]), time: Number(row["time"]), data };
}

function optionalBatch(row: Record<string, unknown> | undefined): EncodedBatch | null {
  return row === undefined ? null : toBatch(row);
}

function parseSettings(json: string): Record<string, string> {
  const parsed: unknown = JSON.parse(json);
  if (typeof parsed !== "object" || parsed === null) return {};
  return Object.fromEntries(Object.entries(parsed).map(([name, value]) => [name, String(value)]));
}
