// What does not compile is checked by the compiler (`npm run check`): an expected error that is none is an error.
import { expectTypeOf, test } from "vitest";
import { Millrace, type EventView, type FunctionContext, type InvokedEvent, type MillraceFunction } from "../../../engine/sdk/index.ts";

interface Events {
  "user/signed.up": { userId: string };
  "booking/created": { userId: string; seats: number };
}

const app = new Millrace<Events>({ id: "types" });
const other = new Millrace<Events>({ id: "other" });
const triggers = [{ event: "user/signed.up" }] as const;

test("an awaited event has the data of its name, or is null", () => {
  app.createFunction({ id: "waits", triggers }, async ({ step }) => {
    const booking = await step.waitForEvent("booking", { event: "booking/created", match: "data.userId", timeout: "7 days" });
    expectTypeOf(booking).toEqualTypeOf<EventView<"booking/created", { userId: string; seats: number }> | null>();
    const failed = await step.waitForEvent("failed", { event: "millrace/function.failed", timeout: 1 });
    expectTypeOf(failed?.data.functionId).toEqualTypeOf<string | undefined>();
    const signal = await step.waitForSignal<{ by: string }>("approval", { signal: "s", timeout: "1 day" });
    expectTypeOf(signal?.data.by).toEqualTypeOf<string | undefined>();
    expectTypeOf((await step.waitForSignal("approval", { signal: "s", timeout: "1 day" }))?.data).toEqualTypeOf<unknown>();
  });
});

test("a function's handle says what it takes and what it returns", () => {
  const price = app.createFunction({ id: "price", triggers: [{ event: "booking/created" }] }, async ({ event }) => ({
    total: event.data.seats * 10,
    at: new Date(),
  }));
  expectTypeOf(price).toEqualTypeOf<MillraceFunction<{ userId: string; seats: number }, { total: number; at: string }>>();
  const invoked = app.createFunction(
    { id: "invoked", triggers: [] },
    async ({ event, step }: FunctionContext<InvokedEvent<{ orderId: string }>, Events>) => {
      expectTypeOf(event.name).toEqualTypeOf<"millrace/function.invoked">();
      return step.run("a", () => event.data.orderId);
    },
  );
  expectTypeOf(invoked).toEqualTypeOf<MillraceFunction<{ orderId: string }, string>>();
  const anything = app.createFunction({ id: "anything", triggers: [] }, ({ event }) => {
    expectTypeOf(event).toEqualTypeOf<InvokedEvent<unknown>>();
    return 1;
  });
  app.createFunction({ id: "parent", triggers }, async ({ step }) => {
    expectTypeOf(await step.invoke("a", { function: price, data: { userId: "u", seats: 2 } })).toEqualTypeOf<{
      total: number;
      at: string;
    }>();
    expectTypeOf(
      await step.invoke("b", { function: invoked, data: { orderId: "o" }, timeout: "1h", detached: true }),
    ).toEqualTypeOf<string>();
    expectTypeOf(await step.invoke("c", { function: anything })).toEqualTypeOf<number>();
    expectTypeOf(await step.invoke("d", { function: "price", data: 1 })).toEqualTypeOf<unknown>();
  });
});

test("a race gives its winner and that one's value; all gives what each task returns", () => {
  app.createFunction({ id: "races", triggers }, async ({ step }) => {
    const { winner, value } = await step.race({
      booked: (own) => own.waitForEvent("booking", { event: "booking/created", match: "data.userId", timeout: "7 days" }),
      late: async (own) => {
        await own.sleep("a day", "1 day");
        return 7;
      },
    });
    expectTypeOf(winner).toEqualTypeOf<"booked" | "late">();
    if (winner === "late") expectTypeOf(value).toEqualTypeOf<number>();
    else expectTypeOf(value?.data.seats).toEqualTypeOf<number | undefined>();

    const seats = await step.all(
      [1, 2].map((n) => (own) => own.run("seat", () => ({ n }))),
      { concurrency: 5 },
    );
    expectTypeOf(seats).toEqualTypeOf<{ n: number }[]>();
    const both = await step.all([(own) => own.sleep("nap", 1), (own) => own.run("text", () => "text")]);
    expectTypeOf(both).toEqualTypeOf<[void, string]>();
  });
});

