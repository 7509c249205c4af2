// A handler that ends its process: its event is set aside after a bounded number of deaths, and those of all other keys, and the next ones of its own,
// are handled (DESIGN §6).
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import pino from "pino";
import { expect, test } from "vitest";
import { openEmbeddedLog } from "../../../engine/log/embedded/embedded-log.ts";
import { Millrace } from "../../../engine/sdk/index.ts";
import { appTopics } from "../../../engine/task/app-topics.ts";
import { consumerTopics } from "../../../engine/task/consumer/consumer-topics.ts";
import { foldLedger, LEDGER, type LedgerData } from "../../support/faults/consumers.ts";
import { startEffectCounter } from "../../support/faults/effect-counter.ts";
import { readJournals } from "../../support/faults/journal-watch.ts";
import { Supervisor } from "../../support/faults/supervisor.ts";
import { until } from "../../support/faults/until.ts";

const PARTITIONS = 2;
const CUSTOMERS = 150;

test(`a consumer's event that ends its process whenever it is handled is a dead letter after ten deaths, and ${CUSTOMERS} neighbours are handled`, async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "millrace-deadly-"));
  const app = { id: "deadly", partitions: PARTITIONS, log: { kind: "embedded" as const, path: folder } };
  await using counter = await startEffectCounter();
  try {
    const sender = new Millrace({ ...app, logger: pino({ level: "silent" }) });
    const events = Array.from({ length: CUSTOMERS }, (_, n) => order(`c${n}`, `order-${n}`));
    events.splice(CUSTOMERS / 2, 0, order("poison", "poison", { deadly: true }), order("poison", "after the poison"));
    await sender.send(events);
    await sender.stop();

    await using supervisor = new Supervisor({ app, functions: "consuming", effectsUrl: counter.url });
    await until(
      "the event behind the deadly one is handled, and those of all neighbours are",
      () => {
        const handled = new Set(counter.effects.map(({ eventId }) => eventId));
        return handled.size === events.length;
      },
      { timeoutMs: 100_000, insteadShow: () => ({ deaths: supervisor.deaths, handled: counter.effects.length }) },
    );
    const { deaths } = supervisor;
    await supervisor.stop();
    const calls = Map.groupBy(counter.effects, ({ eventId }) => eventId);
    expect(calls.get("poison")?.length).toBe(deaths);
    expect(deaths).toBeLessThanOrEqual(10);
    expect(supervisor.saidCode("CONSUMER_HANDLER_DEADLY").length).toBe(1);

    const log = await openEmbeddedLog({ path: folder });
    const states = await foldLedger(log, app.id, PARTITIONS);
    expect(states.map(({ consumer }) => consumer.owed.size)).toEqual(states.map(() => 0));
    const { journal } = consumerTopics(appTopics(app.id), LEDGER);
    const histories = await readJournals(log, journal, PARTITIONS);
    const rejected = histories.flatMap(({ frames }) =>
      frames.flatMap(({ frame }) => frame.records.filter(({ type }) => type === "InputRejected")),
    );
    expect(rejected).toMatchObject([{ code: "CONSUMER_HANDLER_DEADLY" }]);
    await log.close();
    console.info(`consumers-deadly: ${deaths} deaths, ${counter.effects.length} calls for ${events.length} events`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}, 120_000);

function order(customer: string, id: string, more: Partial<LedgerData> = {}) {
  return { name: "order/placed", id, key: customer, data: { customer, amount: 1, ...more } satisfies LedgerData };
}
