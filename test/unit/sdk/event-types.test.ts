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
    expectTypeOf(event.name).toEqualTypeOf<"user/signed.up" | "order/created" | "order/line/added" | "millrace/function.failed">();
  });
  app.createFunction({ id: "failures", triggers: [{ event: "millrace/function.failed" }] }, ({ event }) => {
    expectTypeOf(event.data.functionId).toEqualTypeOf<string>();
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
    // @ts-expect-error -- no such property
    app.createFunction({ id: "z", triggers: [{ event: "order/created" }] }, ({ event }) => event.data.email),
  ];
  expectTypeOf(wrong).toBeFunction();
});

test("an app without a map takes any event", () => {
  const loose = new Millrace({ id: "loose" });
  loose.createFunction({ id: "any", triggers: [{ event: "a/b" }] }, ({ event }) => {
    expectTypeOf(event.data).toBeAny();
  });
});
