// Servers of one app that share the file of their history: pages of each hear of what any of them stores.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { RunHistory } from "../../../consumers/run-history/run-history-sink.ts";
import { silentLogger } from "../../../engine/observability/logger.ts";
import type { SinkBatch } from "../../../engine/worker/sink/sink.ts";
import type { LiveMessage } from "../../../server/contract/live.ts";
import { JournalChanges } from "../../../server/journal-changes.ts";
import { Hub } from "../../../server/live-hub.ts";
import { ToldHistory } from "../../../server/told-history.ts";
import { FakeClock } from "../../support/fake-clock.ts";

let directory: string;
let clock: FakeClock;
const open: Disposable[] = [];

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), "millrace-told-"));
  clock = new FakeClock();
});
afterEach(() => {
  for (const one of open.splice(0)) one[Symbol.dispose]();
  rmSync(directory, { recursive: true, force: true });
});

function server() {
  const live = new Hub();
  const told: LiveMessage[] = [];
  live.hear((message) => told.push(message));
  const history = new RunHistory(path.join(directory, "history.db"), { app: "shop", topic: "shop.journal" });
  open.push(history);
  const sink = new ToldHistory(history, new JournalChanges(live, clock), silentLogger);
  sink.positions();
  /** All that was told since it was asked last. */
  const heard = async (): Promise<readonly LiveMessage[]> => {
    await clock.advance(1_000);
    return told.splice(0);
  };
  return { sink, heard };
}

/** Of a journal whose entries nobody can read: what is in them is no matter. */
function batch(offset: number): SinkBatch {
  const record = { offset, timestamp: 0, key: null, value: Buffer.from("?"), headers: {} };
  const last = { offset, hash: offset };
  return { topic: "shop.journal", partition: 0, from: offset, records: [record], next: offset + 1, last };
}

const everything = expect.arrayContaining([{ type: "runs", ids: null }, { type: "events" }]) as unknown;

test("what another server has stored is told here as well, as a change of whatever is shown", async () => {
  const [one, other] = [server(), server()];
  expect([one.sink.write(batch(0)), other.sink.write(batch(0))]).toEqual(["stored", "moved"]);
  expect(await other.heard()).toEqual([]);
  // As the feed does that was told so.
  other.sink.positions();
  expect(await other.heard()).toEqual(everything);

  expect([other.sink.write(batch(1)), one.sink.write(batch(1))]).toEqual(["stored", "moved"]);
  expect(one.sink.positions().get(0)?.next).toBe(2);
  expect(await one.heard()).toEqual(everything);
});

test("who goes on from what it has stored itself has missed nothing", async () => {
  const one = server();
  for (let offset = 0; offset < 3; offset++) {
    one.sink.write(batch(offset));
    one.sink.positions();
  }
  expect(await one.heard()).toEqual([]);
});
