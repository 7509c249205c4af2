// What the server says of an app that runs in its process, on an embedded log.
import { expect, test, vi } from "vitest";
import { ServedBench } from "../../support/served/served-bench.ts";

test("functions are those of the deployment in force, with what became of their runs", async () => {
  await using bench = await ServedBench.start((app) => {
    app.createFunction({ id: "invoice", triggers: [{ event: "order/placed", if: "event.data.n != 3" }] }, ({ event }) => {
      if ((event.data as { n: number }).n === 2) throw new Error("no paper");
      return 1;
    });
  });
  await bench.app.send([1, 2, 3].map((n) => ({ name: "order/placed", data: { n } })));
  await vi.waitFor(
    async () => {
      const { body } = await bench.ask("GET", "/functions");
      expect(body).toMatchObject({ items: [{ id: "invoice", counts: { completed: 1 }, queued: 0, paused: null }] });
    },
    { timeout: 10_000, interval: 100 },
  );
  await vi.waitFor(async () => expect((await bench.ask("GET", "/lag")).body).toMatchObject({ total: 0 }), {
    timeout: 10_000,
    interval: 100,
  });
  const partitions = await bench.ask("GET", "/partitions");
  expect(partitions.body).toMatchObject({ items: [{ partition: 0, local: { status: "RUNNING" } }, { partition: 1 }] });
});

test("a dead letter of the app's own events is retried once, however often it is pressed", async () => {
  await using bench = await ServedBench.start((app) => {
    app.createFunction({ id: "invoice", triggers: [{ event: "order/placed" }] }, () => 1);
  });
  await bench.log.append({ topic: "shop.events", partition: 1 }, [
    {
      key: null,
      value: Buffer.from("<xml/>"),
      headers: { ce_type: "order/placed", ce_id: "a", ce_source: "x", "content-type": "text/xml" },
    },
  ]);
  await vi.waitFor(async () => expect(((await bench.ask("GET", "/dead-letters")).body as { items: [] }).items).toHaveLength(1), 10_000);
  const { body } = await bench.ask("GET", "/dead-letters");
  const [{ id }] = (body as { items: [{ id: string }] }).items;
  const at = `/dead-letters/${encodeURIComponent(id)}`;
  expect((await bench.ask("GET", at)).body).toMatchObject({
    value: "<xml/>",
    code: "EVENT_CONTENT_TYPE",
    canRetry: true,
    resolution: null,
  });
  const pressed = await Promise.all([bench.ask("POST", `${at}/retry`), bench.ask("POST", `${at}/retry`)]);
  expect(pressed.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409]);
  expect((await bench.ask("POST", `${at}/retry`)).status).toBe(409);
  expect(await bench.log.latestOffset({ topic: "shop.events", partition: 1 })).toBe(2);
  expect((await bench.ask("GET", at)).body).toMatchObject({ state: "retried", resolution: { actor: "dev" } });
});
