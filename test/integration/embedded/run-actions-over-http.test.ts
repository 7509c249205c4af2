// What people do with runs over HTTP: one by one and by filter, with what they give otherwise; and what they are told about runs that do not move.
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { z } from "zod";
import { decodeMessage, decodeParcel } from "../../../engine/journal/inbox.ts";
import type { LogRecord } from "../../../engine/log/log.ts";
import { Operation } from "../../../server/contract/operations.ts";
import { Accepted, BulkAnswer, RerunAnswer, RunPage, RunResult, ShownRun } from "../../../server/contract/runs.ts";
import { serveShop, type ServedShop } from "../../support/server/served-shop.ts";

let shop: ServedShop;
const calls: string[] = [];

beforeAll(async () => {
  shop = await serveShop({
    declare: (app) => {
      app.createFunction({ id: "bill", triggers: [{ event: "bill/asked" }], retries: 0 }, async ({ event, step, rerunOf }) => {
        const { amount } = event.data as { amount: number };
        const net = await step.run("net", () => {
          calls.push(`net ${amount}`);
          return amount;
        });
        const tax = await step.run("tax", () => {
          calls.push(`tax ${net}`);
          if (net < 0) throw new Error(`no tax on ${net}`);
          return net / 10;
        });
        await step.sendEvent("tell", { name: "bill/made", data: { sum: net + tax } });
        return { sum: net + tax, isAgain: rerunOf !== null, trigger: event.id };
      });
      app.createFunction({ id: "sleeper", triggers: [{ event: "nap/wanted" }] }, ({ step }) => step.sleep("nap", "1 hour"));
      app.createFunction({ id: "waiter", triggers: [{ event: "wait/wanted" }] }, ({ step }) =>
        step.waitForEvent("answer", { event: "answer/given", match: "data.q", timeout: "1 hour" }),
      );
    },
  });
}, 30_000);

afterAll(() => shop[Symbol.asyncDispose]());

async function get<Body>(shape: z.ZodType<Body>, path: string): Promise<Body> {
  const { status, body } = await shop.ask("GET", path);
  expect([status, body]).toEqual([200, body]);
  return shape.parse(body);
}

async function post<Body>(shape: z.ZodType<Body>, path: string, body: unknown = {}, expected = 202): Promise<Body> {
  const answer = await shop.ask("POST", path, body);
  expect([answer.status, answer.body]).toEqual([expected, answer.body]);
  return shape.parse(answer.body);
}

/** The history is a little behind what was done. */
const soon = <T>(look: () => Promise<T>): Promise<T> => vi.waitFor(look, { timeout: 15_000, interval: 30 });
let sent = 100;

/** Sends it, and resolves with the run that it starts, when that is like this. */
async function runOf(name: string, data: unknown, status: string): Promise<ShownRun> {
  const id = `sent-${sent++}`;
  await shop.app.send({ name, data, id });
  return soon(async () => {
    const { items } = await get(RunPage, `/runs?search=${id}&status=${status}`);
    if (items[0] === undefined) throw new Error(`no run of ${id} is ${status} yet`);
    return get(ShownRun, `/runs/${items[0].id}`);
  });
}

/** Lets so many re-runs be told, and holds up the others until it is opened. */
class RerunGate implements Disposable {
  readonly #opened = Promise.withResolvers<void>();
  readonly #spy: { mockRestore(): void };

  constructor(passing: number) {
    const { log, served } = shop;
    const append = log.append.bind(log);
    let told = 0;
    this.#spy = vi.spyOn(log, "append").mockImplementation(async (target, records, options) => {
      if (target.topic === served.topics.inbox && records.some(isRerun) && ++told > passing) await this.#opened.promise;
      return append(target, records, options);
    });
  }

  open(): void {
    this.#opened.resolve();
  }

  [Symbol.dispose](): void {
    this.open();
    this.#spy.mockRestore();
  }
}

function isRerun({ value }: LogRecord): boolean {
  return decodeParcel(value).messages.some(({ body }) => decodeMessage(body).type === "RerunRun");
}

