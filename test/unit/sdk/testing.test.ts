import { expect, test } from "vitest";
import { Millrace } from "../../../engine/sdk/index.ts";

interface Events {
  "user/signed.up": { email: string };
}

function signupApp(mails: string[]): Millrace<Events> {
  const app = new Millrace<Events>({ id: "shop" });
  app.createFunction({ id: "signup", triggers: [{ event: "user/signed.up" }], retries: 2 }, async ({ event, step }) => {
    const user = await step.run("create user", () => ({ id: event.data.email.length, at: new Date(0) }));
    await step.run("send mail", ({ attempt }) => {
      if (attempt === 0) throw new Error("mail server is away");
      mails.push(event.data.email);
    });
    await step.sleep("settle in", "30 days");
    return { user: user.id, since: user.at };
  });
  return app;
}

test("a function's retries and month-long sleeps are tested in no time, by a clock that is told to go on", async () => {
  const mails: string[] = [];
  const t = await Millrace.testing(signupApp(mails));
  const [run] = await t.send({ name: "user/signed.up", data: { email: "a@b.c" } });
  expect(run).toMatchObject({ functionId: "signup", status: "running" });
  expect(t.run("signup").steps.map(({ id, status }) => [id, status])).toEqual([
    ["create user", "completed"],
    ["send mail", "retrying"],
  ]);
  expect(mails).toEqual([]);

  await t.advance("2s");
  expect(mails).toEqual(["a@b.c"]);
  expect(t.run("signup").steps.at(-1)).toMatchObject({ id: "settle in", status: "sleeping" });

  await t.advance("29 days");
  expect(t.run("signup").status).toBe("running");
  await t.advance("1 day");
  expect(t.run("signup")).toMatchObject({ status: "completed", output: { user: 5, since: "1970-01-01T00:00:00.000Z" } });
  await t.stop();
});

test("a step that takes real time is waited for", async () => {
  const app = new Millrace<Events>({ id: "slow" });
  app.createFunction({ id: "slow", triggers: [{ event: "user/*" }] }, ({ step }) =>
    step.run("fetch", async () => {
      await new Promise((resolve) => setTimeout(resolve, 40));
      return "fetched";
    }),
  );
  const t = await Millrace.testing(app);
  const [run] = await t.send({ name: "user/signed.up", data: { email: "a@b.c" } });
  expect(run?.output).toBe("fetched");
  await t.stop();
});
