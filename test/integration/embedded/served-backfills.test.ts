// Back-fills over HTTP: begun, seen and told by whatever server, also one that knows nothing of how they began.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pino } from "pino";
import { expect, test, vi } from "vitest";
import { Millrace } from "../../../engine/sdk/index.ts";
import { BackfillWatch } from "../../../engine/task/backfill/watch.ts";
import type { AuditEntry } from "../../../server/contract/audit.ts";
import type { Backfill } from "../../../server/contract/backfills.ts";
import type { Operation } from "../../../server/contract/operations.ts";
import { ServedBench } from "../../support/served/served-bench.ts";

const WAIT = { timeout: 20_000, interval: 50 };
const EVENTS = 100;
/** Where all of them are waited for, at a rate that leaves time to interrupt them. */
const FEW = 40;

async function over(of: ServedBench, id: string): Promise<Operation> {
  return vi.waitFor(
    async () => {
      const operation = (await of.ask("GET", `/operations/${id}`)).body as Operation;
      expect(operation.state).not.toBe("running");
      return operation;
    },
    { timeout: 40_000, interval: 100 },
  );
}

async function backfills(of: ServedBench): Promise<readonly Backfill[]> {
  const { status, body } = await of.ask("GET", "/backfills");
  expect([status, body]).toEqual([200, body]);
  return (body as { readonly items: readonly Backfill[] }).items;
}

/** An app whose function `late` was deployed when there were events already. */
async function withPast(work: (served: ServedBench, seen: readonly unknown[]) => Promise<void>, events = EVENTS): Promise<void> {
  const directory = await mkdtemp(path.join(tmpdir(), "backfilled-"));
  const log = { kind: "embedded" as const, path: directory };
  const before = new Millrace({ id: "shop", partitions: 2, logger: pino({ level: "silent" }), log });
  before.createFunction({ id: "other", triggers: [{ event: "went" }] }, () => null);
  await before.start();
  await before.send(Array.from({ length: events }, (_, n) => ({ name: "came", data: n, key: `k${n}` })));
  await before.stop();
  const seen: unknown[] = [];
  {
    const declare = (app: Millrace): void => {
      app.createFunction({ id: "late", triggers: [{ event: "came" }] }, ({ event }) => void seen.push(event.data));
    };
    await using served = await ServedBench.start(declare, { log });
    await work(served, seen);
  }
  await rm(directory, { recursive: true });
}

test("a back-fill that a server began is seen, paused, resumed and cancelled after that server has begun anew", () =>
  withPast(async (served, seen) => {
    expect(await backfills(served)).toEqual([]);
    expect(await served.ask("POST", "/backfills", { function: "late", id: "b1", rate: 2 })).toMatchObject({ status: 202 });
    await vi.waitFor(() => expect(seen.length).toBeGreaterThan(0), WAIT);
    await served.restartServer();
    expect((await served.ask("GET", "/operations")).body).toEqual({ items: [] });
    const [shown] = await backfills(served);
    expect(shown).toMatchObject({ id: "b1", functionId: "late", status: "running", rate: 2, since: null, reasons: [], unheard: [] });
    expect((await served.ask("GET", "/backfills/b1")).body).toMatchObject({ id: "b1", skipped: 0, missing: 0, isCut: false });

    for (const [action, status] of [
      ["pause", "paused"],
      ["pause", "paused"],
      ["resume", "running"],
      ["cancel", "cancelled"],
    ] as const) {
      expect(await served.ask("POST", `/backfills/b1/${action}`)).toMatchObject({ status: 202 });
      await vi.waitFor(async () => expect((await backfills(served))[0]).toMatchObject({ status }), WAIT);
    }
    const [ended] = await backfills(served);
    expect(ended?.started).toBeLessThan(EVENTS);
    expect(ended?.left).toBe(0);
    expect(await served.ask("POST", "/backfills/b1/resume")).toMatchObject({ status: 409, body: { code: "CONFLICT" } });
    const { items } = (await served.ask("GET", "/audit")).body as { readonly items: readonly AuditEntry[] };
    expect(items.map(({ operation, target, outcome }) => [operation, target, outcome]).toReversed()).toEqual([
      ["backfill.start", "late", "asked"],
      ...["pause", "pause", "resume", "cancel"].map((action) => [`backfill.${action}`, "b1", "asked"]),
    ]);
    // The next one does what is left, and stands before it.
    await served.ask("POST", "/backfills", { function: "late", id: "b2" });
    expect(await over(served, "b2")).toMatchObject({ state: "done" });
    expect(seen).toHaveLength(EVENTS);
    expect((await backfills(served)).map(({ id, status, started, skipped }) => [id, status, started + skipped])).toEqual([
      ["b2", "done", EVENTS],
      ["b1", "cancelled", ended?.started],
    ]);
  }));

