// What the API says of the schema by which an event was written.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test, vi } from "vitest";
import { avro } from "../../../engine/sdk/index.ts";
import { ServedBench } from "../../support/served/served-bench.ts";

const TOTAL = { name: "total", type: "int" };
const COUPON = { name: "coupon", type: ["null", "string"], default: null };

async function serving(directory: string, fields: readonly object[]): Promise<ServedBench> {
  const events = { "order/placed": avro<{ total: number }>({ type: "record", name: "shop.OrderPlaced", event: "order/placed", fields }) };
  const log = { kind: "embedded" as const, path: path.join(directory, "log") };
  const declare = (app: ServedBench["app"]): void => {
    app.createFunction({ id: "order", triggers: [{ event: "order/placed" }] }, ({ event }) => event.id);
  };
  return ServedBench.start(declare, { log, events });
}

async function schemaOf(bench: ServedBench, id: string): Promise<unknown> {
  return vi.waitFor(async () => {
    const { status, body } = await bench.ask("GET", `/events/${id}`);
    expect(status).toBe(200);
    return (body as { readonly schema: unknown }).schema;
  }, 15_000);
}

test("an event says by which version of its schema it was written", { timeout: 30_000 }, async () => {
  const directory = mkdtempSync(path.join(tmpdir(), "millrace-versions-"));
  try {
    {
      await using first = await serving(directory, [TOTAL]);
      await first.app.send({ name: "order/placed", data: { total: 1 }, id: "first" });
      expect(await schemaOf(first, "first")).toEqual({ id: expect.any(Number) as number, name: "order/placed", version: 1 });
    }
    await using second = await serving(directory, [TOTAL, COUPON]);
    await second.app.send({ name: "order/placed", data: { total: 2 }, id: "second" });
    expect(await schemaOf(second, "second")).toMatchObject({ version: 2 });
    expect(await schemaOf(second, "first")).toMatchObject({ version: 1 });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
