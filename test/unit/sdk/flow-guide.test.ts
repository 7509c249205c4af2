// What the guide says of policies together, seen in whole apps on a log in memory.
import { expect, test } from "vitest";
import { Millrace, type StepTools, type TestRun } from "../../../engine/sdk/index.ts";

interface Events {
  go: { n: number; who?: string };
  ask: object;
}

const GO = [{ event: "go" as const }];

function go(...numbers: readonly number[]): readonly { name: "go"; data: { n: number } }[] {
  return numbers.map((n) => ({ name: "go", data: { n } }));
}

function of(who: string, count: number): readonly { name: "go"; data: { n: number; who: string } }[] {
  return Array.from({ length: count }, (_, n) => ({ name: "go", data: { n, who } }));
}

function outputs(runs: readonly TestRun[], functionId = "f"): readonly unknown[] {
  return runs.filter((run) => run.functionId === functionId).map(({ output }) => output);
}

test("what was debounced before a pause, and comes due while it lasts, starts when it ends", async () => {
  const app = new Millrace<Events>({ id: "guide" });
  app.createFunction({ id: "f", triggers: GO, debounce: { period: "5s" } }, ({ event }) => event.data.n);
  const t = await Millrace.testing(app);
  await t.send(go(1));
  await t.pause("f", { events: "skip" });
  await t.advance("10s");
  expect(t.runs()).toEqual([]);
  await t.resume("f");
  expect(outputs(t.runs())).toEqual([1]);
  await t.stop();
});

test("a debounced run starts with the last event, at its time-out where it never becomes quiet", async () => {
  const app = new Millrace<Events>({ id: "guide" });
  app.createFunction({ id: "f", triggers: GO, debounce: { period: "10s", timeout: "25s" } }, ({ event }) => event.data.n);
  const t = await Millrace.testing(app);
  await t.send(go(1));
  for (const [wait, n] of [
    ["6s", 2],
    ["8s", 3],
    ["6s", 4],
  ] as const) {
    await t.advance(wait);
    await t.send(go(n));
  }
  await t.advance("4900ms");
  expect(t.runs()).toEqual([]);
  await t.advance("200ms");
  expect(outputs(t.runs())).toEqual([4]);
  await t.stop();
});

test("of a throttle, burst is all that starts at once, and then a run starts every period / limit", async () => {
  const app = new Millrace<Events>({ id: "guide" });
  app.createFunction({ id: "f", triggers: GO, throttle: { limit: 60, period: "1m", burst: 5 } }, ({ event }) => event.data.n);
  const t = await Millrace.testing(app);
  await t.send(go(1, 2, 3, 4, 5, 6, 7, 8));
  const started = [t.runs().length];
  for (let second = 0; second < 3; second++) {
    await t.advance("1s");
    started.push(t.runs().length);
  }
  expect(started).toEqual([5, 6, 7, 8]);
  await t.stop();
});

test("whose tenants share a limit start in turns, whoever came first with however many", async () => {
  const app = new Millrace<Events>({ id: "guide" });
  const started: unknown[] = [];
  app.createFunction({ id: "f", triggers: GO, concurrency: 1, fairness: { key: "event.data.who" } }, async ({ event, step }) => {
    started.push(event.data.who);
    await step.run("work", () => new Promise<void>((resolve) => setImmediate(resolve)));
  });
  const t = await Millrace.testing(app);
  await t.send([...of("acme", 6), ...of("globex", 2), ...of("initech", 1)]);
  expect(started).toHaveLength(9);
  expect(new Set(started.slice(0, 3))).toEqual(new Set(["acme", "globex", "initech"]));
  expect(new Set(started.slice(3, 5))).toEqual(new Set(["acme", "globex"]));
  await t.stop();
});

test("priority moves a run by seconds of waiting, and what is no number moves none", async () => {
  const app = new Millrace<Events>({ id: "guide" });
  const started: number[] = [];
  app.createFunction(
    { id: "f", triggers: GO, concurrency: 1, priority: { run: "event.data.n == 3 ? 5 : event.data.n == 4 ? -5 : event.data.none" } },
    async ({ event, step }) => {
      started.push(event.data.n);
      await step.run("work", () => new Promise<void>((resolve) => setImmediate(resolve)));
    },
  );
  const t = await Millrace.testing(app);
  await t.send(go(0, 1, 2, 3, 4, 5));
  expect(started).toEqual([0, 3, 1, 2, 5, 4]);
  await t.stop();
});

