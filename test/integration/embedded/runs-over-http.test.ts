// Runs and events over HTTP, of an app that does a bit of everything.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openEmbeddedLog } from "../../../engine/log/embedded/embedded-log.ts";
import type { Millrace } from "../../../engine/sdk/millrace.ts";
import { isOver, placeOrders, shop, type ShopEvents } from "../../support/run-history/shop.ts";
import { serve, type Served } from "../../support/run-history/served.ts";

const ORDERS = 12;

let app: Millrace<ShopEvents>;
let served: Served;

beforeAll(async () => {
  const log = await openEmbeddedLog({ path: ":memory:" });
  app = shop({ stopGraceMs: 1_000 }, { log });
  await app.start();
  served = await serve(app as unknown as Millrace);
  await placeOrders(app, 0, ORDERS);
  await served.until("/runs/counts", () => isOver(served.history, ORDERS));
}, 30_000);

afterAll(async () => {
  await served.close();
  await app.stop();
});

describe("runs", () => {
  test("are listed newest first, in pages that have each run once", async () => {
    const ids: string[] = [];
    for (let cursor: string | null = ""; cursor !== null;) {
      const { status, body } = await served.ask(`/runs?limit=7${cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`}`);
      expect(status).toBe(200);
      ids.push(...body.items.map((run: { id: string }) => run.id));
      cursor = body.next;
    }
    const { body } = await served.ask("/runs/counts");
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBe(body.items.reduce((sum: number, { count }: { count: number }) => sum + count, 0));
  });

  test("are narrowed by function, several statuses and event, and searched by ids, keys and messages", async () => {
    const { body } = await served.ask("/runs?function=ship&status=failed,cancelled&event=order/paid&search=no%20lab");
    expect(body.items.map(({ functionId, status, reason }: Record<string, string>) => [functionId, status, reason])).toEqual(
      Array(3).fill(["ship", "failed", "StepError: no label"]),
    );
    const [run] = body.items;
    const byId = await served.ask(`/runs?search=${run.id.toLowerCase().slice(0, 25)}`);
    expect(byId.body.items).toContainEqual(run);
    const byKey = await served.ask("/runs?search=k11&function=order");
    expect(byKey.body.items.map(({ event }: { event: { id: string } }) => event.id)).toEqual(["placed-11"]);
  });

  test("are shown with what they did", async () => {
    const { body } = await served.ask("/runs?function=order&limit=1");
    const { status, body: run } = await served.ask(`/runs/${body.items[0].id}`);
    expect(status).toBe(200);
    expect(run.steps.map(({ key, kind }: Record<string, string>) => [key, kind])).toEqual([
      ["reserve#0", "run"],
      ["settle#0", "sleep"],
      ["price#0", "invoke"],
      ["paid#0", "send"],
      ["shipped#0", "wait"],
    ]);
    expect(run.children).toMatchObject([{ functionId: "price", step: "price#0", status: "completed" }]);
  });

  test("that are not there, and statuses and cursors that are none, are told as problems", async () => {
    expect(await served.ask("/runs/01K9ZC6Y1N8XQ2B7V4T5M3RDEF")).toMatchObject({ status: 404, body: { code: "NOT_FOUND" } });
    expect(await served.ask("/runs?status=odd")).toMatchObject({ status: 400, body: { code: "INVALID_REQUEST" } });
    expect(await served.ask("/runs?cursor=odd")).toMatchObject({ status: 400, body: { code: "HISTORY_BAD_CURSOR" } });
  });
});

describe("events", () => {
  test("are listed by name, key and time, and shown with the runs they started and the run that sent them", async () => {
    const { body } = await served.ask("/events?name=order/placed&key=k3");
    expect(body.items.map(({ id, key }: Record<string, string>) => [id, key])).toEqual([["placed-3", "k3"]]);
    const paid = await served.ask("/events?search=PAID&limit=1");
    const { body: event } = await served.ask(`/events/${encodeURIComponent(paid.body.items[0].origin)}`);
    expect(event).toMatchObject({ name: "order/paid", startedRuns: [{ functionId: "ship" }], sentBy: { step: "paid#0" } });
    expect((await served.ask("/events/placed-3")).body.startedRuns.length).toBeGreaterThan(3);
    expect(await served.ask("/events/nothing")).toMatchObject({ status: 404 });
  });
});
