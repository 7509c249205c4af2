import { mkdtemp, open, readFile, rm, writeFile, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openEmbeddedLog } from "../../../../engine/log/embedded/embedded-log.ts";

const target = { topic: "t", partition: 0 };
let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "millrace-files-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test("a directory that is missing is made, and kept out of git", async () => {
  const place = path.join(folder, "deep", "in");
  await (await openEmbeddedLog({ path: place })).close();
  expect(await readFile(path.join(place, ".gitignore"), "utf8")).toBe("*\n");
});

test("a directory that is made is for its owner alone, since all that events carried is in it", async () => {
  const place = path.join(folder, "made");
  await (await openEmbeddedLog({ path: place })).close();
  expect((await stat(place)).mode & 0o777).toBe(0o700);
});

test("a directory that was there gets no .gitignore", async () => {
  await (await openEmbeddedLog({ path: folder })).close();
  await expect(readFile(path.join(folder, ".gitignore"))).rejects.toMatchObject({ code: "ENOENT" });
});

test("a path that cannot be a directory is LOG_UNAVAILABLE", async () => {
  const file = path.join(folder, "file");
  await writeFile(file, "");
  await expect(openEmbeddedLog({ path: path.join(file, "log") })).rejects.toMatchObject({ code: "LOG_UNAVAILABLE" });
});

test("a database that cannot be opened is LOG_UNAVAILABLE", async () => {
  await rm(folder, { recursive: true });
  const place = path.join(folder, "log");
  await openEmbeddedLog({ path: path.join(place, "log.db") }).then((log) => log.close()); // where the file belongs, there is a directory now
  await expect(openEmbeddedLog({ path: place })).rejects.toMatchObject({ code: "LOG_UNAVAILABLE" });
});

test("a file that is no database is LOG_CORRUPT", async () => {
  await writeFile(path.join(folder, "log.db"), "this is not a database, but it is long enough to be looked at ".repeat(40));
  await expect(openEmbeddedLog({ path: folder })).rejects.toMatchObject({ code: "LOG_CORRUPT" });
});

test("a database of another program is left alone", async () => {
  const file = path.join(folder, "log.db");
  const db = new DatabaseSync(file);
  db.exec("CREATE TABLE mine (a)");
  db.close();
  await expect(openEmbeddedLog({ path: folder })).rejects.toMatchObject({ code: "LOG_CORRUPT" });
  const again = new DatabaseSync(file);
  expect(again.prepare("SELECT name FROM sqlite_schema").all()).toEqual([{ name: "mine" }]);
  again.close();
});

test("a log of a later format is refused", async () => {
  await (await openEmbeddedLog({ path: folder })).close();
  const db = new DatabaseSync(path.join(folder, "log.db"));
  db.exec("PRAGMA user_version=99");
  db.close();
  await expect(openEmbeddedLog({ path: folder })).rejects.toMatchObject({ code: "LOG_FAILED" });
});

test("a batch that was damaged on the disk is LOG_CORRUPT when it is read", async () => {
  const log = await openEmbeddedLog({ path: folder });
  await log.createTopics([{ topic: "t", partitions: 1, settings: {} }]);
  await log.append(target, [{ key: null, value: Buffer.from("a value that can be found") }]);
  await log.close();
  const file = await open(path.join(folder, "log.db"), "r+");
  await file.write("X", (await file.readFile()).indexOf("a value"));
  await file.close();

  const reopened = await openEmbeddedLog({ path: folder });
  await expect(reopened.openReader({ ...target, from: 0 }).next()).rejects.toMatchObject({ code: "LOG_CORRUPT" });
  await reopened.close();
});

test("what was written is there when the log is opened again: records, ends, starts, topics and times", async () => {
  const first = await openEmbeddedLog({ path: folder, now: () => 5_000 });
  await first.createTopics([{ topic: "t", partitions: 2, settings: { "cleanup.policy": "delete" } }]);
  await first.append(target, [
    { key: null, value: Buffer.from("0") },
    { key: null, value: Buffer.from("1") },
  ]);
  await first.append({ topic: "t", partition: 1 }, [{ key: null, value: Buffer.from("trimmed") }]);
  await first.trim({ topic: "t", partition: 1 }, 1);
  await first.close();

  const second = await openEmbeddedLog({ path: folder, now: () => 3_000 });
  expect(await second.describeTopic("t")).toMatchObject({ partitions: 2, settings: { "cleanup.policy": "delete" } });
  expect(await second.append({ topic: "t", partition: 1 }, [{ key: null, value: null }])).toEqual({ baseOffset: 1, appendTime: 5_000 });
  expect(await second.earliestOffset({ topic: "t", partition: 1 })).toBe(1);
  const batch = await second.openReader({ ...target, from: 0 }).next();
  expect(batch.records.map(({ value, timestamp }) => [String(value), timestamp])).toEqual([
    ["0", 5_000],
    ["1", 5_000],
  ]);
  await second.close();
});
