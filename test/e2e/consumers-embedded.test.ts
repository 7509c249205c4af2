// Two versions of a consumer side by side in one embedded app: the new one builds, and takes the place of the old one while events keep coming.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import pino from "pino";
import { expect, test } from "vitest";
import { Millrace, type Consumer } from "../../engine/sdk/index.ts";
import { until } from "../support/faults/until.ts";

interface Events {
  "order/placed": { readonly customer: string; readonly n: number };
}

interface Kept {
  readonly sum: number;
  readonly seen: readonly number[];
}

interface Handled {
  readonly version: number;
  readonly customer: string;
  readonly n: number;
  readonly idempotencyKey: string;
  readonly sum: number | undefined;
}

const CUSTOMERS = 7;

/** An app whose events have keys that say nothing of their customers: most belong to another partition than that in which they are read. */
class Shop implements AsyncDisposable {
  readonly app: Millrace<Events>;
  readonly handled: Handled[] = [];
  readonly sent: Events["order/placed"][] = [];
  readonly directory: string;
  #isSending = false;
  #sending: Promise<void> = Promise.resolve();

  private constructor(directory: string) {
    this.directory = directory;
    this.app = new Millrace<Events>({
      id: "shop",
      log: { kind: "embedded", path: directory },
      partitions: 3,
      logger: pino({ level: "silent" }),
    });
  }

  /** On what another left, or on nothing. */
  static async open(directory?: string): Promise<Shop> {
    return new Shop(directory ?? (await mkdtemp(path.join(tmpdir(), "millrace-versions-"))));
  }

  /** `factor`: of what its reducer makes of an event. */
  version(version: number, over: { readonly factor?: number; readonly handlingMs?: number } = {}): Consumer<Kept> {
    const { factor = 1, handlingMs = 1 } = over;
    return this.app.createConsumer({
      id: "totals",
      version,
      events: ["order/placed"],
      from: "beginning",
      key: "event.data.customer",
      state: {
        sum: (sum: number | undefined, event): number => (sum ?? 0) + factor * event.data.n,
        // In an order that does not depend on which of two partitions was read first.
        seen: (seen: readonly number[] | undefined, event): readonly number[] => [...(seen ?? []), event.data.n].toSorted((a, b) => a - b),
      },
      handle: async ({ event, state, idempotencyKey }) => {
        const { customer, n } = event.data;
        this.handled.push({ version, customer, n, idempotencyKey, sum: state.sum });
        await delay(handlingMs);
      },
    });
  }

  async send(count: number): Promise<void> {
    const events = Array.from({ length: count }, (_, index) => {
      const n = this.sent.length + index + 1;
      return { customer: `c${(n * 13) % CUSTOMERS}`, n };
    });
    await this.app.send(events.map((data) => ({ name: "order/placed" as const, key: `any-${data.n}`, data })));
    this.sent.push(...events);
  }