const ended = (id: string): Promise<RunResult> => get(RunResult, `/runs/${id}/wait?timeout=20`);

describe("a run that failed", () => {
  test("is repeated from its start with other data, by an event that nobody takes for the original", { timeout: 30_000 }, async () => {
    const failed = await runOf("bill/asked", { amount: -10 }, "failed");
    const { id, operation } = await post(RerunAnswer, `/runs/${failed.id}/rerun`, { data: { amount: 50 } });
    const result = await ended(id);
    expect(result.status).toBe("completed");
    expect(JSON.parse(result.output ?? "")).toEqual({ sum: 55, isAgain: true, trigger: `edited/${id}` });
    const again = await get(ShownRun, `/runs/${id}`);
    expect(again).toMatchObject({ rerunOf: failed.id, events: [{ origin: `edited/${id}`, data: '{"amount":50}' }] });
    expect((await get(ShownRun, `/runs/${failed.id}`)).reruns).toEqual([id]);
    expect(operation).toMatch(/^rerun-/);
  });

  test("is repeated once by whoever asks again under the same name, since no answer came", { timeout: 30_000 }, async () => {
    const failed = await runOf("bill/asked", { amount: -15 }, "failed");
    const asked = { data: { amount: 15 }, id: "ticket-4711" };
    const answers = [1, 2].map(() => post(RerunAnswer, `/runs/${failed.id}/rerun`, asked));
    const [first, second] = await Promise.all(answers);
    expect(first).toEqual(second);
    expect(await post(RerunAnswer, `/runs/${failed.id}/rerun`, asked)).toEqual(first);
    // Its partition decides what it was told in order: behind this one, it has decided all of them.
    const { id: last } = await post(RerunAnswer, `/runs/${failed.id}/rerun`, { ...asked, id: "ticket-4712" });
    for (const id of [first?.id ?? "", last]) expect((await ended(id)).status).toBe("completed");
    expect((await get(ShownRun, `/runs/${failed.id}`)).reruns).toHaveLength(2);
  });

  test(
    "is repeated from a step on, with another output of one that is taken over and not executed again",
    { timeout: 30_000 },
    async () => {
      const failed = await runOf("bill/asked", { amount: -20 }, "failed");
      calls.length = 0;
      const { id } = await post(RerunAnswer, `/runs/${failed.id}/rerun`, { from: "tax#0", outputs: { "net#0": 30 } });
      expect(JSON.parse((await ended(id)).output ?? "")).toMatchObject({ sum: 33, trigger: failed.events[0]?.id });
      expect(calls).toEqual(["tax 30"]);
      const { steps } = await get(ShownRun, `/runs/${id}`);
      expect(steps.map(({ key, isAdopted, isEdited, output }) => [key, isAdopted, isEdited, output]).slice(0, 2)).toEqual([
        ["net#0", true, true, "30"],
        ["tax#0", false, false, "3"],
      ]);
    },
  );

  test("tells why it cannot be repeated as it was asked for", { timeout: 30_000 }, async () => {
    const failed = await runOf("bill/asked", { amount: -30 }, "failed");
    const problem = async (body: object): Promise<unknown> => {
      const { status, body: told } = await shop.ask("POST", `/runs/${failed.id}/rerun`, body);
      return [status, (told as { code: string }).code];
    };
    expect(await problem({ from: "odd#0" })).toEqual([422, "RERUN_NO_STEP"]);
    expect(await problem({ from: "odd" })).toEqual([400, "INVALID_REQUEST"]);
    expect(await problem({ outputs: { "net#0": 1 } })).toEqual([422, "RERUN_BAD_EDIT"]);
    expect(await problem({ other: 1 })).toEqual([400, "INVALID_REQUEST"]);
    const open = await runOf("nap/wanted", null, "running");
    const refused = await shop.ask("POST", `/runs/${open.id}/rerun`, {});
    expect(refused).toMatchObject({ status: 409, body: { code: "RERUN_NOT_OVER" } });
    expect((refused.body as { detail: string }).detail).toContain("`cancel`");
  });
});

