// Events that steps send, and functions that they invoke.
import { describe, expect, test } from "vitest";
import type { Handler } from "../../../engine/execution/function.ts";
import { deferred } from "../../support/deferred.ts";
import { Desk } from "../../support/desk.ts";
import { T0, turns } from "../../support/fake-clock.ts";
import { RUN, runsStarted } from "../../support/records.ts";
import type { JournalRecord } from "../../../engine/workflow/records.ts";

function owed(desk: Desk): readonly Extract<JournalRecord, { type: "EmissionOwed" }>[] {
  return desk.journal.filter((record) => record.type === "EmissionOwed");
}

async function failureOf(handler: Handler): Promise<unknown> {
  const { result } = await new Desk(handler).start().play();
  return (result as { failed?: unknown }).failed;
}

describe("a step that sends events", () => {
  test("sends one or many, whose ids follow from the run and the step (R10), and returns them", async () => {
    const desk = await new Desk(async ({ step }) => [
      await step.sendEvent("tell", { name: "a", data: { n: 1 }, key: "k" }),
      await step.sendEvent("tell", [
        { name: "b", data: null },
        { name: "c", data: [2], id: "own", time: T0 + 1 },
      ]),
    ])
      .start()
      .play();
    expect(desk.result).toEqual([{ ids: [`${RUN}/tell#0/0`] }, { ids: [`${RUN}/tell#1/0`, "own"] }]);
    const events = owed(desk).map(({ headers, value, key }) => [
      headers["ce_type"]?.toString(),
      headers["ce_id"]?.toString(),
      value?.toString(),
      key?.toString(),
    ]);
    expect(events).toEqual([
      ["a", `${RUN}/tell#0/0`, `{"n":1}`, "k"],
      ["b", `${RUN}/tell#1/0`, "null", undefined],
      ["c", "own", "[2]", undefined],
    ]);
  });

  test("sends nothing again when the function is called again", async () => {
    const handler: Handler = async ({ step }) => (await step.sendEvent("tell", { name: "a", data: 1 })).ids.length;
    const whole = await new Desk(handler).start().play();
    const cut = whole.journal.findIndex(({ type }) => type === "RunCompleted");
    const again = await new Desk(handler, { recorded: whole.journal.slice(0, cut) }).start().play();
    expect(again.result).toBe(1);
    expect(owed(again)).toHaveLength(1);
  });

  test("refuses, at once and with nothing sent, what app.send refuses, and what is too much for a frame (R15)", async () => {
    const sending =
      (events: unknown): Handler =>
      ({ step }) =>
        step.sendEvent("tell", events as { name: string; data: unknown }[]);
    const half = { name: "half", data: "x".repeat(600_000) };
    expect(await failureOf(sending({ name: "millrace/signal", data: 1 }))).toMatch(/names that begin with "millrace\/"/);
    expect(await failureOf(sending({ name: "", data: 1 }))).toMatch(/a name is a text/);
    expect(await failureOf(sending({ name: "a", data: 1n }))).toMatch(/is a BigInt/);
    expect(await failureOf(sending({ name: "a", data: "x".repeat(2_000_000) }))).toMatch(/has 2000002 bytes; the limit is 1048576/);
    expect(await failureOf(sending([half, half]))).toMatch(/the events of step "tell" have 1200004 bytes together/);
    expect(await failureOf(sending([]))).toMatch(/sends 1 to 1000 events, not 0/);
    expect(await failureOf(sending(Array.from({ length: 1_001 }, () => ({ name: "a", data: 1 }))))).toMatch(/not 1001/);
  });
});

