// An app that does a bit of everything, and what its history must say of it: by rule, so that it holds however often its processes died.
import type { DatabaseSync } from "node:sqlite";
import { expect } from "vitest";
import { pino } from "pino";
import { lineageOf } from "../../../consumers/run-history/lineage.ts";
import { listRuns, type ListedRun } from "../../../consumers/run-history/list-runs.ts";
import { showRun, type ShownRun } from "../../../consumers/run-history/show-run.ts";
import { Millrace, NonRetriableError, RetryAfterError, type MillraceOptions } from "../../../engine/sdk/index.ts";
import type { Internals } from "../../../engine/sdk/app-options.ts";

export interface ShopEvents {
  "order/placed": { readonly n: number };
  "order/paid": { readonly n: number };
  "order/shipped": { readonly n: number };
}

/** Its first attempt to reserve fails. */
const isShort = (n: number): boolean => n % 4 === 1;
/** Its parcel has no label: shipping fails, after it was told. */
const isLost = (n: number): boolean => n % 5 === 0;

export function shop(options: Partial<MillraceOptions<ShopEvents>>, internals: Internals = {}): Millrace<ShopEvents> {
  const app = new Millrace<ShopEvents>({ id: "shop", partitions: 3, logger: pino({ level: "silent" }), ...options }, internals);
  declareShop(app);
  return app;
}

/** Its functions. */
export function declareShop(app: Millrace<ShopEvents>): void {
  const price = app.createFunction({ id: "price", triggers: [] }, ({ event }) => (event.data as { n: number }).n * 2);
  app.createFunction({ id: "order", triggers: [{ event: "order/placed" }] }, async ({ event, step }) => {
    const { n } = event.data;
    await step.run("reserve", ({ attempt }) => {
      if (isShort(n) && attempt === 0) throw new RetryAfterError("none left", "10ms");
      return { reserved: n };
    });
    await step.sleep("settle", "5ms");
    const sum = await step.invoke("price", { function: price, data: { n } });
    await step.sendEvent("paid", { name: "order/paid", data: { n }, key: `n${n}` });
    const shipped = await step.waitForEvent("shipped", { event: "order/shipped", match: "data.n", timeout: "1 min" });
    return { n, sum, isShipped: shipped !== null };
  });
  app.createFunction(
    { id: "ship", triggers: [{ event: "order/paid" }], onFailure: ({ step }) => step.run("apologise", () => "sorry") },
    async ({ event, step }) => {
      const { n } = event.data;
      await step.sendEvent("tell", { name: "order/shipped", data: { n } });
      if (isLost(n)) {
        await step.run("label", () => {
          throw new NonRetriableError("no label");
        });
      }
      return n;
    },
  );
  app.createFunction(
    { id: "digest", triggers: [{ event: "order/placed" }], batchEvents: { maxSize: 5, timeout: "1s" } },
    ({ events }) => events.length,
  );
  app.createFunction({ id: "latest", triggers: [{ event: "order/placed" }], debounce: { period: "1s" } }, ({ event }) => event.data.n);
  app.createFunction({ id: "single", triggers: [{ event: "order/placed" }], singleton: { mode: "skip" } }, ({ step }) =>
    step.sleep("a while", "50ms"),
  );
  app.createFunction({ id: "limited", triggers: [{ event: "order/placed" }], concurrency: 1 }, ({ step }) => step.run("a", () => "done"));
}

export async function placeOrders(app: Millrace<ShopEvents>, from: number, to: number): Promise<void> {
  await app.send(
    Array.from({ length: to - from }, (_, k) => ({
      name: "order/placed" as const,
      data: { n: from + k },
      key: `k${from + k}`,
      id: `placed-${from + k}`,
    })),
  );
}

/** Nothing of it is open any more. */
export function isOver(db: DatabaseSync, orders: number): boolean {
  const { over } = db
    .prepare(
      "SELECT count(*) AS over FROM run WHERE ended_at IS NOT NULL AND status <> 'skipped' AND function IN ('order', 'ship', 'limited')",
    )
    .get() as { over: number };
  const open = db.prepare("SELECT count(*) AS open FROM run WHERE status IN ('running', 'held', 'queued', 'retrying')").get() as {
    open: number;
  };
  return over === 3 * orders && open.open === 0;
}