test("a parent and the child that it awaits share a limit of 1", async () => {
  const app = new Millrace<Events>({ id: "guide" });
  const concurrency = { limit: 1, key: '"one"', scope: "app" } as const;
  app.createFunction({ id: "child", triggers: [], concurrency }, ({ step }) => step.run("answer", () => 7));
  app.createFunction({ id: "f", triggers: GO, concurrency }, async ({ step }) => {
    await step.run("ask", () => null);
    return step.invoke("child", { function: "child", data: {} });
  });
  const t = await Millrace.testing(app);
  await t.send(go(1, 2, 3));
  expect(outputs(t.runs())).toEqual([7, 7, 7]);
  await t.stop();
});

test("steps of one run in parallel take a slot each", async () => {
  const app = new Millrace<Events>({ id: "guide" });
  app.createFunction({ id: "f", triggers: GO, concurrency: 2 }, async ({ step }) => {
    let [executing, most] = [0, 0];
    const work = async (): Promise<void> => {
      most = Math.max(most, ++executing);
      await new Promise((resolve) => setImmediate(resolve));
      executing -= 1;
    };
    await Promise.all(["a", "b", "c", "d", "e"].map((id) => step.run(id, work)));
    return most;
  });
  const t = await Millrace.testing(app);
  await t.send(go(1));
  expect(outputs(t.runs())).toEqual([2]);
  await t.stop();
});

test("a child that is skipped fails its parent's step with SkippedError, also where a singleton would be cancelled", async () => {
  const app = new Millrace<Events>({ id: "guide" });
  app.createFunction({ id: "one", triggers: GO, singleton: { mode: "cancel" } }, async ({ step }) => step.sleep("long", "1h"));
  app.createFunction({ id: "f", triggers: [{ event: "ask" }] }, async ({ step }) => {
    try {
      return await step.invoke("one", { function: "one", data: { n: 2 } });
    } catch (error) {
      return error instanceof Error && "originalName" in error ? [error.name, error.originalName] : null;
    }
  });
  const t = await Millrace.testing(app);
  await t.send([...go(1), { name: "ask", data: {} }]);
  expect(outputs(t.runs())).toEqual([["StepError", "SkippedError"]]);
  expect(t.run("one").status).toBe("running");
  await t.stop();
});

test("of events that come quickly, a singleton that cancels runs the last to its end, one at a time", async () => {
  const app = new Millrace<Events>({ id: "guide" });
  app.createFunction({ id: "f", triggers: GO, singleton: { mode: "cancel" } }, async ({ event, step }) => {
    await step.sleep("long", "1h");
    return event.data.n;
  });
  const t = await Millrace.testing(app);
  await t.send(go(1, 2, 3, 4));
  await t.advance("2h");
  const runs = t.runs().filter(({ functionId }) => functionId === "f");
  expect(runs.filter(({ status }) => status === "completed").map(({ output }) => output)).toEqual([4]);
  expect(runs.filter(({ status }) => status !== "completed").every(({ status }) => status === "cancelled")).toBe(true);
  await t.stop();
});

test("a run that waits for longer than timeouts.start is taken out of its line, and onCancel is not called", async () => {
  const app = new Millrace<Events>({ id: "guide" });
  const called: string[] = [];
  app.createFunction(
    {
      id: "f",
      triggers: GO,
      throttle: { limit: 1, period: "1m" },
      timeouts: { start: "10s" },
      onCancel: () => void called.push("onCancel"),
    },
    ({ event }) => void called.push(`run ${event.data.n}`),
  );
  const t = await Millrace.testing(app);
  await t.send(go(1, 2));
  await t.advance("11s");
  await t.send(go(3));
  await t.advance("50s");
  expect(called).toEqual(["run 1"]);
  await t.advance("2m");
  expect(called).toEqual(["run 1"]);
  await t.stop();
});

test.each([
  ["a function without steps, that has no attempt left", false, 0],
  ["a function without steps, that would be called again", false, 1],
  ["a function's steps", true, 0],
])("a breaker opens by failures of %s, tries once after its cooldown, and closes by a success", async (_, withSteps, retries) => {
  const app = new Millrace<Events>({ id: "guide" });
  let [calls, isDown] = [0, true];
  const call = (): number => {
    calls += 1;
    if (isDown) throw new Error("down");
    return calls;
  };
  app.createFunction(
    { id: "f", triggers: GO, retries, circuitBreaker: { errorRate: 0.5, window: "1m", cooldown: "10s" } },
    async ({ step }) => (withSteps ? step.run({ id: "call", retries: 0 }, call) : call()),
  );
  const t = await Millrace.testing(app);
  for (let n = 0; n < 20; n++) await t.send(go(n));
  expect(calls).toBe(10);
  await t.advance("9s");
  expect(calls).toBe(10);
  await t.advance("1500ms");
  expect(calls).toBe(11);
  isDown = false;
  await t.advance("9s");
  expect(calls).toBe(11);
  await t.advance("1s");
  expect(calls).toBeGreaterThanOrEqual(20);
  await t.stop();
});

