// Waits for events and signals, as a function sees them. What counts as a match is decided in engine/workflow/wait.
import pino from "pino";
import { describe, expect, test } from "vitest";
import type { Handler } from "../../../engine/execution/function.ts";
import type { StepTools } from "../../../engine/execution/step-tools.ts";
import { deferred } from "../../support/deferred.ts";
import { Desk, type DeskOptions } from "../../support/desk.ts";
import { T0, turns } from "../../support/fake-clock.ts";

const booking: Handler = ({ step }) => step.waitForEvent("booking", { event: "booked", match: "data.user", timeout: "7 days" });
const ada: DeskOptions = { event: { data: `{"user":"ada"}` } };

/** Up to where only what comes from outside gets it on. */
async function untilQuiet(desk: Desk): Promise<Desk> {
  for (let n = 0; n < 10; n++) {
    await turns(3);
    desk.ack();
  }
  return desk;
}

describe("a run that waits for an event", () => {
  test("goes on with the event that has the same value at the path, and with no other", async () => {
    const desk = await untilQuiet(new Desk(booking, ada).start());
    desk.send({ name: "booked", data: `{"user":"bob"}` });
    desk.send({ name: "cancelled", data: `{"user":"ada"}` });
    await untilQuiet(desk);
    expect(desk.isOver).toBe(false);
    desk.send({ name: "booked", data: `{"user":"ada","table":7}`, key: "k" });
    await desk.play();
    expect(desk.result).toMatchObject({ name: "booked", data: { user: "ada", table: 7 }, key: "k", source: { topic: "app.events" } });
  });

  test("gets null when none came in time", async () => {
    const desk = await new Desk(booking, ada).start().play();
    expect(desk.result).toBeNull();
    expect(desk.time).toBe(T0 + 7 * 86_400_000);
  });

  test("compares by an if, of which an equality becomes the key and the rest is asked after it", async () => {
    const wait = { event: "booked", if: "event.data.user == async.data.user && async.data.seats > 2", timeout: "7 days" };
    const desk = await untilQuiet(new Desk(({ step }) => step.waitForEvent("booking", wait), ada).start());
    expect(desk.inputs).toMatchObject([{ type: "StartWait", path: "data.user", value: "s:ada" }]);
    desk.send({ name: "booked", data: `{"user":"ada","seats":1}` });
    desk.send({ name: "booked", data: `{"user":"ada","seats":3}` });
    await desk.play();
    expect(desk.result).toMatchObject({ data: { seats: 3 } });
  });

  test("gets on in a loop, and sees each event once", async () => {
    const desk = await untilQuiet(
      new Desk(async ({ step }) => {
        const seen: unknown[] = [];
        for (let n = 0; n < 3; n++) {
          const event = await step.waitForEvent("next", { event: "tick", match: "data.user", timeout: "1 day" });
          seen.push((event?.data as { n: number } | undefined)?.n ?? null);
        }
        return seen;
      }, ada).start(),
    );
    for (let n = 0; n < 3; n++) desk.send({ name: "tick", data: JSON.stringify({ user: "ada", n }) });
    await desk.play();
    expect(desk.result).toEqual([0, 1, 2]);
  });

  test("sees what its step before provoked, though the step was recorded after it came", async () => {
    const own = deferred<void>();
    const desk = new Desk(async ({ step }) => {
      await step.run("ask", () => own.promise);
      return step.waitForEvent("answer", { event: "answered", match: "data.user", timeout: "1 day" });
    }, ada).start();
    await turns(2);
    desk.time += 5_000;
    desk.send({ name: "answered", data: `{"user":"ada"}` });
    desk.time += 60_000;
    own.resolve();
    await desk.play();
    expect(desk.result).toMatchObject({ name: "answered" });
  });

  test("sees it though another branch got on meanwhile: what counts is the step that the wait follows", async () => {
    const asked = deferred<void>();
    const other = deferred<void>();
    const desk = new Desk(
      ({ step }) =>
        Promise.all([
          step
            .run("ask", () => asked.promise)
            .then(() => step.waitForEvent("answer", { event: "answered", match: "data.user", timeout: "1 day" })),
          step.run("late", () => null).then(() => step.run("later", () => other.promise)),
        ]).then(([answer]) => answer?.name),
      ada,
    ).start();
    await turns(2);
    desk.send({ name: "answered", data: `{"user":"ada"}` });
    desk.time += 60_000;
    await untilQuiet(desk);
    // Both are recorded before the handler goes on with the first.
    asked.resolve();
    other.resolve();
    await desk.play();
    expect(desk.result).toBe("answered");
  });

  test("looks further back where it is told to", async () => {
    const result = async (lookback: string | number): Promise<unknown> => {
      const desk = new Desk(
        async ({ step }) => {
          await step.sleep("nap", "1h");
          return step.waitForEvent("booking", { event: "booked", match: "data.user", timeout: "1h", lookback });
        },
        { ...ada },
      ).start();
      await turns(3);
      desk.send({ name: "booked", data: `{"user":"ada"}` });
      return (await desk.play()).result;
    };
    expect(await result(0)).toBeNull();
    expect(await result("2h")).toMatchObject({ name: "booked" });
  });

  test("is answered from the record when it is called again", async () => {
    const desk = await untilQuiet(new Desk(booking, ada).start());
    desk.send({ name: "booked", data: `{"user":"ada"}` });
    desk.ack();
    const again = await new Desk(booking, { recorded: desk.journal.slice() }).start().play();
    expect(again.inputs.map(({ type }) => type)).toEqual(["CompleteRun"]);
    expect(again.result).toMatchObject({ name: "booked" });
  });

  test("waits on where it did, and registers nothing twice, when it is called again before", async () => {
    const desk = await untilQuiet(new Desk(booking, ada).start());
    const again = await untilQuiet(new Desk(booking, { recorded: desk.journal.slice() }).start());
    expect(again.inputs).toEqual([]);
    again.send({ name: "booked", data: `{"user":"ada"}` });
    await again.play();
    expect(again.result).toMatchObject({ name: "booked" });
  });
});

