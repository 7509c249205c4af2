import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { toLogError } from "../../../../engine/log/embedded/sqlite-errors.ts";

test("a full disk is LOG_UNAVAILABLE, with nothing written and room for another try", () => {
  const db = new DatabaseSync(":memory:");
  db.exec("PRAGMA max_page_count=4; CREATE TABLE t (data BLOB)"); // SQLite's own way to be full
  let thrown: unknown;
  try {
    db.prepare("INSERT INTO t VALUES (zeroblob(100000))").run();
  } catch (error) {
    thrown = error;
  }
  expect(toLogError(thrown, "log.db")).toMatchObject({ code: "LOG_UNAVAILABLE", retriable: true, outcomeUnknown: false });
  db.close();
});

test.for([
  [5, "LOG_LOCKED", false],
  [8, "LOG_UNAVAILABLE", false],
  [10 | (4 << 8), "LOG_UNAVAILABLE", true], // SQLITE_IOERR_FSYNC: who knows what reached the disk
  [11, "LOG_CORRUPT", true],
  [14, "LOG_UNAVAILABLE", false],
  [26, "LOG_CORRUPT", true],
  [1, "LOG_FAILED", true],
] as const)("SQLite's code %i is %s", ([errcode, code, outcomeUnknown]) => {
  expect(toLogError(Object.assign(new Error("from SQLite"), { errcode }), "log.db")).toMatchObject({ code, outcomeUnknown });
});