test("an iteration goes on with what its cursor is as JSON", () => {
  app.createFunction({ id: "iterates", triggers }, async ({ step }) => {
    const last = await step.iterate("rows", {
      from: 0,
      next: async (cursor, { idempotencyKey }) => {
        expectTypeOf(cursor).toEqualTypeOf<number>();
        expectTypeOf(idempotencyKey).toEqualTypeOf<string>();
        return { cursor: cursor + 1, done: true };
      },
    });
    expectTypeOf(last).toEqualTypeOf<number>();
    const page = await step.iterate("pages", { from: null as string | null, next: (cursor) => ({ cursor: `${cursor}+`, done: true }) });
    expectTypeOf(page).toEqualTypeOf<string | null>();
  });
});

test("onCancel gets the event that had started the run, and why it was cancelled", () => {
  app.createFunction(
    {
      id: "cancels",
      triggers,
      cancelOn: [{ event: "booking/created", match: "data.userId", timeout: "1 day" }],
      timeouts: { start: "10m", finish: "1 day" },
      onCancel: ({ event }) => {
        expectTypeOf(event.data.reason).toEqualTypeOf<string>();
        expectTypeOf(event.data.event.data).toEqualTypeOf<{ userId: string }>();
      },
    },
    () => null,
  );
});

test("wrong names, payloads and handles do not compile", () => {
  const price = app.createFunction({ id: "price2", triggers: [{ event: "booking/created" }] }, () => 1);
  const twoTriggers = app.createFunction({ id: "two", triggers: [{ event: "booking/created" }, { event: "user/signed.up" }] }, () => 1);
  const wrong = (): unknown[] => [
    app.createFunction({ id: "x", triggers }, ({ step }) => {
      const calls = [
        // @ts-expect-error -- no such event
        step.waitForEvent("a", { event: "booking/made", timeout: "1h" }),
        // @ts-expect-error -- no time-out
        step.waitForEvent("a", { event: "booking/created" }),
        // @ts-expect-error -- a wildcard is for triggers
        step.waitForEvent("a", { event: "booking/*", timeout: "1h" }),
        // @ts-expect-error -- the payload of another event
        step.sendEvent("a", { name: "user/signed.up", data: { seats: 1 } }),
        // @ts-expect-error -- not what the function takes
        step.invoke("a", { function: price, data: { seats: "two" } }),
        // @ts-expect-error -- it takes data
        step.invoke("a", { function: price }),
        // @ts-expect-error -- whose data it gets, it tells by the trigger
        step.invoke("a", { function: twoTriggers, data: { userId: "u" } }),
        // @ts-expect-error -- no such word
        step.waitForSignal("a", { signal: "s", timeout: "1h", onConflict: "wait" }),
        // @ts-expect-error -- next says whether it is done
        step.iterate("a", { from: 0, next: (cursor) => ({ cursor }) }),
      ];
      return calls;
    }),
    // @ts-expect-error -- no such event
    app.createFunction({ id: "y", triggers, cancelOn: [{ event: "booking/made" }] }, () => null),
    // @ts-expect-error -- no such time-out
    app.createFunction({ id: "z", triggers, timeouts: { end: "1h" } }, () => null),
  ];
  expectTypeOf(wrong).toBeFunction();
  expectTypeOf(other).toEqualTypeOf<Millrace<Events>>();
});

test("an app without a map waits for any event", () => {
  const loose = new Millrace({ id: "loose" });
  loose.createFunction({ id: "any", triggers: [{ event: "a/*" }] }, async ({ event, step }) => {
    expectTypeOf(event.data).toBeAny();
    const got = await step.waitForEvent("b", { event: "b", timeout: "1h" });
    expectTypeOf(got?.name).toEqualTypeOf<"b" | undefined>();
    expectTypeOf(got?.data).toBeAny();
  });
});
