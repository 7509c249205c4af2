// What does not compile is checked by the compiler (`npm run check`): an expected error that is none is an error.
import { expectTypeOf, test } from "vitest";
import { Millrace } from "../../../engine/sdk/index.ts";

interface Events {
  "user/signed.up": { email: string };
  "order/created": { total: number };
  "order/line/added": { sku: string };
}

const app = new Millrace<Events>({ id: "types" });

test("a handler gets the data of its triggers, told apart by name", () => {
  app.createFunction({ id: "one", triggers: [{ event: "user/signed.up" }] }, ({ event }) => {
    expectTypeOf(event.data).toEqualTypeOf<{ email: string }>();
  });
  app.createFunction({ id: "two", triggers: [{ event: "user/signed.up" }, { event: "order/created" }] }, ({ event }) => {
    if (event.name === "order/created") expectTypeOf(event.data).toEqualTypeOf<{ total: number }>();
    else expectTypeOf(event.data.email).toEqualTypeOf<string>();
  });
  app.createFunction({ id: "wild", triggers: [{ event: "order/*" }] }, ({ event }) => {
    expectTypeOf(event.name).toEqualTypeOf<"order/created" | "order/line/added">();
  });
  app.createFunction({ id: "all", triggers: [{ event: "*" }] }, ({ event }) => {
    expectTypeOf(event.name).toEqualTypeOf<
      "user/signed.up" | "order/created" | "order/line/added" | "millrace/function.failed" | "millrace/function.cancelled"
    >();
  });
  app.createFunction({ id: "failures", triggers: [{ event: "millrace/function.failed" }] }, ({ event }) => {
    expectTypeOf(event.data.functionId).toEqualTypeOf<string>();
  });
});

test("a handler that a cron starts gets its tick, told apart from events by name", () => {
  app.createFunction({ id: "cron", triggers: [{ cron: "TZ=Europe/Warsaw 0 9 * * *", jitter: "5m", missed: "all" }] }, ({ event }) => {
    expectTypeOf(event.name).toEqualTypeOf<"millrace/cron">();
    expectTypeOf(event.data).toEqualTypeOf<{ readonly cron: string; readonly tick: string }>();
  });
  app.createFunction(
    { id: "both", triggers: [{ event: "user/signed.up", if: "event.data.email != ''" }, { cron: "0 9 * * *" }] },
    ({ event }) => {
      expectTypeOf(event.name).toEqualTypeOf<"user/signed.up" | "millrace/cron">();
      if (event.name === "millrace/cron") expectTypeOf(event.data.tick).toEqualTypeOf<string>();
      else expectTypeOf(event.data).toEqualTypeOf<{ email: string }>();
    },
  );
  app.createFunction({ id: "one of two", triggers: [{ event: "order/*" }] }, ({ event }) => {
    expectTypeOf(event.name).toEqualTypeOf<"order/created" | "order/line/added">();
  });
});

test("a failure handler gets the event that had started the run", () => {
  app.createFunction(
    {
      id: "with failure handler",
      triggers: [{ event: "order/created" }],
      onFailure: ({ event }) => {
        expectTypeOf(event.data.event.data).toEqualTypeOf<{ total: number }>();
      },
    },
    () => null,
  );
  app.createFunction(
    {
      id: "cron with failure handler",
      triggers: [{ cron: "0 9 * * *" }],
      onFailure: ({ event }) => {
        expectTypeOf(event.data.event.data.tick).toEqualTypeOf<string>();
      },
    },
    () => null,
  );
});

test("a step's result is what JSON leaves of it", () => {
  app.createFunction({ id: "steps", triggers: [{ event: "order/created" }] }, async ({ step }) => {
    const result = await step.run("load", () => ({
      at: new Date(),
      lines: [{ sku: "a" }],
      note: undefined as string | undefined,
      log() {},
    }));
    expectTypeOf(result.at).toEqualTypeOf<string>();
    expectTypeOf(result.lines).toEqualTypeOf<{ sku: string }[]>();
    expectTypeOf<"log" extends keyof typeof result ? true : false>().toEqualTypeOf<false>();
    expectTypeOf(await step.run("nothing", async () => {})).toEqualTypeOf<void>();
  });
});

test("wrong names and payloads do not compile", () => {
  const wrong = (): unknown[] => [
    // @ts-expect-error -- no such event
    app.send({ name: "user/signed.in", data: { email: "a" } }),
    // @ts-expect-error -- the payload of another event
    app.send({ name: "user/signed.up", data: { total: 1 } }),
    // @ts-expect-error -- no such trigger
    app.createFunction({ id: "x", triggers: [{ event: "user/nothing" }] }, () => null),
    // @ts-expect-error -- no event matches this wildcard
    app.createFunction({ id: "y", triggers: [{ event: "invoice/*" }] }, () => null),
    // @ts-expect-error -- an event or a cron, not both
    app.createFunction({ id: "v", triggers: [{ event: "order/created", cron: "0 9 * * *" }] }, () => null),
    // @ts-expect-error -- jitter is for crons
    app.createFunction({ id: "w", triggers: [{ event: "order/created", jitter: "1m" }] }, () => null),
    // @ts-expect-error -- no such policy
    app.createFunction({ id: "u", triggers: [{ cron: "0 9 * * *", missed: "some" }] }, () => null),
    // @ts-expect-error -- no such property
    app.createFunction({ id: "z", triggers: [{ event: "order/created" }] }, ({ event }) => void event.data.email),
  ];
  expectTypeOf(wrong).toBeFunction();
});

test("an app without a map takes any event", () => {
  const loose = new Millrace({ id: "loose" });
  loose.createFunction({ id: "any", triggers: [{ event: "a/b" }] }, ({ event }) => {
    expectTypeOf(event.data).toBeAny();
  });
});
