// What does not compile is checked by the compiler (`npm run check`): an expected error that is none is an error.
import { expectTypeOf, test } from "vitest";
import { Millrace, type ConcurrencyLimit, type FlowOptions } from "../../../engine/sdk/index.ts";

interface Events {
  "user/updated": { id: string };
  "order/created": { total: number };
}

const app = new Millrace<Events>({ id: "flow-types" });

test("a handler has all events that its run was started for, of the same types as the first", () => {
  app.createFunction(
    { id: "batch", triggers: [{ event: "user/updated" }], batchEvents: { maxSize: 10, timeout: "5s" } },
    ({ event, events }) => {
      expectTypeOf(events[0]).toEqualTypeOf(event);
      expectTypeOf(events.map(({ data }) => data.id)).toEqualTypeOf<string[]>();
    },
  );
  app.createFunction({ id: "two", triggers: [{ event: "user/updated" }, { event: "order/created" }] }, ({ events }) => {
    for (const event of events) {
      if (event.name === "order/created") expectTypeOf(event.data).toEqualTypeOf<{ total: number }>();
      else expectTypeOf(event.data).toEqualTypeOf<{ id: string }>();
    }
  });
});

test("policies leave the types of events as they are", () => {
  app.createFunction(
    {
      id: "all",
      triggers: [{ event: "order/created" }],
      concurrency: [{ limit: 2 }, { limit: 1, key: "event.data.total" }],
      throttle: { limit: 1, period: "1s" },
      onFailure: ({ event }) => {
        expectTypeOf(event.data.event.data).toEqualTypeOf<{ total: number }>();
      },
    },
    ({ event }) => {
      expectTypeOf(event.data).toEqualTypeOf<{ total: number }>();
    },
  );
  expectTypeOf<readonly [ConcurrencyLimit, ConcurrencyLimit]>().toExtend<NonNullable<FlowOptions["concurrency"]>>();
});

test("what is no policy does not compile", () => {
  const triggers = [{ event: "order/created" }] as const;
  const wrong = (): unknown[] => [
    // @ts-expect-error -- a text
    app.createFunction({ id: "a", triggers, concurrency: "5" }, () => null),
    // @ts-expect-error -- three limits
    app.createFunction({ id: "b", triggers, concurrency: [{ limit: 1 }, { limit: 2 }, { limit: 3 }] }, () => null),
    // @ts-expect-error -- no limit
    app.createFunction({ id: "c", triggers, concurrency: { key: "event.key" } }, () => null),
    // @ts-expect-error -- no such scope
    app.createFunction({ id: "d", triggers, concurrency: { limit: 1, scope: "account" } }, () => null),
    // @ts-expect-error -- a key is CEL, in a text
    app.createFunction({ id: "e", triggers, throttle: { limit: 1, period: "1s", key: (event: unknown) => event } }, () => null),
    // @ts-expect-error -- no period
    app.createFunction({ id: "f", triggers, rateLimit: { limit: 1 } }, () => null),
    // @ts-expect-error -- no such option
    app.createFunction({ id: "g", triggers, rateLimit: { limit: 1, period: "1s", burst: 2 } }, () => null),
    // @ts-expect-error -- no such mode
    app.createFunction({ id: "h", triggers, singleton: { mode: "drop" } }, () => null),
    // @ts-expect-error -- no such policy
    app.createFunction({ id: "i", triggers, batch: { maxSize: 1, timeout: "1s" } }, () => null),
    // @ts-expect-error -- no such event
    app.createFunction({ id: "j", triggers: [{ event: "order/crated" }], concurrency: 1 }, () => null),
    // @ts-expect-error -- there are at least the one event
    app.createFunction({ id: "k", triggers }, ({ events }) => void (events satisfies [])),
  ];
  expectTypeOf(wrong).toBeFunction();
});