describe("a wait is told of in the log, once a step, where", () => {
  async function warnings(handler: Handler, data = `{"user":"ada"}`): Promise<readonly Record<string, unknown>[]> {
    const lines: Record<string, unknown>[] = [];
    const logger = pino({ level: "warn" }, { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) });
    await new Desk(handler, { logger, event: { data } }).start().play();
    return lines;
  }
  const twice =
    (wait: Parameters<StepTools["waitForEvent"]>[1]): Handler =>
    async ({ step }) => {
      await step.waitForEvent("it", wait);
      await step.waitForEvent("it", wait);
    };

  test("the event that began the run lacks what is compared: nothing can match", async () => {
    const lines = await warnings(twice({ event: "booked", match: "data.account.id", timeout: "1h" }));
    expect(lines).toMatchObject([{ code: "WAIT_CANNOT_MATCH", function: "f", step: "it", path: "data.account.id" }]);
    const byIf = await warnings(twice({ event: "booked", if: "async.data.id == event.data.account", timeout: "1h" }));
    expect(byIf).toMatchObject([{ code: "WAIT_CANNOT_MATCH", path: "data.account" }]);
  });

  test("nothing is compared, so that all such waits are in one partition", async () => {
    expect(await warnings(twice({ event: "booked", timeout: "1h" }))).toMatchObject([{ code: "WAIT_WITHOUT_KEY", step: "it" }]);
    expect(await warnings(twice({ event: "booked", if: "async.data.seats > 2", timeout: "1h" }))).toHaveLength(1);
  });

  test("and not where all is well", async () => {
    expect(await warnings(twice({ event: "booked", match: "data.user", timeout: "1h" }))).toEqual([]);
  });
});