  /** Until it is disposed, or told to stop. */
  keepSending(): void {
    this.#isSending = true;
    this.#sending = (async () => {
      while (this.#isSending) {
        await this.send(5);
        await delay(5);
      }
    })();
  }

  async stopSending(): Promise<void> {
    this.#isSending = false;
    await this.#sending;
  }

  async allHandled(): Promise<void> {
    await until("everything is handled", () => this.handled.length >= this.sent.length, { timeoutMs: 20_000 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stopSending();
    await this.app.stop();
    await rm(this.directory, { recursive: true, force: true });
  }
}

/** Each event once, in the order of its key, and up to a place by the old version, from there on by the new one. */
function expectEachOnce(shop: Shop, versions: readonly number[]): void {
  expect(shop.handled.map(({ n }) => n).toSorted((a, b) => a - b)).toEqual(shop.sent.map(({ n }) => n));
  expect(new Set(shop.handled.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(shop.sent.length);
  for (const [, calls] of Map.groupBy(shop.handled, ({ customer }) => customer)) {
    const order = calls.map(({ version }) => versions.indexOf(version));
    expect(order).toEqual(order.toSorted((a, b) => a - b));
  }
  expect(new Set(shop.handled.map(({ version }) => version))).toEqual(new Set(versions));
}

async function expectFolded(shop: Shop, consumer: Consumer<Kept>, factor = 1): Promise<void> {
  for (let c = 0; c < CUSTOMERS; c++) {
    const mine = shop.sent.filter(({ customer }) => customer === `c${c}`).map(({ n }) => n);
    expect(await consumer.get("seen", `c${c}`)).toEqual(mine);
    expect(await consumer.get("sum", `c${c}`)).toBe(factor * mine.reduce((sum, n) => sum + n, 0));
  }
}

test("a new version takes over while events keep coming: each is handled once, by the one or the other, in the order of its key (R5)", async () => {
  await using shop = await Shop.open();
  shop.version(1);
  const next = shop.version(2);
  await shop.app.start();
  await shop.send(50);
  shop.keepSending();
  await until("the old one handles events", () => shop.handled.length > 100);
  expect(new Set(shop.handled.map(({ version }) => version))).toEqual(new Set([1]));
  expect(await next.takeOver()).toEqual({ compared: null });
  const atSwap = shop.handled.length;
  await until("the new one handles events", () => shop.handled.length > atSwap + 100);
  await shop.stopSending();
  await shop.allHandled();
  expectEachOnce(shop, [1, 2]);
  await expectFolded(shop, next);
  // Given again, it has nothing to do.
  expect(await next.takeOver()).toEqual({ compared: null });
});

test("a version whose state differs is refused, with examples; the old one goes on at once, and is replaced where nobody refuses", async () => {
  await using shop = await Shop.open();
  shop.version(1);
  const next = shop.version(2, { factor: 2 });
  await shop.app.start();
  await shop.send(50);
  shop.keepSending();
  await until("the old one handles events", () => shop.handled.length > 100);
  const refused: unknown = await next.takeOver({ compare: "refuse" }).catch((error: unknown) => error);
  expect(refused).toMatchObject({
    code: "SWAP_DIFFERS",
    message: expect.stringMatching(/^7 of 14 values differ .*sum of "c\d": \d+, now \d+/) as string,
  });
  const atRefusal = shop.handled.length;
  await until("the old one goes on", () => shop.handled.length > atRefusal + 100);
  expect(new Set(shop.handled.map(({ version }) => version))).toEqual(new Set([1]));
  const { compared } = await next.takeOver({ compare: "report" });
  expect(compared).toMatchObject({ total: 14, different: 7 });
  for (const { store, was, is } of compared?.examples ?? []) expect([store, Number(is)]).toEqual(["sum", 2 * Number(was)]);
  const atSwap = shop.handled.length;
  await until("the new one handles events", () => shop.handled.length > atSwap + 100);
  await shop.stopSending();
  await shop.allHandled();
  expectEachOnce(shop, [1, 2]);
  await expectFolded(shop, next, 2);
});

test("versions that keep the same are swapped where differences would be refused, and a third takes over from the second", async () => {
  await using shop = await Shop.open();
  shop.version(1, { handlingMs: 20 });
  const second = shop.version(2);
  const third = shop.version(3);
  await shop.app.start();
  await shop.send(200);
  shop.keepSending();
  expect(await second.takeOver({ compare: "refuse" })).toEqual({ compared: { total: 2 * CUSTOMERS, different: 0, examples: [] } });
  await expect(third.takeOver({ from: 1 })).rejects.toMatchObject({
    code: "SWAP_NOT_READY",
    message: expect.stringContaining("from that one") as string,
  });
  await third.takeOver({ compare: "refuse" });
  await expect(second.takeOver()).rejects.toMatchObject({
    code: "SWAP_NOT_READY",
    message: expect.stringContaining("higher number") as string,
  });
  const atSwap = shop.handled.length;
  await until("the newest handles events", () => shop.handled.length > atSwap + 50);
  await shop.stopSending();
  await shop.allHandled();
  expectEachOnce(shop, [1, 2, 3]);
  await expectFolded(shop, third);
});

test("a paused version, and one that nobody runs, are said to be so, and nothing changes", async () => {
  await using shop = await Shop.open();
  const old = shop.version(1);
  const next = shop.version(2);
  await shop.app.start();
  await shop.send(20);
  await shop.allHandled();
  await old.pause();
  await expect(next.takeOver()).rejects.toMatchObject({ code: "SWAP_NOT_READY", message: expect.stringContaining("paused") as string });
  await old.resume();
  await next.pause();
  await expect(next.takeOver()).rejects.toMatchObject({ code: "SWAP_NOT_READY", message: expect.stringContaining("paused") as string });
  await next.resume();
  await shop.send(20);
  await shop.allHandled();
  expectEachOnce(shop, [1]);
  await expect(next.takeOver({ from: 7 })).rejects.toMatchObject({ code: "SWAP_NO_VERSION" });
});

test("a version of which there was none before handles from its beginning, and an earlier one is refused from then on: both would handle", async () => {
  await using shop = await Shop.open();
  const second = shop.version(2);
  await shop.app.start();
  await shop.send(20);
  await shop.allHandled();
  expectEachOnce(shop, [2]);
  expect(await second.takeOver()).toEqual({ compared: null });
  await shop.app.stop();
  await using later = await Shop.open(shop.directory);
  later.version(1);
  later.version(2);
  await expect(later.app.start()).rejects.toMatchObject({
    code: "INVALID_CONSUMER",
    message: expect.stringContaining("as version 3") as string,
  });
  // Nothing began that was not there.
  await later.send(20);
  await later.allHandled();
  expectEachOnce(later, [2]);
});
