// Who waits for a backfill, and is interrupted, has interrupted nothing else.
import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { Millrace } from "../../engine/sdk/millrace.ts";
import { silentPino } from "../../engine/sdk/testing.ts";
import { kafkaBrokers } from "../support/kafka/brokers.ts";
import { DevRun, ended } from "./dev/dev-run.ts";

const EVENTS = 30;

test("Ctrl-C at a backfill that is waited for ends the waiting alone, and says how to wait again", { timeout: 90_000 }, async () => {
  const id = `past-${randomUUID().slice(0, 8)}`;
  const brokers = [...kafkaBrokers()];
  const handled: string[] = [];
  const shop = (functions: readonly string[]): Millrace => {
    const app = new Millrace({ id, log: { kind: "kafka", brokers }, partitions: 1, logger: silentPino });
    for (const name of functions) {
      app.createFunction({ id: name, triggers: [{ event: "order/placed" }] }, ({ event }) => {
        if (name === "points") handled.push(event.id);
        return Promise.resolve(null);
      });
    }
    return app;
  };
  const old = shop(["bill"]);
  await old.start();
  await old.send(Array.from({ length: EVENTS }, (_, n) => ({ name: "order/placed", data: null, id: `e${n}` })));
  await old.stop();
  const app = shop(["bill", "points"]);
  await app.start();
  await using cli = await DevRun.in({});
  const on = ["--app", id, "--brokers", brokers.join(",")];
  const waiting = cli.spawn("backfill", ...on, "--function", "points", "--from", "beginning", "--rate", "10/s", "--id", "old", "--wait");
  await cli.hears("workers do it, also without whoever waits: millrace backfill list old --wait");
  waiting.kill("SIGINT");
  expect(await ended(waiting)).toBe("SIGINT");
  const again = cli.spawn("backfill", "list", "old", "--wait", ...on);
  expect(await ended(again)).toBe(0);
  expect(cli.said).toContain(`old  points  done: ${EVENTS} started, 0 skipped, 0 offsets left`);
  await app.stop();
  expect(new Set(handled).size).toBe(EVENTS);
  expect(handled).toHaveLength(EVENTS);
});
