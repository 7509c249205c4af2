// The journal of an app as a sink writes it: batches of entries in, rows and position out, in one transaction.
import { statSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import type { Sink, SinkBatch, SinkPosition, SinkWritten } from "../../engine/worker/sink/sink.ts";
import { openToProject, type HistoryOf } from "./database.ts";
import { HistoryError } from "./history-error.ts";
import { NOBODY, UNKNOWN } from "./journal-owner.ts";
import { Projection, type Progress } from "./projection.ts";

interface Position extends Progress {
  readonly next: number;
}

export class RunHistory implements Sink, Disposable {
  readonly description: string;
  readonly #file: string;
  /** Of the file that is open; another one may come to have its name. */
  readonly #inode: bigint | null;
  readonly #db: DatabaseSync;
  readonly #projection: Projection;
  readonly #readAll;
  readonly #read;
  readonly #store;

  /** @throws HistoryError */
  constructor(file: string, of: HistoryOf) {
    this.description = `run history ${file}`;
    this.#file = file;
    this.#db = openToProject(file, of);
    this.#inode = inodeOf(file);
    this.#projection = new Projection(this.#db);
    this.#readAll = this.#db.prepare("SELECT partition, next, last, hash FROM position");
    this.#read = this.#db.prepare("SELECT next, epoch, nonce, lsn, time FROM position WHERE partition = ?");
    this.#store = this.#db.prepare(
      "UPDATE position SET next = ?, last = ?, hash = ?, epoch = ?, nonce = ?, lsn = ?, time = ? WHERE partition = ?",
    );
  }

  positions(): ReadonlyMap<number, SinkPosition> {
    return new Map(
      this.#readAll
        .all()
        .map(({ partition, next, last, hash }) => [
          Number(partition),
          { next: Number(next), last: { offset: Number(last), hash: Number(hash) } },
        ]),
    );
  }

  /** @throws HistoryError `HISTORY_FILE_GONE` */
  write(batch: SinkBatch): SinkWritten {
    this.#checkIsThere();
    // Others wait from here on: what is read as the position stays it.
    this.#db.exec("BEGIN IMMEDIATE");
    try {
      const written = this.#write(batch);
      this.#db.exec("COMMIT");
      return written;
    } catch (error) {
      this.#projection.forget();
      // On a full disk SQLite has rolled back by itself: another try would hide the reason behind its own.
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
      throw error;
    }
  }

  [Symbol.dispose](): void {
    this.#db.close();
  }

  /** SQLite goes on writing to a file that was deleted, and all of that is gone when this process ends. */
  #checkIsThere(): void {
    if (inodeOf(this.#file) === this.#inode) return;
    const problem = `${this.#file} was deleted, or another file put in its place, while it was written to. Start this process again: it goes on with the file that is there then, or makes it anew from the journal`;
    throw new HistoryError("HISTORY_FILE_GONE", problem);
  }

  #write({ partition, from, records, next, last }: SinkBatch): SinkWritten {
    const position = this.#positionOf(partition) ?? this.#begin(partition, from);
    if (position.next !== from) return "moved";
    let progress: Progress = position;
    for (const record of records) progress = this.#projection.entry(partition, record, progress);
    this.#projection.finish();
    const { owner, time } = progress;
    this.#store.run(next, last.offset, last.hash, owner.epoch, owner.nonce, owner.lsn, time, partition);
    return "stored";
  }

  #positionOf(partition: number): Position | null {
    const row = this.#read.get(partition);
    if (row === undefined) return null;
    const { next, epoch, nonce, lsn, time } = row;
    const owner = { epoch: epoch === null ? null : Number(epoch), nonce: Number(nonce), lsn: Number(lsn) };
    return { next: Number(next), owner, time: Number(time) };
  }

  #begin(partition: number, from: number): Position {
    const owner = from === 0 ? NOBODY : UNKNOWN;
    const { epoch, nonce, lsn } = owner;
    this.#db.prepare("INSERT INTO position VALUES (?, ?, NULL, NULL, ?, ?, ?, 0, -1)").run(partition, from, epoch, nonce, lsn);
    if (from > 0) {
      const reason = `the journal begins at offset ${from}: what came before was deleted, and is not in this history`;
      this.#projection.gap(partition, from, "JOURNAL_NO_HISTORY", reason);
    }
    return { next: from, owner, time: 0 };
  }
}

function inodeOf(file: string): bigint | null {
  return statSync(file, { bigint: true, throwIfNoEntry: false })?.ino ?? null;
}
