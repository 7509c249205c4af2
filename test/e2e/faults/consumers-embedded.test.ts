// A consumer on the embedded log, in a process that is killed at random moments: each event is in its state once, and handled in the order of its
// key, at least once (R1, R5).
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { openEmbeddedLog } from "../../../engine/log/embedded/embedded-log.ts";
import { chanceFor, rounds } from "../../support/faults/chance.ts";
import { foldLedger, type LedgerData } from "../../support/faults/consumers.ts";
import { startEffectCounter } from "../../support/faults/effect-counter.ts";
import { until } from "../../support/faults/until.ts";
import { WorkerProcess } from "../../support/faults/worker-process.ts";

const ROUNDS = rounds(0.6);
const PARTITIONS = 2;

test(`a consumer on the embedded log that is killed ${ROUNDS} times keeps each event once, and handles it in the order of its key (R1, R5)`, async () => {
  const chance = chanceFor("consumers-embedded");
  const folder = await mkdtemp(path.join(tmpdir(), "millrace-faults-"));
  await using counter = await startEffectCounter();
  const app = { id: "embedded", partitions: PARTITIONS, log: { kind: "embedded" as const, path: folder } };
  const spawn = (): WorkerProcess => new WorkerProcess({ app, functions: "consuming", effectsUrl: counter.url });
  const sent = new Map<string, LedgerData>();
  let worker = spawn();
  try {
    for (let round = 0; round <= ROUNDS; round++) {
      await worker.started;
      const events = Array.from({ length: chance.between(1, 60) }, (_, n) => {
        const data = { customer: `c${chance.between(1, 8)}`, amount: n + 1, flaky: chance.random() < 0.05 };
        return { name: "order/placed", id: `order-${round}-${n}`, key: `k${n}`, data };
      });
      for (const { id, data } of events) sent.set(id, data);
      // Killed before it could say, it may have sent them or not: they count once, by their ids.
      const sending = worker.ask("send", events).catch(() => {});
      if (round === ROUNDS) await sending;
      else {
        await delay(chance.between(0, 400));
        await worker.kill9();
        await sending;
        worker = spawn();
        await worker.started;
        await worker.ask("send", events);
      }
    }
    await until("every event is handled, those that fail at first twice", () => {
      const called = new Set(counter.effects.map(({ eventId, attempt }) => `${eventId} ${attempt}`));
      return [...sent].every(([id, { flaky = false }]) => called.has(`${id} ${flaky ? 1 : 0}`));
    });
    await worker.ask("stop", null);
  } finally {
    await worker.kill9();
  }
  const log = await openEmbeddedLog({ path: folder });
  const states = await foldLedger(log, app.id, PARTITIONS);
  await log.close();
  await rm(folder, { recursive: true, force: true });
  for (const customer of new Set([...sent.values()].map((data) => data.customer))) {
    const texts = (store: string): readonly string[] => states.flatMap(({ consumer }) => consumer.stores.get(store)?.get(customer) ?? []);
    const mine = [...sent].filter(([, data]) => data.customer === customer);
    const order = texts("seen").map((text) => JSON.parse(text) as readonly string[]);
    expect(order.map((ids) => ids.toSorted())).toEqual([mine.map(([id]) => id).toSorted()]);
    expect(texts("sum")).toEqual([String(mine.reduce((sum, [, { amount }]) => sum + amount, 0))]);
    const places = counter.effects.filter(({ step }) => step === customer).map(({ eventId }) => order[0]?.indexOf(eventId) ?? -1);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  }
  expect(states.map(({ consumer }) => consumer.owed.size)).toEqual(states.map(() => 0));
  console.info(`consumers-embedded: ${sent.size} events, ${counter.effects.length} calls`);
}, 120_000);
