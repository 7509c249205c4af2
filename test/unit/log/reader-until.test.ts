import { afterEach, beforeEach, expect, test } from "vitest";
import { openEmbeddedLog } from "../../../engine/log/embedded/embedded-log.ts";
import type { Log } from "../../../engine/log/log.ts";
import { readerUntil } from "../../../engine/log/reader-until.ts";

const OPTIONS = { topic: "noted", partition: 0, from: 0 };
let log: Log;
beforeEach(async () => {
  log = await openEmbeddedLog({ path: ":memory:" });
  await log.createTopics([{ topic: "noted", partitions: 1, settings: {} }]);
  await log.append(OPTIONS, [{ key: null, value: Buffer.from("a") }]);
});
afterEach(() => log.close());

test("a reader ends with its signal, also where that was aborted before it was opened", async () => {
  const abort = new AbortController();
  using during = readerUntil(log, OPTIONS, abort.signal);
  expect((await during.next()).records).toHaveLength(1);
  abort.abort();
  await expect(during.next()).rejects.toMatchObject({ code: "LOG_CLOSED" });
  using after = readerUntil(log, OPTIONS, abort.signal);
  await expect(after.next()).rejects.toMatchObject({ code: "LOG_CLOSED" });
});
