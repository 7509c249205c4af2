import pino from "pino";
import { expect, test } from "vitest";
import { deferred } from "../../support/deferred.ts";
import { Desk } from "../../support/desk.ts";
import { T0, turns } from "../../support/fake-clock.ts";
import { RUN, runsStarted, sleepEnded, sleepStarted, stepCompleted, stepFailed } from "../../support/records.ts";

test("a step runs once, its result is recorded, and the function goes on with what is recorded", async () => {
  const executed: string[] = [];
  const desk = await new Desk(async ({ step }) => {
    const a = await step.run("a", () => {
      executed.push("a");
      return { when: new Date(T0), gone: undefined };
    });
    return a;
  })
    .start()
    .play();
  expect(desk.journal.slice(1)).toEqual([
    stepCompleted("a", `{"when":"2026-01-01T00:00:00.000Z"}`),
    { type: "RunCompleted", run: RUN, output: `{"when":"2026-01-01T00:00:00.000Z"}` },
  ]);
  expect(executed).toEqual(["a"]);
});

test("a function does not go on before its step's result is durable (R4)", async () => {
  let wentOn = false;
  const desk = new Desk(async ({ step }) => {
    await step.run("a", () => 1);
    wentOn = true;
  }).start();
  await turns(20);
  expect(desk.pending).toEqual([[stepCompleted("a", "1")]]);
  expect(wentOn).toBe(false);
  desk.ack();
  await turns(5);
  expect(wentOn).toBe(true);
});

test("a function that is called again is answered from the record, and no recorded step runs again (R2)", async () => {
  const executed: string[] = [];
  const desk = await new Desk(
    async ({ step }) => {
      const a = await step.run("a", () => executed.push("a"));
      await step.sleep("nap", "1h");
      const b = await step.run("b", () => {
        executed.push("b");
        return 2;
      });
      return [a, b];
    },
    { recorded: [runsStarted(), stepCompleted("a", "17"), sleepStarted(), sleepEnded()] },
  )
    .start()
    .play();
  expect(executed).toEqual(["b"]);
  expect(desk.result).toEqual([17, 2]);
});

test("parallel steps run side by side, and Promise.all gives their results in the order asked", async () => {
  const first = deferred<number>();
  const second = deferred<number>();
  const desk = new Desk(({ step }) => Promise.all([step.run("a", () => first.promise), step.run("b", () => second.promise)])).start();
  second.resolve(2);
  await turns(3);
  desk.ack();
  await turns(3);
  first.resolve(1);
  await desk.play();
  expect(desk.types).toEqual(["StepCompleted", "StepCompleted", "RunCompleted"]);
  expect(desk.result).toEqual([1, 2]);
});

test("recorded results are delivered in journal order, so that a race is won by who won it first", async () => {
  const race = new Desk(
    async ({ step }) => {
      const winner = await Promise.race([step.run("a", () => "a"), step.run("b", () => "b")]);
      const next = await step.run(`after ${winner}`, () => winner);
      return next;
    },
    { recorded: [runsStarted(), stepCompleted("b", `"b"`), stepCompleted("a", `"a"`)] },
  );
  await race.start().play();
  expect(race.result).toBe("b");
});

test("each recorded result is delivered after the handler has gone quiet, however many turns of microtasks it takes", async () => {
  const order: string[] = [];
  const branch = async (name: string, run: (id: string) => Promise<unknown>): Promise<void> => {
    await run(name);
    for (let n = 0; n < 20; n++) await Promise.resolve();
    order.push(name);
    await run(`${name} again`);
  };
  const recorded = [runsStarted(), stepCompleted("b"), stepCompleted("a"), stepCompleted("b again"), stepCompleted("a again")];
  const desk = new Desk(
    async ({ step }) => void (await Promise.all(["a", "b"].map((name) => branch(name, (id) => step.run(id, () => "ran"))))),
    {
      recorded,
    },
  );
  await desk.start().play();
  expect(order).toEqual(["b", "a"]);
  expect(desk.types.at(-1)).toBe("RunCompleted");
});

