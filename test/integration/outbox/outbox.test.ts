// The outbox on a real Postgres: what is sent is what was committed, whatever the order, the trouble and the number of relays.
import fc from "fast-check";
import type pg from "pg";
import pino from "pino";
import { afterAll, beforeAll, beforeEach, expect, expectTypeOf, test } from "vitest";
import { ConfigurationError } from "../../../engine/core/configuration-error.ts";
import { LogError } from "../../../engine/log/errors.ts";
import { DeliveryError, Millrace, type Delivery, type EventToSend } from "../../../engine/sdk/index.ts";
import { createRelay, insertOutbox, outboxBacklog, outboxSql, type Relay, type Sender } from "../../../outbox/index.ts";
import type { SealedFrame } from "../../../engine/task/frame-queue.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { until } from "../../support/faults/until.ts";
import { Postgres } from "../../support/postgres/postgres.ts";
import { rounds } from "../../support/rounds.ts";
import { SimulatedLog } from "../../support/simulated-log.ts";

const logger = pino({ level: "silent" });
let postgres: Postgres;
let client: pg.Client;

beforeAll(async () => {
  postgres = await Postgres.start();
});
beforeEach(async () => {
  client = await postgres.client();
  await client.query("drop table if exists outbox, outbox_dead");
  await client.query(outboxSql());
  return () => client.end();
});
afterAll(() => postgres[Symbol.asyncDispose]());

/** What was sent, in order; fails as it is told. */
class Sent {
  readonly events: EventToSend<Record<string, unknown>>[] = [];
  fails: () => void = () => {};
  async send(events: readonly EventToSend<Record<string, unknown>>[]): Promise<unknown> {
    const bad = events.find(({ name }) => name === "bad");
    if (bad !== undefined) throw new ConfigurationError("INVALID_EVENT", "event bad: it is");
    this.fails();
    return this.events.push(...events);
  }
  get names(): readonly string[] {
    return this.events.map(({ name }) => name);
  }
}

function relayTo(app: Sent | Millrace): Relay {
  const relay = createRelay({ app, connect: () => postgres.client(), pollMs: 20, batch: 7, logger });
  relay.start();
  return relay;
}

async function rowsIn(table: string): Promise<number> {
  const { rows } = await client.query(`select count(*)::int as count from ${table}`);
  return (rows[0] as { count: number }).count;
}

test("an event is sent if its transaction commits, and not if it does not", async () => {
  await client.query("begin");
  const id = await insertOutbox(client, { name: "kept", data: { sum: 1.5, none: null, text: "é\u0000" }, key: "k", time: 1_000 });
  await client.query("commit");
  await client.query("begin");
  await insertOutbox(client, { name: "dropped", data: 1 });
  await client.query("rollback");
  const sent = new Sent();
  const relay = relayTo(sent);
  await until("it is sent", async () => (await rowsIn("outbox")) === 0);
  await relay.stop();
  expect(sent.events).toEqual([{ id, name: "kept", key: "k", data: { sum: 1.5, none: null, text: "é\u0000" }, time: new Date(1_000) }]);
  expect(relay.status()).toEqual({ leads: false, sent: 1, dead: 0, problem: null });
});

test("of an event goes along whom it is about, and the trace that it belongs to", async () => {
  const more = { subject: "user-17", traceparent: `00-${"a".repeat(32)}-${"b".repeat(16)}-01`, tracestate: "vendor=1" };
  const id = await insertOutbox(client, { name: "with all", data: 1, ...more });
  const sent = new Sent();
  const relay = relayTo(sent);
  await until("it is sent", async () => (await rowsIn("outbox")) === 0);
  await relay.stop();
  expect(sent.events).toEqual([{ id, name: "with all", data: 1, time: expect.any(Date) as Date, ...more }]);
});