describe("a wait is refused where it is written, which fails the run at once, for", () => {
  const good = { event: "booked", match: "data.user", timeout: "1h" };
  const cases: readonly (readonly [string, object, RegExp])[] = [
    ["no time-out", { ...good, timeout: undefined }, /step "it" needs a timeout/],
    ["a time-out that is none", { ...good, timeout: "soon" }, /not a duration/],
    ["no event", { ...good, event: "" }, /a name is a text/],
    ["a wildcard", { ...good, event: "booking/*" }, /cannot end in \*/],
    ["a path that is none", { ...good, match: "user" }, /an event has data/],
    ["an if that is none", { ...good, match: undefined, if: "event.data.user = 1" }, /cannot be used/],
    ["a signal", { ...good, event: "millrace/signal" }, /step.waitForSignal/],
  ];
  test.each(cases)("%s", async (_, wait, message) => {
    const desk = await new Desk(({ step }) => step.waitForEvent("it", wait as { event: string; timeout: string }), ada).start().play();
    expect(desk.result).toEqual({ failed: expect.stringMatching(message) as unknown });
    expect(desk.types.filter((type) => type === "RunAttemptFailed")).toEqual([]);
  });
});

describe("a run that waits for a signal", () => {
  const approval: Handler = ({ step }) => step.waitForSignal("approval", { signal: "order 7", timeout: "1 day" });

  test("gets its data, and one that came shortly before, too", async () => {
    const desk = await untilQuiet(new Desk(approval).start());
    desk.signal("order 8", "not for it");
    desk.signal("order 7", { by: "ada" });
    expect((await desk.play()).result).toEqual({ signal: "order 7", data: { by: "ada" } });

    const early = new Desk(approval).start();
    early.signal("order 7", "early");
    expect((await early.play()).result).toEqual({ signal: "order 7", data: "early" });
  });

  test("gets null when none came in time", async () => {
    expect((await new Desk(approval).start().play()).result).toBeNull();
  });

  test("is alone: a second wait fails with a conflict that can be told", async () => {
    const wait = { signal: "order 7", timeout: "1 day" };
    const second: Handler = async ({ step }) => {
      void step.waitForSignal("first", wait);
      await step.run("between", () => null);
      return step.waitForSignal("second", wait).catch((error: unknown) => (error as { originalName: string }).originalName);
    };
    expect((await new Desk(second).start().play()).result).toBe("SignalConflictError");
  });

  test("or takes the other's place, which gets null", async () => {
    const seen: unknown[] = [];
    const second: Handler = async ({ step }) => {
      void step.waitForSignal("first", { signal: "s", timeout: "1 day" }).then((got) => seen.push(got));
      await step.run("between", () => null);
      return step.waitForSignal("second", { signal: "s", timeout: "1 day", onConflict: "replace" });
    };
    const desk = await untilQuiet(new Desk(second).start());
    expect(seen).toEqual([null]);
    desk.signal("s", 1);
    expect((await desk.play()).result).toEqual({ signal: "s", data: 1 });
  });

  test("is refused for a name that is none, or another word for a conflict", async () => {
    const refused = async (wait: object): Promise<unknown> =>
      (await new Desk(({ step }) => step.waitForSignal("it", { timeout: "1h", signal: "s", ...wait })).start().play()).result;
    expect(await refused({ signal: "" })).toEqual({ failed: expect.stringMatching(/a signal's name is a text/) as unknown });
    expect(await refused({ onConflict: "wait" })).toEqual({
      failed: expect.stringMatching(/onConflict is "fail" or "replace"/) as unknown,
    });
  });
});

test("of waits that begin together the last says that the run rests: an owner that dies between them leaves none behind", async () => {
  const handler: Handler = ({ step }) =>
    Promise.all([
      step.waitForEvent("a", { event: "a", match: "data.user", timeout: "1 day" }),
      step.waitForEvent("b", { event: "b", match: "data.user", timeout: "1 day" }),
    ]);
  const desk = new Desk(handler, ada).start();
  await turns(3);
  desk.ack(1);
  const again = new Desk(handler, { recorded: desk.journal.slice() }).resumeAll();
  await untilQuiet(again);
  expect(again.run.resting).toBe(true);
  expect([...again.run.steps.keys()]).toEqual(["a#0", "b#0"]);
});

test("a run that waits for an event beside a step that runs does not rest", async () => {
  const own = deferred<number>();
  const handler: Handler = ({ step }) =>
    Promise.all([step.run("a", () => own.promise), step.waitForSignal("s", { signal: "s", timeout: "1h" })]);
  const desk = await untilQuiet(new Desk(handler).start());
  expect(desk.run.resting).toBe(false);
});