test("one that is followed here and cancelled is not followed any longer; what nobody began is not there", () =>
  withPast(async (served) => {
    const { id } = await served.app.backfill("late", { rate: 2, id: "by code: 1/2" });
    await vi.waitFor(async () => expect(await backfills(served)).toMatchObject([{ id, status: "running" }]), WAIT);
    expect(await served.ask("POST", `/backfills/${encodeURIComponent(id)}/cancel`)).toMatchObject({ status: 202 });
    await vi.waitFor(async () => expect(await backfills(served)).toMatchObject([{ id, status: "cancelled" }]), WAIT);

    await served.ask("POST", "/backfills", { function: "late", id: "b1", rate: 2 });
    expect(await served.ask("POST", "/backfills/b1/cancel")).toMatchObject({ status: 202 });
    expect(await over(served, "b1")).toMatchObject({ state: "stopped" });
    await vi.waitFor(async () => expect((await backfills(served))[0]).toMatchObject({ id: "b1", status: "cancelled" }), WAIT);
    for (const action of ["pause", "resume", "cancel"]) {
      expect(await served.ask("POST", `/backfills/nobody/${action}`)).toMatchObject({ status: 404 });
    }
    expect(await served.ask("GET", "/backfills/nobody")).toMatchObject({ status: 404 });
  }));

test("whoever tells a back-fill something needs the scope for it, and to see them another", () =>
  withPast(async (served) => {
    const { paths } = (await served.ask("GET", "/openapi.json")).body as {
      readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly security: readonly object[] }>>>>;
    };
    const scopes = Object.entries(paths).flatMap(([at, methods]) =>
      at.includes("backfills") ? Object.entries(methods).map(([method, { security }]) => [`${method} ${at}`, security] as const) : [],
    );
    const [read, operate] = [[{ token: ["read"] }], [{ token: ["operate"] }]];
    expect(Object.fromEntries(scopes)).toEqual({
      "get /api/v1/backfills": read,
      "get /api/v1/backfills/{id}": read,
      "post /api/v1/backfills": operate,
      "post /api/v1/backfills/{id}/cancel": operate,
      "post /api/v1/backfills/{id}/pause": operate,
      "post /api/v1/backfills/{id}/resume": operate,
    });
  }));

test("a back-fill is followed until it is over", async () => {
  await using served = await ServedBench.start((app) => {
    app.createFunction({ id: "late", triggers: [{ event: "came" }] }, () => null);
  });
  const { body } = await served.ask("POST", "/backfills", { function: "late", id: "b1" });
  expect(await over(served, (body as Operation).id)).toMatchObject({ id: "b1", kind: "backfill", state: "done" });
  expect(await served.ask("POST", "/backfills", { function: "nobody" })).toMatchObject({ status: 404 });
});

test("a back-fill that people stop is paused, and goes on where it was when it is begun again with its id", () =>
  withPast(async (served, seen) => {
    const { topics } = served.served;
    const status = async (): Promise<unknown> => {
      const known = await new BackfillWatch({ log: served.log, topics, partitions: 2 }).look();
      return known.map((one) => one.status);
    };
    const body = { function: "late", id: "b1", rate: 2 };
    expect(await served.ask("POST", "/backfills", body)).toMatchObject({ status: 202 });
    await vi.waitFor(() => expect(seen.length).toBeGreaterThan(0), WAIT);
    await served.ask("POST", "/operations/b1/stop");
    expect(await over(served, "b1")).toMatchObject({ state: "stopped" });
    await vi.waitFor(async () => expect(await status()).toEqual(["paused"]), WAIT);
    expect(seen.length).toBeLessThan(FEW);
    await served.ask("POST", "/backfills", body);
    expect(await over(served, "b1")).toMatchObject({ state: "done" });
    expect(seen).toHaveLength(FEW);
  }, FEW));