test("a run that is not over is cancelled by what begins its re-run, where that is asked for", { timeout: 30_000 }, async () => {
  const open = await runOf("wait/wanted", { q: "old" }, "running");
  const { id } = await post(RerunAnswer, `/runs/${open.id}/rerun`, { cancel: true, data: { q: "new" } });
  const was = await soon(async () => {
    const run = await get(ShownRun, `/runs/${open.id}`);
    expect(run).toMatchObject({ status: "cancelled", reruns: [id] });
    return run;
  });
  const again = await get(ShownRun, `/runs/${id}`);
  expect(again).toMatchObject({ status: "running", rerunOf: open.id, startedAt: was.endedAt });
  await post(Accepted, `/runs/${id}/cancel`);
});

describe("a run that does not move", () => {
  test("says that it sleeps, and until when; and is cancelled", { timeout: 30_000 }, async () => {
    const run = await runOf("nap/wanted", null, "running");
    const shown = await soon(async () => {
      const now = await get(ShownRun, `/runs/${run.id}`);
      expect(now.holdups).toMatchObject([{ code: "SLEEPING", step: "nap#0" }]);
      return now;
    });
    expect(shown.holdups[0]?.until).toBeGreaterThan(Date.now() + 50 * 60_000);
    await post(Accepted, `/runs/${run.id}/cancel`, { reason: "not today" });
    expect(await ended(run.id)).toMatchObject({ status: "cancelled" });
    expect(await shop.ask("POST", `/runs/${run.id}/cancel`, {})).toMatchObject({ status: 409, body: { code: "CONFLICT" } });
    expect(await shop.ask("POST", `/runs/${run.id}/release`)).toMatchObject({ status: 409 });
  });

  test("says which event it waits for, and what that has to be", { timeout: 30_000 }, async () => {
    const run = await runOf("wait/wanted", { q: "why" }, "running");
    await soon(async () => {
      const { holdups, steps } = await get(ShownRun, `/runs/${run.id}`);
      expect(steps).toMatchObject([{ waitsFor: { event: "answer/given", match: 'data.q = "why"' } }]);
      expect(holdups).toMatchObject([{ code: "WAITING_FOR_EVENT", message: 'step answer waits for answer/given with data.q = "why"' }]);
    });
  });
});