export function expectHistoryOf(db: DatabaseSync, orders: number): void {
  const all = listRuns(db, { limit: 1_000_000 });
  const of = (functionId: string): ListedRun[] => all.filter((run) => run.functionId === functionId);
  expect(db.prepare("SELECT * FROM gap").all()).toEqual([]);
  const runs = new Map(of("order").map((run) => [run.event?.id, showRun(db, run.id)]));
  expect(runs.size).toBe(orders);
  for (let n = 0; n < orders; n++) expectOrder(db, n, runs.get(`placed-${n}`));
  expect(of("ship").length).toBe(orders);
  const failed = of("ship").filter(({ status }) => status === "failed");
  expect(failed.length).toBe(Math.ceil(orders / 5));
  expect(of("ship/on-failure").map(({ status }) => status)).toEqual(failed.map(() => "completed"));
  expect(of("limited").map(({ status }) => status)).toEqual(Array(orders).fill("completed"));
  expect(of("limited").length + of("single").length).toBe(2 * orders);
  for (const { status, reason } of of("single"))
    expect([status, reason?.includes("is live") ?? true]).toEqual([reason === null ? "completed" : "skipped", true]);
  const latest = of("latest");
  expect(latest.length).toBe(orders);
  for (const { status, reason } of latest) expect(status === "completed" || reason?.includes("later event") === true).toBe(true);
  const digests = of("digest")
    .filter(({ status }) => status === "completed")
    .map(({ id }) => showRun(db, id));
  for (const digest of digests) expect(digest.output).toBe(String(digest.events.length));
  expect(digests.flatMap(({ events }) => events.map(({ id }) => id)).toSorted()).toEqual(
    Array.from({ length: orders }, (_, n) => `placed-${n}`).toSorted(),
  );
}

function expectOrder(db: DatabaseSync, n: number, run: ShownRun | undefined): void {
  expect(run).toMatchObject({
    status: "completed",
    output: JSON.stringify({ n, sum: 2 * n, isShipped: true }),
    parent: null,
    failures: [],
  });
  if (run === undefined) return;
  expect(
    run.steps.map(({ key, kind, status, output }) => [
      key,
      kind,
      status,
      output === null || kind === "send" ? null : (JSON.parse(output) as unknown),
    ]),
  ).toEqual([
    ["reserve#0", "run", "completed", { reserved: n }],
    ["settle#0", "sleep", "slept", null],
    ["price#0", "invoke", "completed", 2 * n],
    ["paid#0", "send", "completed", null],
    ["shipped#0", "wait", "resolved", null],
  ]);
  const [reserve, , price, paid, shipped] = run.steps;
  expect(reserve?.failures.map(({ attempt, error }) => [attempt, error.message])).toEqual(isShort(n) ? [[0, "none left"]] : []);
  expect(paid?.sent).toMatchObject([{ name: "order/paid", target: "events", key: `n${n}`, data: JSON.stringify({ n }) }]);
  expect(paid?.sent[0]?.confirmedAt).not.toBeNull();
  expect(shipped?.event).toMatchObject({ name: "order/shipped", data: JSON.stringify({ n }) });
  // Event → run → event → run, and back again: the order waited for what its own event led to.
  const lineage = lineageOf(db, run.id);
  const [ship] = lineage?.run.effects.filter(({ functionId }) => functionId === "ship") ?? [];
  expect(lineage?.run.effects.map(({ functionId, link }) => [functionId, link]).toSorted()).toEqual([
    ["price", { by: "invoke", step: "price#0" }],
    ["ship", { by: "event", event: "order/paid", step: "paid#0" }],
  ]);
  expect(lineage?.run.effects.find(({ functionId }) => functionId === "price")?.run).toBe(price?.child);
  expect(ship?.status).toBe(isLost(n) ? "failed" : "completed");
  expect(lineageOf(db, ship?.run ?? "")?.causes).toMatchObject([
    { run: run.id, link: { by: "event", event: "order/paid", step: "paid#0" } },
  ]);
  expect(ship?.effects.map(({ functionId }) => functionId)).toEqual(isLost(n) ? ["ship/on-failure"] : []);
}
