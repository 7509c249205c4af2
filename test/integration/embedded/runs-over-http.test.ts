// Runs and events over HTTP, of an app that does a bit of everything.
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { z } from "zod";
import type { Millrace } from "../../../engine/sdk/millrace.ts";
import { EventPage, EventTypes, SentEvents, ShownEvent } from "../../../server/contract/events.ts";
import { Lineage, RunCounts, RunPage, RunResult, ShownRun } from "../../../server/contract/runs.ts";
import { declareShop, isOver, placeOrders, type ShopEvents } from "../../support/run-history/shop.ts";
import { rounds, untilMet } from "../../support/rounds.ts";
import { serveShop, type ServedShop } from "../../support/server/served-shop.ts";

const ORDERS = 12;

let shop: ServedShop;

beforeAll(async () => {
  shop = await serveShop({ partitions: 3, declare: (app) => declareShop(app as unknown as Millrace<ShopEvents>) });
  await placeOrders(shop.app as unknown as Millrace<ShopEvents>, 0, ORDERS);
  await vi.waitUntil(() => isOver(shop.served.history, ORDERS), { timeout: 20_000, interval: 50 });
}, 30_000);

afterAll(() => shop[Symbol.asyncDispose]());

/** It is what the contract says, and nothing else. */
async function get<Body>(shape: z.ZodType<Body>, path: string): Promise<Body> {
  const { status, body } = await shop.ask("GET", path);
  expect(status).toBe(200);
  return shape.parse(body);
}

describe("runs", () => {
  test("are listed newest first, in pages that have each run once", async () => {
    const ids: string[] = [];
    const times: number[] = [];
    for (let from = ""; ;) {
      const { items, next } = await get(RunPage, `/runs?limit=7${from}`);
      ids.push(...items.map(({ id }) => id));
      times.push(...items.map(({ queuedAt, startedAt, endedAt }) => queuedAt ?? startedAt ?? endedAt ?? 0));
      if (next === null) break;
      from = `&cursor=${encodeURIComponent(next)}`;
    }
    const { items } = await get(RunCounts, "/runs/counts");
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBe(items.reduce((sum, { count }) => sum + count, 0));
    expect(times).toEqual(times.toSorted((a, b) => b - a));
  });

  test("are narrowed by function, several statuses and event, and searched by ids, keys and messages", async () => {
    const { items } = await get(RunPage, "/runs?function=ship&status=failed,cancelled&event=order/paid&search=NO%20lab");
    expect(items.map(({ functionId, status, reason }) => [functionId, status, reason])).toEqual(
      Array(3).fill(["ship", "failed", "StepError: no label"]),
    );
    const byId = await get(RunPage, `/runs?search=${items[0]?.id.toLowerCase().slice(0, 25)}`);
    expect(byId.items).toContainEqual(items[0]);
    const byKey = await get(RunPage, "/runs?search=k11&function=order");
    expect(byKey.items.map(({ event }) => event?.id)).toEqual(["placed-11"]);
  });

  test("are shown with what they did", async () => {
    const { items } = await get(RunPage, "/runs?function=order&limit=1");
    const run = await get(ShownRun, `/runs/${items[0]?.id}`);
    expect(run.steps.map(({ key, kind }) => [key, kind])).toEqual([
      ["reserve#0", "run"],
      ["settle#0", "sleep"],
      ["price#0", "invoke"],
      ["paid#0", "send"],
      ["shipped#0", "wait"],
    ]);
    expect(run.children).toMatchObject([{ functionId: "price", step: "price#0", status: "completed" }]);
    expect(run.steps[4]?.waitsFor).toMatchObject({ event: "order/shipped" });
  });

  test("that are not there, and statuses and cursors that are none, are told as problems", async () => {
    expect(await shop.ask("GET", "/runs/01K9ZC6Y1N8XQ2B7V4T5M3RDEF")).toMatchObject({ status: 404, body: { code: "NOT_FOUND" } });
    expect(await shop.ask("GET", "/runs?status=odd")).toMatchObject({ status: 400, body: { code: "INVALID_REQUEST" } });
    expect(await shop.ask("GET", "/runs?cursor=odd")).toMatchObject({ status: 400, body: { code: "HISTORY_BAD_CURSOR" } });
  });
});

describe("events", () => {
  test("are listed by name, key and time, and shown with the runs they started and the run that sent them", async () => {
    const { items } = await get(EventPage, "/events?name=order/placed&key=k3");
    expect(items.map(({ id, key }) => [id, key])).toEqual([["placed-3", "k3"]]);
    const paid = await get(EventPage, "/events?search=PAID&limit=1");
    const event = await get(ShownEvent, `/events/${encodeURIComponent(paid.items[0]?.origin ?? "")}`);
    expect(event).toMatchObject({ name: "order/paid", startedRuns: [{ functionId: "ship" }], sentBy: { step: "paid#0" } });
    expect((await get(ShownEvent, "/events/placed-3")).startedRuns.length).toBeGreaterThan(3);
    expect(await shop.ask("GET", "/events/nothing")).toMatchObject({ status: 404 });
  });
});

