// What takes a while and is not begun: nobody is told anything, and the audit says that it failed.
import { expect, test } from "vitest";
import { BackfillWatch } from "../../../engine/task/backfill/watch.ts";
import type { AuditEntry } from "../../../server/contract/audit.ts";
import type { Operation } from "../../../server/contract/operations.ts";
import { serveShop, type ServedShop } from "../../support/server/served-shop.ts";

const MAX_RUNNING = 100;

/** As many operations as there may be. */
function fill({ server }: ServedShop): void {
  for (let count = 0; count < MAX_RUNNING; count++) {
    server.operations.start({ kind: "apply", title: "", actor: "test" }, ({ signal }) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      signal.addEventListener("abort", () => resolve());
      return promise;
    });
  }
}

async function audited(shop: ServedShop): Promise<readonly (readonly [operation: string, outcome: string])[]> {
  const { items } = (await shop.ask("GET", "/audit")).body as { readonly items: readonly AuditEntry[] };
  return items.map(({ operation, outcome }) => [operation, outcome] as const).toReversed();
}

test("an operation that is refused is audited as failed", async () => {
  await using shop = await serveShop();
  fill(shop);
  expect((await shop.ask("POST", "/partitions/verify")).status).toBe(429);
  expect((await shop.ask("POST", "/bulk/dead-letters", { action: "discard", filter: {} })).status).toBe(429);
  expect((await shop.ask("POST", "/bulk/runs", { action: "cancel", filter: {} })).status).toBe(429);
  expect(await audited(shop)).toEqual(
    ["partitions.verify", "dead-letters.discard", "runs.cancel"].flatMap((operation) => [
      [operation, "asked"],
      [operation, "failed"],
    ]),
  );
});

test("a back-fill that is refused is not begun all the same, so that who tries again does not begin a second one", async () => {
  await using shop = await serveShop();
  fill(shop);
  expect((await shop.ask("POST", "/backfills", { function: "order" })).status).toBe(429);
  expect(await audited(shop)).toEqual([
    ["backfill.start", "asked"],
    ["backfill.start", "failed"],
  ]);
  const { log, topics, partitions } = shop.served;
  const inboxes = await Promise.all(
    Array.from({ length: partitions }, (_, partition) => log.latestOffset({ topic: topics.inbox, partition })),
  );
  expect(inboxes).toEqual([0, 0]);
  expect(await new BackfillWatch({ log, topics, partitions, signal: AbortSignal.timeout(10_000) }).look()).toEqual([]);
});

test("a back-fill that is followed already is told to go on, and followed once", async () => {
  await using shop = await serveShop();
  shop.server.operations.start({ kind: "backfill", title: "", actor: "test", id: "b1" }, ({ signal }) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    signal.addEventListener("abort", () => resolve());
    return promise;
  });
  const { status, body } = await shop.ask("POST", "/backfills", { function: "order", id: "b1" });
  expect([status, (body as Operation).id]).toEqual([202, "b1"]);
  expect(shop.server.operations.list()).toHaveLength(1);
  expect(await audited(shop)).toEqual([["backfill.start", "asked"]]);
});