test("an open breaker holds up the further steps of runs that have begun, too", async () => {
  const app = new Millrace<Events>({ id: "guide" });
  let calls = 0;
  app.createFunction({ id: "f", triggers: GO, circuitBreaker: { errorRate: 0.5, window: "1m", cooldown: "10s" } }, async ({ step }) => {
    for (let n = 0; n < 20; n++) {
      await step
        .run({ id: `call ${n}`, retries: 0 }, () => {
          calls += 1;
          throw new Error("down");
        })
        .catch(() => null);
    }
  });
  const t = await Millrace.testing(app);
  await t.send(go(1));
  expect(calls).toBe(10);
  await t.advance("11s");
  expect(calls).toBe(11);
  await t.advance("10s");
  expect(calls).toBe(12);
  await t.stop();
});

test("a limit that is lowered counts for runs that have begun, from their next steps on, and raised again for those that wait", async () => {
  const app = new Millrace<Events>({ id: "guide" });
  const executing = new Set<() => void>();
  app.createFunction({ id: "f", triggers: GO, concurrency: 3 }, async ({ event, step }) => {
    for (const id of ["a", "b", "c"]) {
      await step.run(id, () => new Promise<void>((resolve) => executing.add(resolve)));
    }
    return event.data.n;
  });
  const t = await Millrace.testing(app);
  const quiet = async (): Promise<void> => {
    for (let n = 0; n < 50; n++) await new Promise((resolve) => setImmediate(resolve));
  };
  const end = async (): Promise<void> => {
    const [first] = executing;
    if (first !== undefined) executing.delete(first);
    first?.();
    await quiet();
  };
  const sent = t.send(go(1, 2, 3));
  await quiet();
  expect(executing.size).toBe(3);
  const lowered = t.override("f", { concurrency: 1 }, { for: "1h" });
  await quiet();
  await end();
  await end();
  expect(executing.size).toBe(1);
  const raised = t.override("f", null);
  await quiet();
  expect(executing.size).toBe(3);
  while (executing.size > 0) await end();
  await Promise.all([sent, lowered, raised]);
  expect(outputs(t.runs()).toSorted((a, b) => Number(a) - Number(b))).toEqual([1, 2, 3]);
  await t.stop();
});

test("functions that share a limit share its shares, also where one of them has a breaker", async () => {
  const app = new Millrace<Events>({ id: "guide" });
  const started: string[] = [];
  const shared = {
    triggers: GO,
    concurrency: { limit: 1, key: '"one"', scope: "app" },
    fairness: { key: "event.data.who" },
  } as const;
  const work = async (functionId: string, { event, step }: { event: { data: Events["go"] }; step: StepTools<Events> }): Promise<void> => {
    started.push(`${functionId} ${event.data.who}`);
    await step.run("work", () => new Promise<void>((resolve) => setImmediate(resolve)));
  };
  app.createFunction({ id: "a", ...shared, triggers: [{ event: "go", if: "event.data.who == 'acme'" }] }, (context) => work("a", context));
  app.createFunction({ id: "b", ...shared, circuitBreaker: { errorRate: 0.5, window: "1m", cooldown: "10s", key: '"one"' } }, (context) =>
    work("b", context),
  );
  const t = await Millrace.testing(app);
  await t.send([...of("acme", 3), ...of("globex", 3)]);
  expect(started.slice(0, 6).filter((start) => start.endsWith("globex"))).toHaveLength(3);
  await t.stop();
});

test("iterations that share a limit take turns, a slice each", async () => {
  const app = new Millrace<Events>({ id: "guide" });
  const slices: string[] = [];
  let executing = 0;
  app.createFunction({ id: "f", triggers: GO, concurrency: 1 }, async ({ event, step }) => {
    // Both have begun before either iterates.
    await step.sleep("begin", "1s");
    await step.iterate("count", {
      from: 0,
      next: async (cursor: number) => {
        executing += 1;
        expect(executing).toBe(1);
        slices.push(`${event.data.n}:${cursor}`);
        await Promise.resolve();
        executing -= 1;
        return { cursor: cursor + 1, done: cursor === 2 };
      },
    });
    return event.data.n;
  });
  const t = await Millrace.testing(app);
  await t.send(go(1, 2));
  await t.advance("2s");
  expect(slices.toSorted()).toEqual(["1:0", "1:1", "1:2", "2:0", "2:1", "2:2"]);
  expect(slices.map((slice) => slice.charAt(0))).not.toEqual(slices.map((slice) => slice.charAt(0)).toSorted());
  expect(new Set(outputs(t.runs()))).toEqual(new Set([1, 2]));
  await t.stop();
});
