import { expect, test } from "vitest";
import { silentLogger } from "../../../engine/observability/logger.ts";
import type { LiveMessage } from "../../../server/contract/live.ts";
import { notFound } from "../../../server/http/server-error.ts";
import { Hub } from "../../../server/live-hub.ts";
import { RunningOperations } from "../../../server/operations.ts";
import type { RunningOperation } from "../../../server/served-app.ts";
import { deferred } from "../../support/deferred.ts";
import { FakeClock, T0, turns } from "../../support/fake-clock.ts";

const OF = { kind: "bulk-runs", title: "cancel 3 runs", actor: "alice" } as const;

function given() {
  const live = new Hub();
  const told: LiveMessage[] = [];
  live.hear((message) => told.push(message));
  const clock = new FakeClock();
  return { operations: new RunningOperations({ live, clock, logger: silentLogger }), told, clock };
}

/** Work that goes on until it is told to end. */
function work() {
  const end = deferred<void>();
  const begun = deferred<RunningOperation>();
  const run = (operation: RunningOperation): Promise<void> => {
    begun.resolve(operation);
    operation.signal.addEventListener("abort", () => end.resolve());
    return end.promise;
  };
  return { run, begun: begun.promise, end };
}

test("an operation runs, tells how far it is, and is done", async () => {
  const { operations, told, clock } = given();
  const { run, begun, end } = work();
  const shown = operations.start(OF, run);
  expect(shown).toMatchObject({ ...OF, state: "running", done: 0, total: null, startedAt: T0, endedAt: null, error: null });
  (await begun).at(1, 3, "the first");
  expect(operations.get(shown.id)).toMatchObject({ done: 1, total: 3, detail: "the first" });
  await clock.advance(1_000);
  (await begun).at(3, 3);
  end.resolve();
  await turns(2);
  expect(operations.get(shown.id)).toMatchObject({ state: "done", done: 3, detail: "the first", endedAt: T0 + 1_000 });
  expect(told).toEqual(Array(3).fill({ type: "operation", id: shown.id }));
});

test("progress is told a few times a second, however often there is some; the end always", async () => {
  const { operations, told } = given();
  const { run, begun, end } = work();
  operations.start(OF, run);
  const operation = await begun;
  for (let n = 1; n <= 1_000; n++) operation.at(n, 1_000);
  end.resolve();
  await turns(2);
  expect(told).toHaveLength(2);
});

test("one that fails says why, with the code of what was thrown", async () => {
  const { operations } = given();
  const coded = operations.start(OF, () => Promise.reject(notFound("run X")));
  const other = operations.start(OF, () => Promise.reject(new Error("boom")));
  await turns(2);
  expect(operations.get(coded.id)).toMatchObject({ state: "failed", error: { code: "NOT_FOUND" } });
  expect(operations.get(other.id)).toMatchObject({ state: "failed", error: { code: "OPERATION_FAILED", message: "boom" } });
});

test("one that is stopped half-way is stopped; one that came to its end all the same is done", async () => {
  const { operations } = given();
  const [half, whole] = [work(), work()];
  const [first, second] = [operations.start(OF, half.run), operations.start(OF, whole.run)];
  (await half.begun).at(1, 3);
  (await whole.begun).at(3, 3);
  expect([operations.stop(first.id), operations.stop(second.id), operations.stop("none")]).toEqual([true, true, false]);
  await turns(2);
  expect(operations.get(first.id)?.state).toBe("stopped");
  expect(operations.get(second.id)?.state).toBe("done");
  expect(operations.stop(first.id)).toBe(false);
});

test("of one id there is one at a time; given again, it begins anew", async () => {
  const { operations } = given();
  const { run, end } = work();
  operations.start({ ...OF, id: "apply-1" }, run);
  expect(() => operations.start({ ...OF, id: "apply-1" }, run)).toThrow(expect.objectContaining({ code: "CONFLICT" }));
  end.resolve();
  await turns(2);
  expect(operations.start({ ...OF, id: "apply-1" }, () => Promise.resolve())).toMatchObject({ state: "running" });
});

test("those that are over are remembered, within bounds, the newest first", async () => {
  const { operations } = given();
  for (let n = 0; n < 600; n++) {
    operations.start({ ...OF, id: `o-${n}` }, () => Promise.resolve());
    await turns(1);
  }
  const ids = operations.list().map(({ id }) => id);
  expect(ids[0]).toBe("o-599");
  expect(ids.length).toBeGreaterThanOrEqual(500);
  expect(ids.length).toBeLessThanOrEqual(502);
});

test("too many at once are refused, and none begins while the server stops", async () => {
  const { operations } = given();
  for (let n = 0; n < 100; n++) operations.start(OF, work().run);
  expect(() => operations.start(OF, work().run)).toThrow(expect.objectContaining({ code: "TOO_MANY_REQUESTS" }));
  await operations.close();
  expect(operations.list().every(({ state }) => state === "stopped")).toBe(true);
  expect(() => operations.start(OF, work().run)).toThrow(expect.objectContaining({ code: "NOT_READY" }));
});

test("one that hears of nothing, since the log is silent, holds up the end of the server for some seconds", async () => {
  const said: object[] = [];
  const clock = new FakeClock();
  const logger = { ...silentLogger, warn: (fields: object) => void said.push(fields) };
  const operations = new RunningOperations({ live: new Hub(), clock, logger });
  const { id } = operations.start(OF, () => new Promise<void>(() => {}));
  await turns(2);
  let isClosed = false;
  const closing = operations.close().then(() => (isClosed = true));
  await clock.advance(4_999);
  expect(isClosed).toBe(false);
  await clock.advance(1);
  await closing;
  expect(said).toMatchObject([{ code: "OPERATION_NOT_STOPPED", operations: [id] }]);
});

test("of those that read all journals in a process of their own, four run at once; others are not in their way", () => {
  const { operations } = given();
  const reading = { ...OF, kind: "dry-run" } as const;
  for (let n = 0; n < 4; n++) operations.start(reading, work().run);
  for (const kind of ["dry-run", "verify"] as const) {
    expect(() => operations.start({ ...OF, kind }, work().run)).toThrow(expect.objectContaining({ code: "TOO_MANY_REQUESTS" }));
  }
  expect(operations.start(OF, work().run).state).toBe("running");
});
