// The outbox between a real Postgres and a real Kafka, with relays that are killed at any moment.
import { randomUUID } from "node:crypto";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import pino from "pino";
import { expect, test } from "vitest";
import { Millrace } from "../../../engine/sdk/index.ts";
import { openKafkaLog } from "../../../engine/log/kafka/kafka-log.ts";
import { insertOutbox, outboxSql } from "../../../outbox/index.ts";
import { chanceFor, rounds } from "../../support/faults/chance.ts";
import { until } from "../../support/faults/until.ts";
import { kafkaBrokers } from "../../support/kafka/brokers.ts";
import type { RelayOrder } from "../../support/postgres/relay-process.ts";
import { Postgres } from "../../support/postgres/postgres.ts";

const RELAY = path.resolve(import.meta.dirname, "../../support/postgres/relay-process.ts");
const KILLS = rounds(0.3);
const KEYS = ["a", "b", "c", "d"];
const PARTITIONS = 3;

/** What the log has of each key, the first time by each id: as who reads it gets it. */
async function storedByKey(topic: string, brokers: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
  const log = await openKafkaLog({ brokers });
  const rows = new Map<string, string[]>();
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const end = await log.latestOffset({ topic, partition });
    const reader = log.openReader({ topic, partition, from: 0 });
    const ids = new Set<string>();
    for (let next = 0; next < end;) {
      const { records, nextOffset } = await reader.next();
      for (const { key, value, headers } of records) {
        const id = headers["ce_id"]?.toString() ?? "";
        if (ids.has(id)) continue;
        ids.add(id);
        const name = key?.toString() ?? "";
        rows.set(name, [...(rows.get(name) ?? []), JSON.parse(value?.toString() ?? "") as string]);
      }
      next = nextOffset;
    }
    reader.close();
  }
  await log.close();
  return rows;
}

test(`relays that are killed while they lead, ${KILLS} times: each committed row starts one run, in the order of its key, none of what was rolled back does`, async () => {
  const chance = chanceFor("outbox");
  const id = `outbox-${randomUUID().slice(0, 8)}`;
  const brokers = kafkaBrokers();
  await using postgres = await Postgres.start();
  const client = await postgres.client();
  await client.query(outboxSql());
  const app = new Millrace({
    id,
    log: { kind: "kafka", brokers: [...brokers] },
    partitions: PARTITIONS,
    logger: pino({ level: "silent" }),
  });
  const seen: string[] = [];
  app.createFunction({ id: "watch", triggers: [{ event: "row" }] }, async ({ event, step }) => {
    await step.run("see", () => void seen.push(String(event.data)));
  });
  await app.start();
  // By the name that its connection has.
  const relays = new Map<string, ChildProcess>();
  let launched = 0;
  const launch = (): void => {
    const name = `relay ${++launched}`;
    const env = { ...process.env, PGAPPNAME: name };
    relays.set(
      name,
      spawn(process.execPath, [RELAY, JSON.stringify({ url: postgres.url, app: id, brokers } satisfies RelayOrder)], {
        stdio: "ignore",
        env,
      }),
    );
  };
  const leader = async (): Promise<string | null> => {
    const { rows } = await client.query(
      "select application_name as name from pg_locks join pg_stat_activity using (pid) where locktype = 'advisory' and granted",
    );
    const name = String((rows[0] as { name: string } | undefined)?.name);
    return relays.has(name) ? name : null;
  };
  launch();
  launch();

  const committed: string[] = [];
  const ofKey = new Map<string, string[]>();
  const stop = new AbortController();
  const inserting = (async () => {
    for (let number = 0; !stop.signal.aborted; number++) {
      const isKept = chance.random() < 0.7;
      await client.query("begin");
      const key = chance.pick(KEYS);
      await insertOutbox(client, { name: "row", data: `row ${number}`, key });
      await client.query(isKept ? "commit" : "rollback");
      if (isKept) {
        committed.push(`row ${number}`);
        ofKey.set(key, [...(ofKey.get(key) ?? []), `row ${number}`]);
      }
      await delay(chance.between(0, 10));
    }
  })();
  for (let round = 0; round < KILLS; round++) {
    const name = await until("one leads", leader);
    const before = seen.length;
    await until("and sends", () => seen.length > before);
    await delay(chance.between(0, 100));
    const killed = relays.get(name);
    relays.delete(name);
    killed?.kill("SIGKILL");
    if (killed !== undefined) await once(killed, "exit");
    launch();
  }
  stop.abort();
  await inserting;
  await until("every committed row was seen", () => committed.every((row) => seen.includes(row)), {
    insteadShow: () => committed.filter((row) => !seen.includes(row)).slice(0, 10),
  });
  for (const relay of relays.values()) relay.kill("SIGKILL");
  expect(seen.toSorted()).toEqual(committed.toSorted());
  expect(await storedByKey(`${id}.events`, brokers)).toEqual(ofKey);
  expect(committed.length).toBeGreaterThan(20);
  await app.stop();
  await client.end();
}, 180_000); // relays are processes, which take their time to start on a busy machine
