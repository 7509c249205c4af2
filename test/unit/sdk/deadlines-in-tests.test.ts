// Time-outs of waits in tests: whatever comes due on the way of `advance` happens, its very end included.
import { expect, onTestFinished, test } from "vitest";
import { Millrace } from "../../../engine/sdk/millrace.ts";
import type { StepTools } from "../../../engine/execution/step-tools.ts";

const ENDS: Readonly<Record<string, (step: StepTools) => Promise<unknown>>> = {
  "an event": (step) => step.waitForEvent("w", { event: "order/paid", match: "data.id", timeout: "7 days" }),
  "a signal": (step) => step.waitForSignal("s", { signal: "go", timeout: "7 days" }),
  "a race of both": (step) =>
    step.race({
      event: (branch) => branch.waitForEvent("w", { event: "order/paid", match: "data.id", timeout: "7 days" }),
      signal: (branch) => branch.waitForSignal("s", { signal: "go", timeout: "7 days" }),
    }),
};

test.each(Object.keys(ENDS))("a wait for %s ends when its seven days have passed, and not before", async (what) => {
  const app = new Millrace({ id: "deadlines" });
  app.createFunction({ id: "f", triggers: [{ event: "order/placed" }] }, async ({ step }) => {
    await ENDS[what]?.(step);
    return "over";
  });
  const t = await Millrace.testing(app);
  onTestFinished(() => t.stop());
  await t.send({ name: "order/placed", data: { id: 1 } });
  await t.advance("6 days");
  expect(t.run("f").status).toBe("running");
  await t.advance("1 day");
  expect(t.run("f").status).toBe("completed");
});
