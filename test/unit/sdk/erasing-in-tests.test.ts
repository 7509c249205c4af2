// Under test an erasable app is as it is: data is sealed, and tests see it opened.
import { expect, test } from "vitest";
import { Millrace } from "../../../engine/sdk/index.ts";

test("tests see what runs made of data of a subject, and that it is gone when it is erased", async () => {
  const app = new Millrace({ id: "app", erasable: true });
  app.createFunction({ id: "greet", triggers: [{ event: "came" }], retries: 0 }, async ({ event, step }) => {
    const { name } = event.data as { name: string };
    const text = await step.run("text", () => `hello ${name}`);
    const signal = await step.waitForSignal("go on", { signal: "go", timeout: "1 hour" });
    return { text, signal };
  });
  const t = await Millrace.testing(app);
  await t.send({ name: "came", data: { name: "Ada" }, subject: "ada" });
  await t.signal("go", { by: "Ada" }, { subject: "ada" });
  expect(t.run("greet").output).toEqual({ text: "hello Ada", signal: { signal: "go", data: { by: "Ada" } } });
  const [grace] = await t.send({ name: "came", data: { name: "Grace" }, subject: "grace" });
  expect(await t.erase("grace")).toEqual({ keys: 1 });
  await t.signal("go", "on");
  expect(t.run(grace?.id ?? "")).toMatchObject({ status: "failed", error: { name: "SubjectErasedError" } });
  await t.stop();
});
