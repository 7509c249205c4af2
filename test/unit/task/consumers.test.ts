import { expect, test } from "vitest";
import { pino } from "pino";
import { ConfigurationError, Millrace, NonRetriableError, RetryAfterError } from "../../../engine/sdk/index.ts";

interface Events {
  "order/placed": { readonly customer: string; readonly amount: number };
  "order/cancelled": { readonly customer: string };
  "user/signed.up": { readonly email: string };
}

function shop(): Millrace<Events> {
  return new Millrace<Events>({ id: "shop", logger: pino({ level: "silent" }) });
}

const placed = (customer: string, amount: number) => ({ name: "order/placed" as const, key: customer, data: { customer, amount } });

test("a consumer keeps what its reducers make of events, by key; an event of another name is none of its", async () => {
  const app = shop();
  const totals = app.createConsumer({
    id: "totals",
    events: ["order/*"],
    from: "beginning",
    state: {
      total: (total: number | undefined, event) => (event.name === "order/cancelled" ? undefined : (total ?? 0) + event.data.amount),
      count: (count: number | undefined) => (count ?? 0) + 1,
    },
  });
  const t = await Millrace.testing(app);
  await t.send([placed("a", 1), placed("b", 10), placed("a", 2), { name: "user/signed.up", key: "a", data: { email: "a@b.c" } }]);
  const consumer = t.consumer(totals);
  expect(await consumer.get("total", "a")).toBe(3);
  expect(new Map(consumer.entries("count"))).toEqual(new Map([["a", 2], ["b", 1]])); // prettier-ignore
  await t.send({ name: "order/cancelled", key: "a", data: { customer: "a" } });
  expect(await consumer.get("total", "a")).toBeUndefined();
  expect(await consumer.get("count", "a")).toBe(3);
  await t.stop();
});

test("a handler gets the event, what its key had become by it, and one idempotency key; it is tried again, by backoff or as it asks", async () => {
  const app = shop();
  const calls: unknown[] = [];
  app.createConsumer({
    id: "letters",
    events: ["order/placed"],
    from: "beginning",
    key: "event.data.customer",
    state: { total: (total: number | undefined, event) => (total ?? 0) + event.data.amount },
    handle: ({ event, state, attempt, idempotencyKey }) => {
      calls.push([event.data.amount, state.total, attempt, idempotencyKey]);
      if (event.data.amount === 2 && attempt === 0) throw new Error("once more");
      if (event.data.amount === 3 && attempt === 0) throw new RetryAfterError("in an hour", "1 hour");
    },
  });
  const t = await Millrace.testing(app);
  await t.send([placed("a", 1), placed("a", 2), placed("a", 3)]);
  expect(calls).toEqual([[1, 1, 0, "letters/shop.events-0-0"], [2, 3, 0, "letters/shop.events-0-1"]]); // prettier-ignore
  await t.advance("2 seconds");
  expect(calls.slice(2)).toEqual([[2, 3, 1, "letters/shop.events-0-1"], [3, 6, 0, "letters/shop.events-0-2"]]); // prettier-ignore
  await t.advance("59 minutes");
  expect(calls).toHaveLength(4);
  await t.advance("2 minutes");
  expect(calls.slice(4)).toEqual([[3, 6, 1, "letters/shop.events-0-2"]]);
  await t.stop();
});

test("one key's trouble holds up nobody else; with no attempt left its event is set aside, and its next one is handled", async () => {
  const app = shop();
  const handled: string[] = [];
  const letters = app.createConsumer({
    id: "letters",
    events: ["order/placed"],
    from: "beginning",
    retries: 1,
    handle: ({ event }) => {
      const { customer, amount } = event.data;
      if (customer === "bad" && amount === 1) throw new Error("no");
      if (customer === "worse" && amount === 1) throw new NonRetriableError("never");
      handled.push(`${customer} ${amount}`);
    },
  });
  const t = await Millrace.testing(app);
  await t.send([placed("bad", 1), placed("worse", 1), placed("bad", 2), placed("worse", 2), placed("good", 1)]);
  expect(handled.toSorted()).toEqual(["good 1", "worse 2"]);
  expect(await t.consumer(letters).status()).toMatchObject([{ waiting: 2, executing: 0, lag: 0, isPaused: false }]);
  await t.advance("2 seconds");
  expect(handled.toSorted()).toEqual(["bad 2", "good 1", "worse 2"]);
  expect(await t.consumer(letters).status()).toMatchObject([{ waiting: 0, problems: [] }]);
  await t.stop();
});

test("an event that a reducer cannot take changes nothing, is not handled, and stops nothing", async () => {
  const app = shop();
  const handled: number[] = [];
  const broken = app.createConsumer({
    id: "broken",
    events: ["order/placed"],
    from: "beginning",
    state: {
      all: (all: number | undefined, event) => (all ?? 0) + event.data.amount,
      some: (_: unknown, event): unknown => {
        switch (event.data.amount) {
          case 1:
            throw new Error("no");
          case 2:
            return Promise.reject(new Error("nobody waits for it"));
          case 3:
            return () => {};
          case 4:
            return "x".repeat(1024 * 1024);
          case 5:
            return { self: 1n };
          default:
            return event.data.amount;
        }
      },
    },
    handle: ({ event }) => void handled.push(event.data.amount),
  });
  const t = await Millrace.testing(app);
  await t.send([1, 2, 3, 4, 5, 6].map((amount) => placed("a", amount)));
  expect(await t.consumer(broken).get("all", "a")).toBe(6);
  expect(await t.consumer(broken).get("some", "a")).toBe(6);
  expect(handled).toEqual([6]);
  await t.stop();
});

