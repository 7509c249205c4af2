// What the server says of an app that runs in its process, on an embedded log.
import { expect, test, vi } from "vitest";
import { ServedBench } from "../../support/served/served-bench.ts";

const WAIT = { timeout: 20_000, interval: 100 };

test("functions are those of the deployment in force, with what became of their runs", async () => {
  await using bench = await ServedBench.start((app) => {
    app.createFunction({ id: "invoice", triggers: [{ event: "order/placed", if: "event.data.n != 3" }] }, ({ event }) => {
      if ((event.data as { n: number }).n === 2) throw new Error("no paper");
      return 1;
    });
  });
  await bench.app.send([1, 2, 3].map((n) => ({ name: "order/placed", data: { n } })));
  await vi.waitFor(async () => {
    const { body } = await bench.ask("GET", "/functions");
    expect(body).toMatchObject({ items: [{ id: "invoice", counts: { completed: 1 }, queued: 0, paused: null }] });
  }, WAIT);
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
  const [{ id }] = await lettersOf(bench, 1);
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

test("an event that a consumer's handler gave up is handled once more, by that consumer alone, and counts in its state once", async () => {
  let isMended = false;
  const handled: string[] = [];
  let started = 0;
  await using bench = await ServedBench.start((app) => {
    app.createFunction({ id: "other", triggers: [{ event: "order/placed" }] }, () => void (started += 1));
    app.createConsumer({
      id: "totals",
      events: ["order/placed"],
      from: "beginning",
      retries: 0,
      state: { sum: (sum: number | undefined, event) => (sum ?? 0) + (event.data as number) },
      handle: ({ event, state }) => {
        if (!isMended) throw new Error("not yet");
        handled.push(`${event.id} ${state.sum}`);
      },
    });
  });
  await bench.app.send({ name: "order/placed", id: "o1", key: "a", data: 5 });
  const [{ id }] = await lettersOf(bench, 1);
  const at = `/dead-letters/${encodeURIComponent(id)}`;
  expect((await bench.ask("GET", at)).body).toMatchObject({ kind: "handling", consumer: "totals", canRetry: true });
  const totals = {
    id: "totals",
    version: 1,
    deadLetters: 1,
    lag: 0,
    paused: false,
    partitions: [{ mode: "active" }, { mode: "active" }],
  };
  await vi.waitFor(async () => expect((await bench.ask("GET", "/consumers?owners=true")).body).toMatchObject({ items: [totals] }), WAIT);
  isMended = true;
  expect(await bench.ask("POST", `${at}/retry`)).toMatchObject({ status: 200, body: { state: "retried" } });
  await vi.waitFor(() => expect(handled).toEqual(["o1 5"]), WAIT);
  expect(started).toBe(1);
});

test("looking at consumers writes nothing, and asking their owners does once a minute, however many look", async () => {
  await using bench = await ServedBench.start((app) => {
    app.createConsumer({ id: "totals", events: ["order/placed"], from: "beginning", handle: () => {} });
  });
  const { log } = bench;
  const inboxes = (): Promise<readonly number[]> =>
    Promise.all([0, 1].map((partition) => log.latestOffset({ topic: "shop.totals.inbox", partition })));
  await vi.waitFor(async () => {
    const known = { lag: 0, workers: 1, partitions: null, askedAt: null };
    expect((await bench.ask("GET", "/consumers")).body).toMatchObject({ items: [known] });
  }, WAIT);
  const before = await inboxes();
  for (let n = 0; n < 5; n++) await bench.ask("GET", "/consumers");
  expect(await inboxes()).toEqual(before);

  const asked = (await bench.ask("GET", "/consumers?owners=true")).body;
  expect(asked).toMatchObject({ items: [{ partitions: [{ mode: "active" }, { mode: "active" }], askedAt: expect.any(Number) as number }] });
  const after = await inboxes();
  expect(after).not.toEqual(before);
  for (let n = 0; n < 5; n++) await bench.ask("GET", "/consumers?owners=true");
  expect(await inboxes()).toEqual(after);
});

test("a consumer is paused and resumed, and says so", async () => {
  await using bench = await ServedBench.start((app) => {
    app.createConsumer({ id: "totals", events: ["order/placed"], from: "beginning", handle: () => {} });
  });
  const isPaused = async (): Promise<unknown> =>
    ((await bench.ask("GET", "/consumers")).body as { items: [{ paused: boolean }] }).items[0].paused;
  expect(await bench.ask("POST", "/consumers/nobody/pause")).toMatchObject({ status: 404 });
  expect(await bench.ask("POST", "/consumers/totals/pause")).toMatchObject({ status: 202 });
  await vi.waitFor(async () => expect(await isPaused()).toBe(true), WAIT);
  await bench.ask("POST", "/consumers/totals/resume");
  await vi.waitFor(async () => expect(await isPaused()).toBe(false), WAIT);
});

test("dead letters are retried or discarded by a filter, as many as were told before, and that is known after a restart", async () => {
  await using bench = await ServedBench.start((app) => {
    app.createFunction({ id: "invoice", triggers: [{ event: "order/placed" }] }, () => 1);
  });
  const records = Array.from({ length: 250 }, (_, n) => ({
    key: null,
    value: Buffer.from("<xml/>"),
    headers: { ce_type: "order/placed", ce_id: `a${n}`, ce_source: "x", "content-type": n % 5 === 0 ? "text/xml" : "text/plain" },
  }));
  await bench.log.append({ topic: "shop.events", partition: 0 }, records);
  await bench.log.append({ topic: "shop.events", partition: 1 }, [
    { key: null, value: Buffer.from("{"), headers: { ce_type: "t", ce_id: "i" } },
  ]);
  await lettersOf(bench, 251);

  const retry = { action: "retry", filter: { code: "EVENT_CONTENT_TYPE" } };
  expect((await bench.ask("POST", "/bulk/dead-letters", { ...retry, preview: true })).body).toMatchObject({ count: 250, operation: null });
  expect((await bench.ask("POST", "/bulk/dead-letters", { ...retry, expected: 3 })).body).toMatchObject({ code: "COUNT_CHANGED" });
  const { body } = await bench.ask("POST", "/bulk/dead-letters", { ...retry, expected: 250 });
  const { operation } = body as { operation: string };
  await vi.waitFor(
    async () => expect((await bench.ask("GET", `/operations/${operation}`)).body).toMatchObject({ state: "done", detail: "250 retried" }),
    WAIT,
  );
  expect(await bench.log.latestOffset({ topic: "shop.events", partition: 0 })).toBe(500);
  // They are as wrong as they were.
  await lettersOf(bench, 501);
  await bench.restartServer();
  expect((await bench.ask("POST", "/bulk/dead-letters", { ...retry, preview: true })).body).toMatchObject({ count: 250 });
  const open = await lettersOf(bench, 251, "&state=open");
  expect(new Set(open.map(({ id }) => id)).size).toBe(251);
  const discard = { action: "discard", filter: {}, expected: 251 };
  await bench.ask("POST", "/bulk/dead-letters", discard);
  await lettersOf(bench, 251, "&state=discarded");
});

/** So many, over as many pages as that takes. */
async function lettersOf(
  bench: ServedBench,
  count: number,
  filter = "",
): Promise<readonly [{ readonly id: string }, ...{ readonly id: string }[]]> {
  return vi.waitFor(async () => {
    const found: { readonly id: string }[] = [];
    for (let cursor = ""; ;) {
      const { body } = await bench.ask("GET", `/dead-letters?limit=100${filter}${cursor}`);
      const { items, next } = body as { items: { readonly id: string }[]; next: string | null };
      found.push(...items);
      if (next === null) break;
      cursor = `&cursor=${encodeURIComponent(next)}`;
    }
    expect(found).toHaveLength(count);
    return found as [{ readonly id: string }];
  }, WAIT);
}
