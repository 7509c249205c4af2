// One partition's table: a row a batch, and the rowid is the base offset, so that neighbours lie together on the disk.
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { EncodedBatch } from "./batch-codec.ts";

export class PartitionTable {
  readonly #insert: StatementSync;
  readonly #replace: StatementSync;
  readonly #remove: StatementSync;
  readonly #range: StatementSync;
  readonly #atOrBefore: StatementSync;
  readonly #trim: StatementSync;

  constructor(db: DatabaseSync, partition: number) {
    const table = tableName(partition);
    const select = `SELECT base, last, time, data FROM ${table}`;
    this.#insert = db.prepare(`INSERT INTO ${table} (base, last, time, data) VALUES (?, ?, ?, ?)`);
    this.#replace = db.prepare(`UPDATE ${table} SET data = ? WHERE base = ?`);
    this.#remove = db.prepare(`DELETE FROM ${table} WHERE base = ?`);
    this.#range = db.prepare(
      `${select} WHERE base >= coalesce((SELECT max(base) FROM ${table} WHERE base <= ?), 0) AND base < ? ORDER BY base`,
    );
    this.#atOrBefore = db.prepare(`${select} WHERE base <= ? ORDER BY base DESC LIMIT 1`);
    this.#trim = db.prepare(`DELETE FROM ${table} WHERE base < ? AND last < ?`);
  }

  static create(db: DatabaseSync, partition: number): void {
    db.exec(
      `CREATE TABLE ${tableName(partition)} (base INTEGER PRIMARY KEY, last INTEGER NOT NULL, time INTEGER NOT NULL, data BLOB NOT NULL) STRICT`,
    );
  }

  /**
   * Writes all rows anew, and has the database let go of where they were. With `secure_delete` on, that is overwritten: what SQLite moved from page
   * to page, too. Ends the use of this partition's other objects.
   */
  static rewrite(db: DatabaseSync, partition: number): void {
    const table = tableName(partition);
    db.exec(`ALTER TABLE ${table} RENAME TO ${table}_before`);
    PartitionTable.create(db, partition);
    db.exec(`INSERT INTO ${table} SELECT base, last, time, data FROM ${table}_before ORDER BY base`);
    db.exec(`DROP TABLE ${table}_before`);
  }

  insert({ base, last, time, data }: EncodedBatch): void {
    this.#insert.run(base, last, time, data);
  }

  /** Batches that hold offsets in [from, below). End the iteration before anything else is asked of the table. */
  *range(from: number, below: number): Generator<EncodedBatch, void> {
    for (const row of this.#range.iterate(from, below)) {
      const batch = toBatch(row);
      if (batch.last >= from) yield batch;
    }
  }

  /** The newest batch that begins at `offset` or before. */
  atOrBefore(offset: number): EncodedBatch | null {
    const row = this.#atOrBefore.get(offset);
    return row === undefined ? null : toBatch(row);
  }

  last(): EncodedBatch | null {
    return this.atOrBefore(Number.MAX_SAFE_INTEGER);
  }

  replace(base: number, data: Uint8Array): void {
    this.#replace.run(data, base);
  }

  remove(base: number): void {
    this.#remove.run(base);
  }

  /** Removes the batches that end before `start`. */
  trim(start: number): void {
    this.#trim.run(start, start);
  }
}

function tableName(partition: number): string {
  return `p${partition}`;
}

function toBatch(row: Record<string, unknown>): EncodedBatch {
  const data = row["data"];
  if (!(data instanceof Uint8Array)) throw new TypeError("a batch without bytes");
  return { base: Number(row["base"]), last: Number(row["last"]), time: Number(row["time"]), data };
}
