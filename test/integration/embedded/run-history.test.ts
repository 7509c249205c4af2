// Run history of an embedded app that keeps it itself, killed as it goes: what it did, and the same as projected afterwards.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test, vi } from "vitest";
import { openToAsk } from "../../../consumers/run-history/database.ts";
import { chanceFor } from "../../support/faults/chance.ts";
import { projector, shopWorker } from "../../support/run-history/children.ts";
import { dump } from "../../support/run-history/dump.ts";
import { expectHistoryOf, isOver } from "../../support/run-history/shop.ts";

const KILLS = 2;
const ORDERS = 10;

test("an app that keeps its own history and is killed as it goes has all of it in the end, once", async () => {
  const chance = chanceFor("run-history-embedded");
  const directory = await mkdtemp(path.join(tmpdir(), "millrace-history-"));
  const [log, own, afterwards] = ["log", "own.db", "afterwards.db"].map((name) => path.join(directory, name)) as [string, string, string];
  const orders = { id: "shop", log: { kind: "embedded" as const, path: log }, history: own };
  try {
    for (let kill = 0; kill < KILLS; kill++) {
      await using worker = await shopWorker(orders);
      await worker.place(kill * ORDERS, (kill + 1) * ORDERS);
      // Somewhere in its runs and its projection.
      await new Promise((resolve) => setTimeout(resolve, chance.between(0, 300)));
      await worker.kill9();
    }
    await using worker = await shopWorker(orders);
    await worker.place(KILLS * ORDERS, (KILLS + 1) * ORDERS);
    const total = (KILLS + 1) * ORDERS;
    await vi.waitFor(() => expect(asked(own, (db) => isOver(db, total))).toBe(true), { timeout: 40_000, interval: 200 });
    await worker.stop();
    asked(own, (db) => expectHistoryOf(db, total));
    expect(await projector("--app", "shop", "--path", log, "--file", afterwards).over).toBe(0);
    expect(asked(afterwards, dump)).toEqual(asked(own, dump));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});

function asked<T>(file: string, ask: (db: ReturnType<typeof openToAsk>) => T): T {
  const db = openToAsk(file);
  try {
    return ask(db);
  } finally {
    db.close();
  }
}
