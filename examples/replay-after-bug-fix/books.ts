// The books of the shop, in a file of sqlite: what each order was booked with, and how often.
import { DatabaseSync } from "node:sqlite";

export interface Booking {
  readonly order: string;
  readonly number: number;
  readonly total: number;
}

const TABLES = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = OFF;
  CREATE TABLE IF NOT EXISTS filed (id TEXT PRIMARY KEY);
  CREATE TABLE IF NOT EXISTS numbers (number INTEGER PRIMARY KEY AUTOINCREMENT);
  CREATE TABLE IF NOT EXISTS bookings (id TEXT PRIMARY KEY, number INTEGER NOT NULL, total INTEGER NOT NULL, times INTEGER NOT NULL);`;

export class Books implements Disposable {
  readonly #db: DatabaseSync;

  private constructor(db: DatabaseSync) {
    this.#db = db;
  }

  static open(file: string): Books {
    const db = new DatabaseSync(file, { timeout: 5_000 });
    db.exec(TABLES);
    return new Books(db);
  }

  /** One more for each time that it is asked. */
  nextNumber(): number {
    return Number(this.#db.prepare("INSERT INTO numbers DEFAULT VALUES").run().lastInsertRowid);
  }

  /** An order has one booking: the last. */
  book({ order, number, total }: Booking): void {
    this.#db
      .prepare(
        `INSERT INTO bookings (id, number, total, times) VALUES (?, ?, ?, 1)
         ON CONFLICT (id) DO UPDATE SET number = excluded.number, total = excluded.total, times = times + 1`,
      )
      .run(order, number, total);
  }

  /** What accounting was told, by the event's id. */
  file(id: string): void {
    this.#db.prepare("INSERT OR IGNORE INTO filed (id) VALUES (?)").run(id);
  }

  get filedCount(): number {
    return Number(this.#db.prepare("SELECT count(*) AS n FROM filed").get()?.["n"]);
  }

  get count(): number {
    return Number(this.#db.prepare("SELECT count(*) AS n FROM bookings").get()?.["n"]);
  }

  /** How many numbers were asked for. */
  get numbers(): number {
    return Number(this.#db.prepare("SELECT count(*) AS n FROM numbers").get()?.["n"]);
  }

  /** By order. */
  totals(): ReadonlyMap<string, { readonly total: number; readonly times: number }> {
    const rows = this.#db.prepare("SELECT id, total, times FROM bookings").all();
    return new Map(rows.map((row) => [String(row["id"]), { total: Number(row["total"]), times: Number(row["times"]) }]));
  }

  [Symbol.dispose](): void {
    this.#db.close();
  }
}
