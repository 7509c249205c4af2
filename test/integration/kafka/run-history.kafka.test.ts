// Run history on Kafka: workers and projectors are killed as they go; what is in the file is what the app did, once.
import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test, vi } from "vitest";
import { openToAsk } from "../../../consumers/run-history/database.ts";
import { chanceFor } from "../../support/faults/chance.ts";
import { kafkaBrokers } from "../../support/kafka/brokers.ts";
import { projector, shopWorker, type Projector } from "../../support/run-history/children.ts";
import { dump } from "../../support/run-history/dump.ts";
import { expectHistoryOf, isOver } from "../../support/run-history/shop.ts";

const KILLS = 3;
const ORDERS = 15;
const SESSION_MS = 6_000;

test(
  "workers and projectors that are killed as they go leave a history of what the app did, each thing once",
  { timeout: 180_000 },
  async () => {
    const chance = chanceFor("run-history-kafka");
    const directory = await mkdtemp(path.join(tmpdir(), "millrace-history-"));
    const [file, through] = ["shared.db", "through.db"].map((name) => path.join(directory, name)) as [string, string];
    const brokers = kafkaBrokers();
    const id = `shop-${randomUUID()}`;
    const orders = { id, log: { kind: "kafka" as const, brokers, sessionTimeoutMs: SESSION_MS } };
    const place = ["--app", id, "--brokers", brokers.join(","), "--file"];
    const projectors: Projector[] = [];
    const steady = await shopWorker(orders);
    try {
      for (let round = 0; round < KILLS; round++) {
        await using mortal = await shopWorker(orders);
        projectors.push(projector(...place, file), projector(...place, file));
        await steady.place(round * ORDERS, (round + 1) * ORDERS);
        await new Promise((resolve) => setTimeout(resolve, chance.between(0, 3_000)));
        await mortal.kill9();
        // The last one stays, and hears of the others' partitions when the group does.
        await Promise.all(projectors.splice(0, round === KILLS - 1 ? 1 : 2).map((one) => one.kill9()));
      }
      const total = KILLS * ORDERS;
      await vi.waitFor(() => expect(asked(file, (db) => isOver(db, total))).toBe(true), { timeout: 120_000, interval: 500 });
      asked(file, (db) => expectHistoryOf(db, total));
      await steady.stop();
      expect(await projector(...place, through, "--once").over).toBe(0);
      // What the worker said when it left is there, too, once the survivor has it.
      await vi.waitFor(() => expect(asked(file, dump)).toEqual(asked(through, dump)), { timeout: 30_000, interval: 500 });
    } finally {
      await Promise.all(projectors.map((one) => one.kill9()));
      await steady[Symbol.asyncDispose]();
      await rm(directory, { recursive: true, force: true });
    }
  },
);

function asked<T>(file: string, ask: (db: ReturnType<typeof openToAsk>) => T): T {
  const db = openToAsk(file);
  try {
    return ask(db);
  } finally {
    db.close();
  }
}