test("data of a subject is sealed in the log, and where the app seals nothing its row is set aside", async () => {
  const log = await SimulatedLog.open(new FakeClock());
  for (const erasable of [false, true]) {
    await insertOutbox(client, { name: "signed up", data: "canary", subject: "user-17" });
    const app = new Millrace({ id: "shop", partitions: 1, erasable, logger }, { log });
    const relay = relayTo(app);
    await until("the row is gone", async () => (await rowsIn("outbox")) === 0);
    await relay.stop();
    await app.stop();
    expect(relay.status()).toMatchObject(erasable ? { sent: 1, dead: 0 } : { sent: 0, dead: 1 });
  }
  const written = await log.readAll({ topic: "shop.events", partition: 0 });
  expect(written.map(({ value }) => String(value))).toEqual([expect.stringMatching(/^\{"\$sealed":/)]);
  expect(JSON.stringify(written.map(({ value }) => String(value)))).not.toContain("canary");
  await log.close();
});

test("rows go in the order of their numbers, however many digits these have", async () => {
  await client.query("select setval(pg_get_serial_sequence('outbox', 'id'), 95)");
  const names = Array.from({ length: 20 }, (_, n) => `row ${n}`);
  for (const name of names) await insertOutbox(client, { name, data: null });
  const sent = new Sent();
  const relay = relayTo(sent);
  await until("all are sent", async () => (await rowsIn("outbox")) === 0);
  await relay.stop();
  expect(sent.names).toEqual(names);
});

test("a transaction that commits late, with a lower number, is not passed over", async () => {
  const late = await postgres.client();
  await late.query("begin");
  await insertOutbox(late, { name: "early number", data: null });
  await insertOutbox(client, { name: "late number", data: null });
  const sent = new Sent();
  const relay = relayTo(sent);
  await until("the one that is committed is sent", () => sent.names.includes("late number"));
  await late.query("commit");
  await until("so is the other", () => sent.names.includes("early number"));
  await relay.stop();
  await late.end();
  expect(sent.names).toEqual(["late number", "early number"]);
});

test("of two relays one moves rows, and the other takes its place when it goes", async () => {
  const sent = new Sent();
  const first = relayTo(sent);
  await until("it leads", () => first.status().leads);
  const second = relayTo(sent);
  await insertOutbox(client, { name: "one", data: null });
  await until("it is sent", () => sent.names.length === 1);
  expect(second.status()).toMatchObject({ leads: false, sent: 0 });
  await first.stop();
  await insertOutbox(client, { name: "two", data: null });
  await until("the second sends it", () => sent.names.length === 2 && second.status().sent === 1);
  expect(second.status()).toMatchObject({ leads: true, sent: 1 });
  await second.stop();
});

test("a row that cannot be sent is set aside with the reason, and stops nothing", async () => {
  for (const name of ["a", "bad", "b", "c", "bad", "d"]) await insertOutbox(client, { name, data: null });
  const sent = new Sent();
  const relay = relayTo(sent);
  await until("all are gone", async () => (await rowsIn("outbox")) === 0);
  await relay.stop();
  expect(sent.names).toEqual(["a", "b", "c", "d"]);
  const { rows } = await client.query("select name, reason from outbox_dead");
  expect(rows).toEqual(Array.from({ length: 2 }, () => ({ name: "bad", reason: "event bad: it is" })));
  expect(relay.status().dead).toBe(2);
});

test("of rows that were sent together with one that cannot be, none is sent twice", async () => {
  for (const name of ["a", "b", "large", "c", "d", "e"]) await insertOutbox(client, { name, data: null });
  const sent = new Sent();
  const tooLarge = new LogError("LOG_RECORD_TOO_LARGE", "the topic takes no record of this size");
  sent.send = async (events) => {
    const deliveries = events.map(({ name, id = "" }): Delivery => {
      if (name === "large") return { status: "not-sent", id, reason: tooLarge.message };
      return { status: "sent", id, record: { topic: "t", partition: 0, offset: 0 } };
    });
    sent.events.push(...events.filter(({ name }) => name !== "large"));
    if (deliveries.some(({ status }) => status !== "sent")) throw new DeliveryError(tooLarge, deliveries);
    return {};
  };
  const relay = relayTo(sent);
  await until("all are gone", async () => (await rowsIn("outbox")) === 0);
  await relay.stop();
  expect(sent.names).toEqual(["a", "b", "c", "d", "e"]);
  expect((await client.query("select name, reason from outbox_dead")).rows).toEqual([
    { name: "large", reason: expect.stringContaining("takes no record of this size") as string },
  ]);
});

test("a number that JavaScript would round is told, and nothing is rounded", async () => {
  const insert = async (data: string): Promise<unknown> => client.query("insert into outbox (name, data) values ('row', $1)", [data]);
  await insert(`{ "of": "bigint", "id": 9007199254740993 }`);
  await insert(`{ "of": "a text", "id": "9007199254740993" }`);
  await insert(`{ "of": "a long fraction", "share": 0.33333333333333331483 }`);
  await insert(`{ "of": "the largest", "id": 9007199254740991 }`);
  const sent = new Sent();
  const relay = relayTo(sent);
  await until("all are gone", async () => (await rowsIn("outbox")) === 0);
  await relay.stop();
  expect(sent.events.map(({ data }) => (data as { of: string }).of)).toEqual(["a text", "a long fraction", "the largest"]);
  const { rows } = await client.query("select data->>'of' as of, reason from outbox_dead");
  expect(rows).toEqual([{ of: "bigint", reason: expect.stringContaining("9007199254740993") as string }]);
});

test("while the log takes nothing rows stay, and it is said; an app that was stopped sets nothing aside", async () => {
  await insertOutbox(client, { name: "a", data: null });
  const sent = new Sent();
  const refuse = (error: Error) => (): void => {
    throw error;
  };
  sent.fails = refuse(new LogError("LOG_UNAVAILABLE", "no broker", { retriable: true }));
  const relay = relayTo(sent);
  await until("it is said", () => relay.status().problem?.includes("no broker") ?? false);
  sent.fails = refuse(new ConfigurationError("WRONG_STATE", "the app was stopped"));
  await until("the other trouble is said", () => relay.status().problem?.includes("was stopped") ?? false);
  expect(await outboxBacklog(client)).toMatchObject({ waiting: 1 });
  expect((await outboxBacklog(client)).oldestMs).toBeGreaterThan(0);
  sent.fails = () => {};
  await until("it is sent", () => sent.names.length === 1);
  await until("all is well", () => relay.status().problem === null);
  await relay.stop();
  expect(await rowsIn("outbox_dead")).toBe(0);
});

test("a relay whose database is killed goes on when it is there again", async () => {
  const sent = new Sent();
  const relay = relayTo(sent);
  await insertOutbox(client, { name: "before", data: null });
  await until("it is sent", () => sent.names.length === 1);
  await postgres.kill9();
  await until("it is said", () => relay.status().problem?.startsWith("the outbox's database") ?? false);
  await postgres.launch();
  client = await postgres.client();
  await insertOutbox(client, { name: "after", data: null });
  await until("it is sent, too", () => sent.names.includes("after"));
  await relay.stop();
});

test("without its table it says so, and tries again in times that grow", async () => {
  await client.query("drop table outbox");
  const tried: number[] = [];
  const connect = (): Promise<pg.Client> => {
    tried.push(performance.now());
    return postgres.client();
  };
  const sent = new Sent();
  const relay = createRelay({ app: sent, connect, pollMs: 20, logger });
  relay.start();
  await until("it tried three times", () => tried.length >= 3);
  const [first = 0, second = 0, third = 0] = tried;
  expect(second - first).toBeGreaterThan(300);
  expect(third - second).toBeGreaterThan(600);
  expect(relay.status()).toMatchObject({ leads: false, problem: expect.stringContaining('relation "outbox" does not exist') as string });
  await client.query(outboxSql());
  await insertOutbox(client, { name: "now", data: null });
  await until("it is sent when there is one", () => sent.names.length === 1);
  await relay.stop();
});

test("one table has one leader, by whichever name it is called", async () => {
  const sent = new Sent();
  const first = relayTo(sent);
  await until("it leads", () => first.status().leads);
  const second = createRelay({ app: sent, connect: () => postgres.client(), table: "public.outbox", pollMs: 20, logger });
  second.start();
  for (const name of ["a", "b", "c"]) {
    await insertOutbox(client, { name, data: null });
    await until("it is sent", () => sent.names.includes(name));
  }
  await first.stop();
  await insertOutbox(client, { name: "d", data: null });
  await until("the second leads now", () => second.status().sent === 1);
  expect(sent.names).toEqual(["a", "b", "c", "d"]);
  await second.stop();
});

test("a database that does not answer is said to be gone, and holds up no stop", async () => {
  const sent = new Sent();
  // One that does not come in time is given up for another: by number, for it may come yet.
  const pids: number[] = [];
  let tries = 0;
  const watched = async (): Promise<pg.Client> => {
    const number = tries++;
    const connection = await postgres.client();
    const { rows } = await connection.query("select pg_backend_pid() as pid");
    pids[number] = (rows[0] as { pid: number }).pid;
    return connection;
  };
  const relay = createRelay({ app: sent, connect: watched, queryTimeoutMs: 300, pollMs: 20, logger });
  relay.start();
  const pid = await until("it leads", () => (relay.status().leads ? (pids.at(-1) ?? null) : null));
  process.kill(pid, "SIGSTOP");
  try {
    await insertOutbox(client, { name: "meanwhile", data: null });
    await until("it is said", () => relay.status().problem?.includes("not answered for 0.3 s") ?? false);
    await relay.stop();
  } finally {
    process.kill(pid, "SIGCONT");
  }
  const next = relayTo(sent);
  await until("another takes its place", () => sent.names.includes("meanwhile"));
  await next.stop();
});

test("an app of any events is one that a relay takes", () => {
  expectTypeOf<Millrace<{ "order/placed": { id: string } }>>().toExtend<Sender>();
  expectTypeOf<Millrace>().toExtend<Sender>();
});

test("names of tables are checked, so that none is a statement", () => {
  expect(outboxSql("shop.events_out")).toContain("create table if not exists shop.events_out (");
  for (const table of ["out box", "x; drop table users", "Outbox", "a.b.c", ""]) {
    expect(() => outboxSql(table)).toThrow(expect.objectContaining({ code: "OUTBOX_TABLE" }));
  }
});

interface Transaction {
  readonly keys: readonly string[];
  readonly ending: "commit" | "rollback" | "late";
}

const transaction: fc.Arbitrary<Transaction> = fc.record({
  keys: fc.array(fc.constantFrom("a", "b", "c"), { minLength: 1, maxLength: 4 }),
  ending: fc.constantFrom("commit", "commit", "rollback", "late"),
});

test("whatever commits, aborts and lingers beside each other: each committed row once, in the order of a key's transactions", async () => {
  const seen: { key: string | null; data: unknown }[] = [];
  // In the order in which the log has them.
  const onFrame = (_: number, { records }: SealedFrame): void => {
    for (const record of records)
      if (record.type === "RunsStarted") seen.push({ key: record.event.key, data: JSON.parse(record.event.data) });
  };
  const app = new Millrace({ id: "outbox-property", log: { kind: "embedded", path: ":memory:" }, partitions: 2, logger }, { onFrame });
  app.createFunction({ id: "watch", triggers: [{ event: "row" }] }, () => null);
  await app.start();
  const relays = [relayTo(app), relayTo(app)];
  let round = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(transaction, { minLength: 1, maxLength: 6 }), async (transactions) => {
      round += 1;
      const committed: string[] = [];
      const expected = new Map<string, string[]>();
      const late: Promise<void>[] = [];
      const busy = new Set<string>();
      let number = 0;
      for (const { keys, ending } of transactions) {
        // Transactions on a key come one after the other, as where they change the same row.
        const free = keys.filter((key) => !busy.has(key));
        const connection = await postgres.client();
        await connection.query("begin");
        const said: [string, string][] = [];
        for (const key of free) {
          const text = `${round}/${++number}`;
          said.push([key, text]);
          await insertOutbox(connection, { name: "row", data: text, key });
        }
        const end = async (): Promise<void> => {
          await connection.query(ending === "rollback" ? "rollback" : "commit");
          await connection.end();
        };
        if (ending !== "rollback") {
          for (const [key, text] of said) {
            committed.push(text);
            expected.set(key, [...(expected.get(key) ?? []), text]);
          }
        }
        if (ending === "late") {
          for (const key of free) busy.add(key);
          late.push(Promise.resolve().then(end));
        } else await end();
      }
      await Promise.all(late);
      await until("all are seen", () => seen.filter(({ data }) => String(data).startsWith(`${round}/`)).length >= committed.length);
      await until("no row is left", async () => (await rowsIn("outbox")) === 0);
      const ours = seen.filter(({ data }) => String(data).startsWith(`${round}/`));
      expect(ours.map(({ data }) => String(data)).toSorted()).toEqual(committed.toSorted());
      for (const [key, texts] of expected) expect(ours.filter((one) => one.key === key).map(({ data }) => data)).toEqual(texts);
    }),
    rounds(25),
  );
  await Promise.all(relays.map((relay) => relay.stop()));
  await app.stop();
}, 120_000);
