// Opening the database file: settings, the lock, and the tables.
import { DatabaseSync } from "node:sqlite";
import { LogError } from "../errors.ts";
import { toLogError } from "./sqlite-errors.ts";

const APPLICATION_ID = 0x4d52_4c31; // "MRL1", so that another program's database is refused
const FORMAT = 1;
/** A process that is started again at once may come while its predecessor still closes. */
const LOCK_PATIENCE_MS = 1_000;
const KEPT_WAL_BYTES = 64 * 1024 * 1024;

/**
 * The lock is SQLite's own, on the file, so that the system lets go of it when the process dies, however it dies. WAL with
 * `synchronous=FULL` makes a commit one write and one sync of one file (a rollback journal needs three).
 */
export function openDatabase(file: string): DatabaseSync {
  let db: DatabaseSync | null = null;
  try {
    db = new DatabaseSync(file, { timeout: LOCK_PATIENCE_MS });
    db.exec("PRAGMA locking_mode=EXCLUSIVE");
    db.exec("PRAGMA journal_mode=WAL");
    db.exec("PRAGMA synchronous=FULL");
    db.exec(`PRAGMA journal_size_limit=${KEPT_WAL_BYTES}`);
    db.exec("BEGIN EXCLUSIVE");
    prepareTables(db, file);
    db.exec("COMMIT");
    return db;
  } catch (error) {
    db?.close();
    throw toLogError(error, file);
  }
}

function prepareTables(db: DatabaseSync, file: string): void {
  const application = pragma(db, "application_id");
  const format = pragma(db, "user_version");
  if (application === APPLICATION_ID) {
    if (format === FORMAT) return;
    throw new LogError(
      "LOG_FAILED",
      `${file} has format ${format}, and this version of Millrace reads ${FORMAT}. Use the version that wrote it`,
    );
  }
  if (application !== 0 || format !== 0 || db.prepare("SELECT 1 FROM sqlite_schema").get() !== undefined) {
    throw new LogError("LOG_CORRUPT", `${file} is a database of another program. Give the log a directory of its own`);
  }
  db.exec(`
    PRAGMA application_id=${APPLICATION_ID};
    PRAGMA user_version=${FORMAT};
    CREATE TABLE topic (name TEXT PRIMARY KEY, settings TEXT NOT NULL) STRICT;
    CREATE TABLE partition (
      id INTEGER PRIMARY KEY,
      topic TEXT NOT NULL REFERENCES topic (name),
      number INTEGER NOT NULL,
      start INTEGER NOT NULL,      -- the log's start
      end_floor INTEGER NOT NULL,  -- the end and the last time are at least these, even when no batch is left to tell
      time_floor INTEGER NOT NULL,
      UNIQUE (topic, number)
    ) STRICT;
  `);
}

function pragma(db: DatabaseSync, name: string): number {
  return Number(db.prepare(`PRAGMA ${name}`).get()?.[name]);
}
