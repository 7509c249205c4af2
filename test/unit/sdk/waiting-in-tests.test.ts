// Whole apps on a log in memory: what waits, and what comes to it.
import { expect, test } from "vitest";
import { Millrace } from "../../../engine/sdk/index.ts";

interface Events {
  "user/signed.up": { userId: string };
  "booking/created": { userId: string; seats: number };
  "account/deleted": { userId: string };
}

test("an event that is awaited gets a run on, and the time-out does where none comes", async () => {
  const app = new Millrace<Events>({ id: "waits" });
  app.createFunction({ id: "drip", triggers: [{ event: "user/signed.up" }] }, async ({ step }) => {
    const booking = await step.waitForEvent("first booking", { event: "booking/created", match: "data.userId", timeout: "7 days" });
    return booking === null ? "remind" : booking.data.seats;
  });
  const t = await Millrace.testing(app);
  const [ada, bob] = await t.send([
    { name: "user/signed.up", data: { userId: "ada" } },
    { name: "user/signed.up", data: { userId: "bob" } },
  ]);
  expect(t.run(ada?.id ?? "").steps).toMatchObject([{ id: "first booking", status: "waiting" }]);
  await t.send({ name: "booking/created", data: { userId: "ada", seats: 2 } });
  expect(t.run(ada?.id ?? "")).toMatchObject({
    status: "completed",
    output: 2,
    steps: [{ status: "resolved", output: { data: { seats: 2 } } }],
  });
  await t.advance("6 days");
  expect(t.run(bob?.id ?? "").status).toBe("running");
  await t.advance("1 day");
  await t.advance("1s");
  expect(t.run(bob?.id ?? "")).toMatchObject({ status: "completed", output: "remind" });
  await t.stop();
});

test("a signal goes to the run that waits for it", async () => {
  const app = new Millrace<Events>({ id: "signals" });
  app.createFunction({ id: "approval", triggers: [{ event: "user/signed.up" }] }, async ({ event, step }) => {
    const answer = await step.waitForSignal<{ by: string }>("answer", { signal: `approve ${event.data.userId}`, timeout: "1 day" });
    return answer?.data.by;
  });
  const t = await Millrace.testing(app);
  await t.send({ name: "user/signed.up", data: { userId: "ada" } });
  await t.signal("approve bob", { by: "nobody" });
  expect(t.run("approval").status).toBe("running");
  await t.signal("approve ada", { by: "carol" });
  expect(t.run("approval")).toMatchObject({ status: "completed", output: "carol" });
  await t.stop();
});

test("children, events that steps send, races and iterations run to their ends", async () => {
  const app = new Millrace<Events>({ id: "vocabulary" });
  const price = app.createFunction({ id: "price", triggers: [{ event: "booking/created" }] }, ({ event, step }) =>
    step.run("compute", () => event.data.seats * 10),
  );
  app.createFunction({ id: "book", triggers: [{ event: "user/signed.up" }] }, async ({ event, step }) => {
    const { userId } = event.data;
    const invoked = await step.invoke("price", { function: price, data: { userId, seats: 3 } });
    await step.sendEvent("tell", { name: "booking/created", data: { userId, seats: invoked } });
    const { winner, value } = await step.race({
      slow: (own) => own.sleep("slow", "1 day"),
      quick: (own) => own.run("quick", () => "won"),
    });
    const counted = await step.iterate("count", { from: 0, next: (n) => ({ cursor: n + 1, done: n === 4 }) });
    const all = await step.all(
      [1, 2, 3].map((n) => (own) => own.run(`task ${n}`, () => n)),
      { concurrency: 2 },
    );
    return [invoked, winner, value, counted, all];
  });
  const t = await Millrace.testing(app);
  await t.send({ name: "user/signed.up", data: { userId: "ada" } });
  const runs = t.runs().map(({ functionId, output, event }) => [functionId, event.name, output]);
  expect(runs).toEqual([
    ["book", "user/signed.up", [30, "quick", "won", 5, [1, 2, 3]]],
    ["price", "millrace/function.invoked", 30],
    ["price", "booking/created", 300],
  ]);
  expect(t.run("book").steps.map(({ id, status }) => `${id}: ${status}`)).toEqual([
    "price: completed",
    "tell: completed",
    "quick: completed",
    "slow: cancelled",
    "count: completed",
    "task 1: completed",
    "task 2: completed",
    "task 3: completed",
  ]);
  await t.stop();
});

test("a run is cancelled by request, by an event of its cancelOn, and by a time-out, and onCancel runs", async () => {
  const told: string[] = [];
  const app = new Millrace<Events>({ id: "cancelling" });
  app.createFunction(
    {
      id: "drip",
      triggers: [{ event: "user/signed.up" }],
      cancelOn: [{ event: "account/deleted", match: "data.userId" }],
      timeouts: { finish: "20 days" },
      onCancel: ({ event, step }) =>
        step.run("tidy", () => {
          told.push(`${event.data.event.data.userId}: ${event.data.reason}`);
        }),
    },
    ({ step }) => step.sleep("a month", "30 days"),
  );
  const t = await Millrace.testing(app);
  const runs = await t.send(["ada", "bob", "eve"].map((userId) => ({ name: "user/signed.up" as const, data: { userId } })));
  const [ada, bob, eve] = runs.map(({ id }) => id);
  await t.cancel(ada ?? "", { reason: "asked to" });
  await t.send({ name: "account/deleted", data: { userId: "bob" } });
  expect(t.run(ada ?? "")).toMatchObject({ status: "cancelled", reason: "asked to" });
  expect(t.run(bob ?? "").status).toBe("cancelled");
  expect(t.run(eve ?? "").status).toBe("running");
  await t.advance("20 days");
  await t.advance("1s");
  expect(t.run(eve ?? "").status).toBe("cancelled");
  expect(told).toEqual([
    "ada: asked to",
    expect.stringMatching(/^bob: event account\/deleted/) as unknown,
    expect.stringMatching(/^eve: it was not over in time/) as unknown,
  ]);
  await t.stop();
});

test("what is no run of this app cannot be cancelled or released", async () => {
  const app = new Millrace({ id: "none" });
  app.createFunction({ id: "f", triggers: [{ event: "a" }] }, () => null);
  const t = await Millrace.testing(app);
  await expect(t.cancel("run 7")).rejects.toMatchObject({ code: "INVALID_RUN_ID" });
  await expect(t.release("01ARZ3NDEKTSV4RRFFQ69G5FAV")).rejects.toMatchObject({ code: "INVALID_RUN_ID" });
  await t.stop();
});