describe("a step that invokes a function", () => {
  const price: Handler = async ({ event, step }) => {
    const { total } = event.data as { total: number };
    return await step.run("add tax", () => ({ event: event.name, gross: total * 2 }));
  };
  const parent: Handler = ({ step }) => step.invoke("price", { function: "price", data: { total: 7 } });

  test("gets what the child returns, which got the data as that of an event of its own", async () => {
    const desk = await new Desk(parent, { functions: { price } }).start().play();
    expect(desk.result).toEqual({ event: "millrace/function.invoked", gross: 14 });
  });

  test("throws what the child failed with", async () => {
    const failing: Handler = async ({ step }) => {
      try {
        await step.invoke("price", { function: "price" });
      } catch (error) {
        const { code, originalName, message, stepId } = error as { code: string; originalName: string; message: string; stepId: string };
        return { code, originalName, message, stepId };
      }
      return null;
    };
    const bad: Handler = ({ step }) =>
      step.run({ id: "a", retries: 0 }, () => {
        throw new RangeError("no such order");
      });
    const desk = await new Desk(failing, { functions: { price: bad } }).start().play();
    expect(desk.result).toMatchObject({ code: "STEP_FAILED", message: "no such order", stepId: "price" });
  });

  test("rests meanwhile, and is answered when it is called again", async () => {
    const slow: Handler = async ({ step }) => {
      await step.sleep("nap", "1 day");
      return "slept";
    };
    const desk = new Desk(parent, { functions: { price: slow } }).start();
    for (let n = 0; n < 6; n++) {
      await turns(2);
      desk.ack();
    }
    expect(desk.run.resting).toBe(true);
    const again = await new Desk(parent, { functions: { price: slow }, recorded: desk.journal.slice(), now: desk.time }).resumeAll().play();
    expect(again.result).toBe("slept");
    expect(again.inputs.map(({ type }) => type)).toEqual(["WakeStep", "CompleteRun", "CompleteRun"]);
  });

  test("stops waiting at its time-out, with a TimeoutError, and the child is cancelled", async () => {
    const timing: Handler = ({ step }) =>
      step
        .invoke("price", { function: "price", timeout: "1h" })
        .catch((error: unknown) => (error as { originalName: string }).originalName);
    const slow: Handler = ({ step }) => step.sleep("nap", "1 day");
    const desk = await new Desk(timing, { functions: { price: slow } }).start().play();
    expect(desk.result).toBe("TimeoutError");
    expect(desk.types).toContain("RunCancelled");
    expect(desk.state.runs.size).toBe(0);
  });

  test("is told that there is no such function", async () => {
    const desk = await new Desk(parent).start().play();
    expect(desk.result).toEqual({ failed: expect.stringMatching(/There is no function "price"/) as unknown });
  });

  test("refuses what is no function, and data that cannot be recorded", async () => {
    const invoking =
      (options: object): Handler =>
      ({ step }) =>
        step.invoke("price", options as { function: string });
    expect(await failureOf(invoking({}))).toMatch(/`function` is what app.createFunction returned, or a function's id/);
    expect(await failureOf(invoking({ function: "f", data: { n: 1n } }))).toMatch(/is a BigInt/);
    expect(await failureOf(invoking({ function: "f", data: "x".repeat(2_000_000) }))).toMatch(/1048576 may be recorded/);
    expect(await failureOf(invoking({ function: "f", timeout: "soon" }))).toMatch(/not a duration/);
  });
});

describe("when a run is cancelled", () => {
  test("its children are, but for those that are detached, and what executes is told by its signal", async () => {
    const told: string[] = [];
    const child =
      (name: string): Handler =>
      ({ step }) =>
        step.run("work", ({ signal }) => {
          signal.addEventListener("abort", () => told.push(`${name}: ${String((signal.reason as Error).message)}`));
          return deferred<void>().promise;
        });
    const parent: Handler = ({ step }) =>
      Promise.all([
        step.invoke("bound", { function: "bound" }),
        step.invoke("loose", { function: "loose", detached: true }),
        step.run("own", ({ signal }) => {
          signal.addEventListener("abort", () => told.push("own"));
          return deferred<void>().promise;
        }),
      ]);
    const desk = new Desk(parent, { functions: { bound: child("bound"), loose: child("loose") } }).start();
    await turns(2);
    desk.ack();
    await turns(3);
    desk.cancel();
    desk.ack();
    expect(desk.result).toEqual({ cancelled: "as asked" });
    expect(told.toSorted()).toEqual([expect.stringMatching(/^bound: the run was cancelled/) as unknown, "own"]);
    expect([...desk.state.runs.values()].map(({ functionId }) => functionId)).toEqual(["loose"]);
  });

  test("what its steps come to afterwards does not count", async () => {
    const own = deferred<number>();
    const desk = new Desk(({ step }) => step.run("a", () => own.promise), { recorded: [runsStarted()] }).start();
    await turns(2);
    desk.cancel();
    desk.ack();
    own.resolve(1);
    await desk.play();
    expect(desk.inputs).toEqual([]);
  });
});
