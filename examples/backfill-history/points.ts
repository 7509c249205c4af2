// The points, in a table of the shop's. A step may run again after a crash, so they are booked by order and run; two runs of one order would show.
import { mkdirSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";

export interface Booking {
  readonly order: string;
  readonly run: string;
  readonly customer: string;
  readonly points: number;
}

export class Points implements Disposable {
  readonly #database: DatabaseSync;

  private constructor(database: DatabaseSync) {
    this.#database = database;
  }

  static open(folder: string): Points {
    mkdirSync(folder, { recursive: true });
    const database = new DatabaseSync(path.join(folder, "points.db"));
    database.exec(`PRAGMA journal_mode = WAL; PRAGMA busy_timeout = 5000;
      CREATE TABLE IF NOT EXISTS bookings (shop_order TEXT, run TEXT, customer TEXT, points INTEGER, PRIMARY KEY (shop_order, run)) WITHOUT ROWID`);
    return new Points(database);
  }

  book({ order, run, customer, points }: Booking): void {
    this.#database.prepare("INSERT OR IGNORE INTO bookings VALUES (?, ?, ?, ?)").run(order, run, customer, points);
  }

  /** Orders with points, bookings in all, and what they come to. */
  get totals(): { readonly orders: number; readonly bookings: number; readonly points: number } {
    const row = this.#database
      .prepare("SELECT count(DISTINCT shop_order) AS orders, count(*) AS bookings, coalesce(sum(points), 0) AS points FROM bookings")
      .get();
    return { orders: Number(row?.["orders"]), bookings: Number(row?.["bookings"]), points: Number(row?.["points"]) };
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }
}