describe("what came of what", () => {
  test("is a graph of runs and events, from a run or from an event", async () => {
    const { items } = await get(RunPage, "/runs?function=order&search=placed-3");
    const ofRun = await get(Lineage, `/runs/${items[0]?.id}/lineage`);
    const ofEvent = await get(Lineage, "/events/placed-3/lineage");
    for (const { nodes, edges, isCut } of [ofRun, ofEvent]) {
      const label = new Map(nodes.map(({ id, label: text }) => [id, text]));
      const links = edges.map(({ from, to, by }) => `${label.get(from)} ${by} ${label.get(to)}`);
      expect(links).toEqual(
        expect.arrayContaining([
          "order/placed triggered order",
          "order invoked price",
          "order sent order/paid",
          "order/paid triggered ship",
          "ship sent order/shipped",
          "order/shipped awaited order",
        ]),
      );
      expect([isCut, nodes.filter(({ isSubject }) => isSubject).length]).toEqual([false, 1]);
    }
  });
});

describe("a result", () => {
  test("is there at once for a run that is over", async () => {
    const { items } = await get(RunPage, "/runs?function=price&limit=1");
    expect(await get(RunResult, `/runs/${items[0]?.id}/wait`)).toMatchObject({ status: "completed", isOver: true });
  });

  test("is waited for, and told when it is there", async () => {
    await placeOrders(shop.app as unknown as Millrace<ShopEvents>, 100, 101);
    const { items } = await vi.waitFor(
      async () => {
        const page = await get(RunPage, "/runs?function=order&search=placed-100");
        if (page.items.length === 0) throw new Error("it is not in the history yet");
        return page;
      },
      { timeout: 10_000 },
    );
    expect(await get(RunResult, `/runs/${items[0]?.id}/wait?timeout=20`)).toMatchObject({ status: "completed", isOver: true });
  });

  test("of a run that there is not is none", async () => {
    expect(await shop.ask("GET", "/runs/01K9ZC6Y1N8XQ2B7V4T5M3RDEF/wait?timeout=0")).toMatchObject({ status: 404 });
  });
});

test("names of events come with the functions they trigger, and data to begin with", async () => {
  const { items } = await get(EventTypes, "/event-types");
  const placed = items.find(({ name }) => name === "order/placed");
  expect(placed?.functions.toSorted()).toEqual(["digest", "latest", "limited", "order", "single"]);
  expect(JSON.parse(placed?.example ?? "null")).toHaveProperty("n");
  expect(items.some(({ name }) => name.startsWith("millrace/"))).toBe(false);
});

test("an event that concerns nobody is found by its place in the log", async () => {
  const { body } = await shop.ask("POST", "/events", { name: "nobody/asked", data: { n: 1 }, id: "lonely" });
  const [{ topic, partition, offset } = { topic: "", partition: 0, offset: 0 }] = SentEvents.parse(body).events;
  const event = await get(ShownEvent, `/events/${encodeURIComponent(`${topic}/${partition}/${offset}`)}`);
  expect(event).toMatchObject({ id: "lonely", name: "nobody/asked", data: '{"n":1}', runs: 0, sentBy: null });
  for (const other of [`${topic}/${partition}/${offset + 1_000}`, `${topic}/77/0`, "shop.journal/0/0", `${topic}/0/999999999999999`]) {
    expect(await shop.ask("GET", `/events/${encodeURIComponent(other)}`)).toMatchObject({ status: 404 });
  }
});

test("whatever is asked for, the answer is one that the contract knows", { timeout: 120_000 }, async () => {
  const odd = fc.oneof(
    fc.string({ unit: "binary", maxLength: 30 }),
    fc.constantFrom(
      '"',
      '""',
      "a\0b",
      "*",
      "abc*",
      "' OR 1=1 --",
      "\u{10ffff}",
      "01",
      "e",
      "order/placed",
      "placed-1",
      "1.1",
      "-1",
      "1e9",
      "9".repeat(20),
    ),
  );
  const names = ["function", "status", "event", "search", "since", "until", "cursor", "limit", "name", "key"];
  const query = fc.dictionary(fc.constantFrom(...names), odd, { maxKeys: 4 });
  const seen = { ok: 0, refused: 0 };
  await untilMet(
    () => seen,
    { ok: 15, refused: 15 },
    () =>
      fc.assert(
        fc.asyncProperty(fc.constantFrom("/runs", "/events"), query, async (path, given) => {
          const { status } = await shop.ask("GET", `${path}?${new URLSearchParams(given).toString()}`);
          expect([200, 400]).toContain(status);
          seen[status === 200 ? "ok" : "refused"] += 1;
        }),
        rounds(300),
      ),
  );
});