test("ids may repeat: the n-th use of an id is its n-th step, in a loop and in parallel", async () => {
  const executed: number[] = [];
  const desk = await new Desk(
    async ({ step }) => {
      const found: unknown[] = [];
      for (let n = 0; n < 4; n++) {
        found.push(
          await step.run("page", () => {
            executed.push(n);
            return n;
          }),
        );
      }
      found.push(...(await Promise.all([step.run("page", () => "x"), step.run("page", () => "y")])));
      return found;
    },
    { recorded: [runsStarted(), stepCompleted("page", "10"), stepCompleted("page#1", "11")] },
  )
    .start()
    .play();
  expect(executed).toEqual([2, 3]);
  expect(desk.result).toEqual([10, 11, 2, 3, "x", "y"]);
  expect(desk.journal.flatMap((record) => (record.type === "StepCompleted" ? [record.step] : []))).toEqual(
    [0, 1, 2, 3, 4, 5].map((n) => `page#${n}`),
  );
});

test("a recorded failure is thrown where the step is awaited, and a function may catch it and go on", async () => {
  const desk = await new Desk(
    async ({ step }) => {
      try {
        await step.run("a", () => 1);
      } catch (error) {
        return error instanceof Error ? [error.name, error.message, error.cause instanceof Error] : null;
      }
      return "not thrown";
    },
    { recorded: [runsStarted(), stepFailed("a", { attempt: 2 })] },
  )
    .start()
    .play();
  expect(desk.result).toEqual(["StepError", "boom", true]);
});

test("a failed step that nobody awaits any more is no unhandled rejection", async () => {
  const desk = await new Desk(
    async ({ step }) => {
      void step.run("a", () => 1);
      return await step.run("b", () => 2);
    },
    { recorded: [runsStarted(), stepFailed("a"), stepCompleted("b", "2")] },
  )
    .start()
    .play();
  expect(desk.result).toBe(2);
});

test("the function's logger is silent while it is answered from the record, and speaks from there on", async () => {
  const lines: string[] = [];
  const logger = pino({ level: "info" }, { write: (line: string) => void lines.push((JSON.parse(line) as { msg: string }).msg) });
  const desk = new Desk(
    async ({ step, logger: log }) => {
      log.info("begin");
      await step.run("a", () => 1);
      log.info("after a");
      await step.run("b", ({ logger: own }) => own.info("in b"));
      log.info("after b");
    },
    { logger, recorded: [runsStarted(), stepCompleted("a")] },
  );
  await desk.start().play();
  expect(lines).toEqual(["in b", "after b"]);
});

test("a handler may wait for something of its own between recorded steps", async () => {
  const own = deferred<void>();
  const desk = new Desk(
    async ({ step }) => {
      const a = await step.run("a", () => "again");
      await own.promise;
      const b = await step.run("b", () => "again");
      return [a, b];
    },
    { recorded: [runsStarted(), stepCompleted("a", "1"), stepCompleted("b", "2")] },
  ).start();
  await turns(50);
  expect(desk.isOver).toBe(false);
  own.resolve();
  await desk.play();
  expect(desk.result).toEqual([1, 2]);
});

test("a run of one function sees its event, where it stands in the log, and its own id", async () => {
  const desk = await new Desk(({ event, runId, attempt }) => ({ event, runId, attempt }), {
    event: { data: `{"n":[1]}`, key: "k", offset: 7 },
  })
    .start()
    .play();
  expect(desk.result).toEqual({
    event: {
      id: "e1",
      name: "order/created",
      data: { n: [1] },
      time: T0,
      key: "k",
      corrects: null,
      source: { topic: "app.events", partition: 0, offset: 7 },
    },
    runId: RUN,
    attempt: 0,
  });
});