describe("many runs", () => {
  test("are counted first, and cancelled only if they are no more by then", { timeout: 30_000 }, async () => {
    for (let n = 0; n < 30; n++) await shop.app.send({ name: "nap/wanted", data: n });
    const filter = { function: "sleeper" };
    const count = await soon(async () => {
      const preview = await post(BulkAnswer, "/bulk/runs", { action: "cancel", filter, preview: true }, 200);
      // One sleeps since a re-run of it was refused.
      expect(preview.count).toBe(31);
      return preview.count;
    });
    const changed = await shop.ask("POST", "/bulk/runs", { action: "cancel", filter, expected: count - 1 });
    expect(changed).toMatchObject({ status: 409, body: { code: "COUNT_CHANGED" } });
    const { operation } = await post(BulkAnswer, "/bulk/runs", { action: "cancel", filter, expected: count });
    await soon(async () => {
      expect(await get(Operation, `/operations/${operation}`)).toMatchObject({ state: "done", done: count, total: count });
      const { items } = await get(RunPage, "/runs?function=sleeper&status=running");
      expect(items).toEqual([]);
    });
  });

  test("are repeated once by an operation, also where it is asked for again", { timeout: 30_000 }, async () => {
    const before = await get(RunPage, "/runs?function=bill&status=failed&limit=500");
    const open = before.items.length;
    const filter = { function: "bill", status: "failed" };
    const preview = await post(BulkAnswer, "/bulk/runs", { action: "rerun", filter, preview: true }, 200);
    // Those that something repeats already are not meant.
    expect(preview.count).toBe(open - 3);
    const { operation } = await post(BulkAnswer, "/bulk/runs", { action: "rerun", filter, expected: preview.count, id: "again" });
    expect(operation).toBe("again");
    await soon(async () => {
      expect(await get(Operation, "/operations/again")).toMatchObject({ state: "done", done: preview.count });
      const { items } = await get(RunPage, "/runs?function=bill&status=failed&limit=500");
      expect(items.length).toBe(open + preview.count);
    });
  });

  test.each([
    ["that people gave it", "in-two-parts", 7_000],
    ["that it was given", undefined, 8_000],
  ])(
    "an operation that was interrupted goes on under the id %s: each run is repeated once",
    { timeout: 60_000 },
    async (_, named, amount) => {
      const COUNT = 60;
      const search = `again-${amount}-`;
      for (let n = 0; n < COUNT; n++) await shop.app.send({ name: "bill/asked", data: { amount: -amount - n }, id: `${search}${n}` });
      const failed = await soon(async () => {
        const { items } = await get(RunPage, `/runs?search=${search}&status=failed&limit=500`);
        expect(items).toHaveLength(COUNT);
        return items.map(({ id }) => id);
      });
      const command = { action: "rerun", filter: { search, status: "failed" } };
      using gate = new RerunGate(10);
      const { operation: begun } = await post(BulkAnswer, "/bulk/runs", { ...command, expected: COUNT, id: named });
      const id = begun ?? "";
      await vi.waitFor(async () => expect((await get(Operation, `/operations/${id}`)).state).toBe("running"), 15_000);
      await vi.waitFor(() => expect(calls.filter((call) => call.startsWith(`net -${amount / 100}`)).length).toBeGreaterThan(COUNT + 5), {
        interval: 5,
        timeout: 15_000,
      });
      await post(Operation, `/operations/${id}/stop`, undefined, 200);
      gate.open();
      const stopped = await soon(async () => {
        const operation = await get(Operation, `/operations/${id}`);
        expect(operation.state).toBe("stopped");
        return operation;
      });
      expect(stopped.done).toBeLessThan(COUNT);
      // At once, so that what it did may not be in the history yet.
      const rest = await post(BulkAnswer, "/bulk/runs", { ...command, expected: COUNT, id });
      expect(rest).toMatchObject({ operation: id });
      await soon(async () => expect(await get(Operation, `/operations/${id}`)).toMatchObject({ state: "done" }));
      const reruns = await soon(async () => {
        const shown = await Promise.all(failed.map((id) => get(ShownRun, `/runs/${id}`)));
        const ids = shown.map((run) => run.reruns);
        expect(ids.filter(({ length }) => length === 1)).toHaveLength(COUNT);
        return ids.flat();
      });
      expect(new Set(reruns).size).toBe(COUNT);
    },
  );

  test("two people who repeat the same runs at once repeat each once", { timeout: 60_000 }, async () => {
    const COUNT = 40;
    for (let n = 0; n < COUNT; n++) await shop.app.send({ name: "bill/asked", data: { amount: -9_000 - n }, id: `twice-${n}` });
    const search = "twice-";
    const failed = await soon(async () => {
      const { items } = await get(RunPage, `/runs?search=${search}&status=failed&limit=500`);
      expect(items).toHaveLength(COUNT);
      return items.map(({ id }) => id);
    });
    const command = { action: "rerun", filter: { search, status: "failed" }, expected: COUNT };
    const operations = await Promise.all([1, 2].map(() => post(BulkAnswer, "/bulk/runs", command)));
    expect(operations.map(({ count }) => count)).toEqual([COUNT, COUNT]);
    for (const { operation } of operations) {
      await soon(async () => expect(await get(Operation, `/operations/${operation}`)).toMatchObject({ state: "done" }));
    }
    // Any that began twice would be among them before the last one is over.
    await soon(async () => {
      const shown = await Promise.all(failed.map((id) => get(ShownRun, `/runs/${id}`)));
      const reruns = await Promise.all(shown.flatMap((run) => run.reruns.map((id) => get(ShownRun, `/runs/${id}`))));
      expect(reruns.filter(({ status }) => status === "failed")).toHaveLength(COUNT);
    });
  });
});