test("what a reducer does to the event or to its value in place is seen by no other reducer, and by no handler", async () => {
  const app = shop();
  const handled: number[] = [];
  const careless = app.createConsumer({
    id: "careless",
    events: ["order/placed"],
    from: "beginning",
    state: {
      first: (all: number[] | undefined, event) => {
        const list = all ?? [];
        list.push(event.data.amount);
        Object.assign(event.data, { amount: 99 });
        return list;
      },
      second: (sum: number | undefined, event) => (sum ?? 0) + event.data.amount,
    },
    handle: ({ event, state }) => {
      state.first?.push(0);
      handled.push(event.data.amount);
    },
  });
  const t = await Millrace.testing(app);
  await t.send([placed("a", 1), placed("a", 2)]);
  expect(await t.consumer(careless).get("first", "a")).toEqual([1, 2]);
  expect(await t.consumer(careless).get("second", "a")).toBe(3);
  expect(handled).toEqual([1, 2]);
  await t.stop();
});

test("keys that are empty, very long or no Unicode are keys: what is kept under them is found by them", async () => {
  const app = shop();
  const totals = app.createConsumer({
    id: "totals",
    events: ["order/placed"],
    from: "beginning",
    key: "event.data.customer",
    state: { count: (count: number | undefined) => (count ?? 0) + 1 },
  });
  const t = await Millrace.testing(app);
  const odd = ["", "a/b", "ä\n\0", "__proto__", "\ud800", "\udbff", `${"k".repeat(5_000)}1`, `${"k".repeat(5_000)}2`];
  await t.send(odd.map((customer) => ({ name: "order/placed" as const, data: { customer, amount: 1 } })));
  for (const customer of odd) expect(await t.consumer(totals).get("count", customer)).toBe(1);
  await t.stop();
});

test("a paused consumer reads and handles nothing, and goes on where it was", async () => {
  const app = shop();
  const handled: number[] = [];
  const letters = app.createConsumer({
    id: "letters",
    events: ["order/placed"],
    from: "beginning",
    handle: ({ event, attempt }) => {
      if (event.data.amount === 1 && attempt === 0) throw new Error("once more");
      handled.push(event.data.amount);
    },
  });
  const t = await Millrace.testing(app);
  const consumer = t.consumer(letters);
  await t.send(placed("a", 1));
  await consumer.pause();
  await t.settle();
  await t.send([placed("a", 2), placed("b", 3)]);
  await t.advance("1 hour");
  expect(handled).toEqual([]);
  expect(await consumer.status()).toMatchObject([{ isPaused: true, waiting: 1, lag: 2 }]);
  await consumer.resume();
  await t.settle();
  expect(new Set(handled)).toEqual(new Set([1, 2, 3]));
  expect(handled).toHaveLength(3);
  expect(await consumer.status()).toMatchObject([{ isPaused: false, waiting: 0, lag: 0 }]);
  await t.stop();
});

test("a handler that takes too long is aborted, and tried again", async () => {
  const app = shop();
  const aborted: unknown[] = [];
  let calls = 0;
  app.createConsumer({
    id: "slow",
    events: ["order/placed"],
    from: "beginning",
    timeout: "1 minute",
    retries: 0,
    handle: ({ signal }) => {
      calls += 1;
      return new Promise((resolve) => signal.addEventListener("abort", () => resolve(aborted.push(signal.reason))));
    },
  });
  const t = await Millrace.testing(app);
  const sending = t.send(placed("a", 1));
  await expect.poll(() => calls).toBe(1);
  t.clock.moveTo(t.clock.wallMs() + 61_000);
  await sending;
  expect(aborted).toMatchObject([{ code: "TIMEOUT" }]);
  await t.stop();
});

test("what cannot be a consumer is refused where it is written, with what is wrong", () => {
  const app = shop();
  const handle = (): void => {};
  const declare =
    (over: object): (() => unknown) =>
    () =>
      app.createConsumer({ id: "c", events: ["order/*"], from: "now", handle, ...over });
  expect(declare({ id: "a b" })).toThrow(/an id is 1 to 64 letters/);
  expect(declare({ from: undefined })).toThrow(/from says where it begins/);
  expect(declare({ from: new Date("no") })).toThrow(/from says where it begins/);
  expect(declare({ events: undefined })).toThrow(/say what it reads/);
  expect(declare({ events: ["a/*/b"] })).toThrow(/a wildcard can only stand at the end/);
  expect(declare({ handle: undefined })).toThrow(/it does nothing/);
  expect(declare({ handler: handle })).toThrow(/did you mean handle\?/);
  expect(declare({ key: "event.data." })).toThrow(ConfigurationError);
  expect(declare({ retries: 21 })).toThrow(/retries is a whole number from 0 to 20, not 21/);
  expect(declare({ state: { "a/b": handle } })).toThrow(/a name is 1 to 64 letters/);
  expect(declare({ state: { a: 1 } })).toThrow(/state.a is a function/);
  declare({})();
  expect(declare({})).toThrow(/there are two consumers with the id "c"/);
});

test("a consumer that is not started has nothing to tell, and says so", async () => {
  const app = shop();
  const totals = app.createConsumer({
    id: "totals",
    events: ["order/placed"],
    from: "now",
    state: { n: (n: number | undefined) => (n ?? 0) + 1 },
  });
  await expect(totals.get("n", "a")).rejects.toMatchObject({ code: "CONSUMER_NOT_STARTED" });
  await expect(totals.get("m" as "n", "a")).rejects.toThrow(/no state "m": it keeps n/);
});
