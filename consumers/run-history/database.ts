// The file of a run history: opened, made where there is none, made anew where its tables are of another version.
import { DatabaseSync, type DatabaseSyncOptions } from "node:sqlite";
import { closeSync, existsSync, openSync } from "node:fs";
import { HistoryError } from "./history-error.ts";
import { HISTORY_VERSION, TABLES } from "./schema.ts";

/** "MRRH", so that another program's database is refused. */
const APPLICATION_ID = 0x4d52_5248;
/** Waiting for a lock holds up the whole process, which may be an app's. Whoever comes in vain tries again later. */
const PATIENCE_MS = 2_000;
const CACHE_KIB = 64 * 1024;
/** SQLite's result codes: https://sqlite.org/rescode.html */
const BUSY = 5;
const NOT_A_DATABASE = 26;

/** An open history, to be asked or written. */
export type HistoryDatabase = DatabaseSync;

/** Which journal a history is of. */
export interface HistoryOf {
  readonly app: string;
  /** Its topic, as the log knows it. */
  readonly topic: string;
}

/**
 * To write. Several processes may: each batch is a transaction that begins with the position.
 * @throws HistoryError `HISTORY_NOT_OURS`, `HISTORY_OTHER_APP`, `HISTORY_OTHER_VERSION` (a newer one), `HISTORY_UNUSABLE`
 */
export function openToProject(file: string, of: HistoryOf): DatabaseSync {
  makePrivate(file);
  return opened(file, { timeout: PATIENCE_MS }, (db) => {
    // A crash of the machine may cost the last transactions: they are projected again, since the position is in them.
    db.exec(`PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-${CACHE_KIB}`);
    db.exec("BEGIN IMMEDIATE");
    prepareTables(db, file, of);
    db.exec("COMMIT");
  });
}

/** To ask. @throws HistoryError `HISTORY_NOT_THERE`, `HISTORY_NOT_OURS`, `HISTORY_OTHER_VERSION`, `HISTORY_UNUSABLE` */
export function openToAsk(file: string): DatabaseSync {
  if (!existsSync(file)) throw new HistoryError("HISTORY_NOT_THERE", `there is no file ${file}: make it with \`millrace history\``);
  return opened(file, { timeout: PATIENCE_MS, readOnly: true }, (db) => {
    checkIsOurs(db, file);
    const version = pragma(db, "user_version");
    if (version === HISTORY_VERSION) return;
    throw otherVersion(file, version, "`millrace history` of this version makes an older one anew from the journal");
  });
}

/** What events carried is in it, so a new file is for its owner alone; those that SQLite puts beside it get the same rights. */
function makePrivate(file: string): void {
  try {
    closeSync(openSync(file, "a", 0o600));
  } catch (error) {
    throw unusable(file, error);
  }
}

function opened(file: string, options: DatabaseSyncOptions, prepare: (db: DatabaseSync) => void): DatabaseSync {
  let db: DatabaseSync | null = null;
  try {
    db = new DatabaseSync(file, options);
    prepare(db);
    return db;
  } catch (error) {
    db?.close();
    throw error instanceof HistoryError ? error : unusable(file, error);
  }
}

/** SQLite's own words say little to who does not know it. */
function unusable(file: string, cause: unknown): HistoryError {
  const code = cause instanceof Error && "errcode" in cause ? Number(cause.errcode) & 0xff : null;
  if (code === NOT_A_DATABASE) return notOurs(file, "is no database of SQLite", cause);
  const reason = cause instanceof Error ? cause.message : String(cause);
  const advice =
    code === BUSY
      ? "Another process writes to it for long; try again"
      : "Its folder has to be there, and both have to be writable by whoever makes the history, with room on the disk";
  return new HistoryError("HISTORY_UNUSABLE", `${file} cannot be used: ${reason}. ${advice}`, { cause });
}

function prepareTables(db: DatabaseSync, file: string, of: HistoryOf): void {
  const isEmpty = db.prepare("SELECT 1 FROM sqlite_schema").get() === undefined;
  if (!isEmpty) {
    checkIsOurs(db, file);
    checkApp(db, file, of);
    const version = pragma(db, "user_version");
    if (version === HISTORY_VERSION) return;
    // While a deployment is under way both versions run: the older must not undo what the newer made.
    if (version > HISTORY_VERSION) throw otherVersion(file, version, "Use that version, or give this one a file of its own");
    // An index of words is a table that has others, which go with it.
    const tables = db.prepare(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY sql NOT LIKE '%VIRTUAL%'",
    );
    for (const { name } of tables.all()) db.exec(`DROP TABLE IF EXISTS "${String(name)}"`);
  }
  db.exec(`PRAGMA application_id=${APPLICATION_ID}; PRAGMA user_version=${HISTORY_VERSION}; ${TABLES}`);
  db.prepare("INSERT INTO history VALUES (?, ?)").run(of.app, of.topic);
}

function otherVersion(file: string, version: number, advice: string): HistoryError {
  return new HistoryError(
    "HISTORY_OTHER_VERSION",
    `${file} has tables of version ${version}, and this version of Millrace knows ${HISTORY_VERSION}. ${advice}`,
  );
}

function checkIsOurs(db: DatabaseSync, file: string): void {
  if (pragma(db, "application_id") === APPLICATION_ID) return;
  throw notOurs(file, "is a database of another program");
}

function notOurs(file: string, problem: string, cause?: unknown): HistoryError {
  return new HistoryError("HISTORY_NOT_OURS", `${file} ${problem}. Give the history a file of its own`, { cause });
}

function checkApp(db: DatabaseSync, file: string, of: HistoryOf): void {
  const found = db.prepare("SELECT app, topic FROM history").get();
  if (found?.["topic"] === of.topic) return;
  throw new HistoryError(
    "HISTORY_OTHER_APP",
    `${file} is the history of ${String(found?.["topic"])}, not of ${of.topic}. Give each app's history a file of its own`,
  );
}

function pragma(db: DatabaseSync, name: string): number {
  return Number(db.prepare(`PRAGMA ${name}`).get()?.[name]);
}
