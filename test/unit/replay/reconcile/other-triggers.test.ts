// Who asks need not have the functions of the deployment in force, as in the middle of a deployment: what that does not want is not missing.
import { pino } from "pino";
import { expect, test } from "vitest";
import { reconcile } from "../../../../engine/replay/reconcile/reconcile.ts";
import { Millrace } from "../../../../engine/sdk/index.ts";
import { appTopics } from "../../../../engine/task/app-topics.ts";
import { jsonEvents } from "../../../../engine/task/read-event.ts";
import { FakeClock, settling } from "../../../support/fake-clock.ts";
import { SimulatedLog } from "../../../support/simulated-log.ts";

const TOPICS = appTopics("app");

function declared(log: SimulatedLog, clock: FakeClock, ...events: readonly string[]): Millrace {
  const app = new Millrace({ id: "app", partitions: 1, stopGraceMs: 0, logger: pino({ level: "silent" }) }, { log, clock });
  app.createFunction({ id: "bill", triggers: events.map((event) => ({ event })) }, () => null);
  return app;
}

test("an event that the deployment in force has no trigger for is missing by no older declaration", async () => {
  const clock = new FakeClock();
  const log = await SimulatedLog.open(clock);
  const app = declared(log, clock, "paid", "shipped");
  await settling(clock, app.start());
  await settling(clock, app.send({ name: "ordered", data: null }));
  await clock.advance(5_000);
  const lackingBy = async (...events: readonly string[]): Promise<readonly unknown[]> => {
    const spec = declared(log, clock, ...events).parts.specs.get("bill");
    if (spec === undefined) throw new Error("it was declared");
    const sources = [{ topic: TOPICS.events, partitions: 1, from: "beginning" as const }];
    const reading = { reader: jsonEvents, maxEventBytes: 1_000_000 };
    const span = { since: 0, until: clock.wallMs() + 1_000 };
    return (await reconcile({ log, topics: TOPICS, partitions: 1, spec, sources, reading, ...span })).lacking;
  };
  expect(await lackingBy("ordered")).toEqual([]);
  await settling(clock, app.stop());
  // What it does want, it has not read by then: in whatever order that is declared.
  const sender = declared(log, clock, "none");
  await settling(clock, sender.send({ name: "paid", data: null }));
  expect(await lackingBy("shipped", "paid")).toMatchObject([{ lack: "unread", event: { name: "paid" } }]);
  await settling(clock, sender.stop());
  await log.close();
});
