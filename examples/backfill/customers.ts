// The old table, the new one, and a list of the slices that were written, for the proof: in one file of sqlite.
import path from "node:path";
import { DatabaseSync } from "node:sqlite";

export interface Customer {
  readonly id: number;
  readonly email: string;
}

const TABLES = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  CREATE TABLE IF NOT EXISTS old_customers (id INTEGER PRIMARY KEY, email TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS customers (id INTEGER PRIMARY KEY, email TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS slices (cursor INTEGER PRIMARY KEY, times INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS finished (last INTEGER NOT NULL);`;

export class Customers implements Disposable {
  readonly #db: DatabaseSync;

  private constructor(db: DatabaseSync) {
    this.#db = db;
  }

  static open(folder: string): Customers {
    const db = new DatabaseSync(path.join(folder, "customers.db"), { timeout: 5_000 });
    db.exec(TABLES);
    return new Customers(db);
  }

  /** The old table, with addresses in capitals. */
  fill(count: number): void {
    const insert = this.#db.prepare("INSERT INTO old_customers (id, email) VALUES (?, ?)");
    this.#together(() => {
      for (let id = 1; id <= count; id++) insert.run(id, `CUSTOMER-${id}@EXAMPLE.COM`);
    });
  }

  after(id: number, count: number): readonly Customer[] {
    const rows = this.#db.prepare("SELECT id, email FROM old_customers WHERE id > ? ORDER BY id LIMIT ?").all(id, count);
    return rows.map((row) => ({ id: Number(row["id"]), email: String(row["email"]) }));
  }

  bring(cursor: number, rows: readonly Customer[]): void {
    const upsert = this.#db.prepare(
      "INSERT INTO customers (id, email) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET email = excluded.email",
    );
    this.#together(() => {
      for (const { id, email } of rows) upsert.run(id, email.toLowerCase());
      this.#db.prepare("INSERT INTO slices (cursor, times) VALUES (?, 1) ON CONFLICT (cursor) DO UPDATE SET times = times + 1").run(cursor);
    });
  }

  finish(last: number): void {
    this.#db.prepare("INSERT INTO finished (last) VALUES (?)").run(last);
  }

  get isFinished(): boolean {
    return this.#count("SELECT count(*) AS n FROM finished") > 0;
  }

  get brought(): number {
    return this.#count("SELECT count(*) AS n FROM customers");
  }

  /** Rows that are missing, or not as they should be. */
  get wrong(): number {
    return this.#count(
      "SELECT count(*) AS n FROM old_customers o LEFT JOIN customers c ON c.id = o.id WHERE c.email IS NULL OR c.email <> lower(o.email)",
    );
  }

  get slices(): { readonly written: number; readonly again: number } {
    return {
      written: this.#count("SELECT count(*) AS n FROM slices"),
      again: this.#count("SELECT coalesce(sum(times - 1), 0) AS n FROM slices"),
    };
  }

  [Symbol.dispose](): void {
    this.#db.close();
  }

  #count(sql: string): number {
    return Number(this.#db.prepare(sql).get()?.["n"]);
  }

  #together(write: () => void): void {
    this.#db.exec("BEGIN IMMEDIATE");
    try {
      write();
      this.#db.exec("COMMIT");
    } catch (error) {
      this.#db.exec("ROLLBACK");
      throw error;
    }
  }
}
