// Partitions go to members that have the code in force (R8: a proposal); runs whose code is nowhere are shown, and go on when it is back.
import { afterEach, beforeEach, expect, test } from "vitest";
import { FunctionsTopic } from "../../../engine/worker/functions-topic.ts";
import { suitabilityOf } from "../../../engine/worker/deployment.ts";
import { encodeFacts } from "../../../engine/worker/member-facts.ts";
import { AppBench, PARTITIONS } from "../../support/app-bench.ts";
import { deferred } from "../../support/deferred.ts";
import { turns, until } from "../../support/fake-clock.ts";

let bench: AppBench;

beforeEach(async () => {
  bench = await AppBench.open();
});

afterEach(async () => {
  await bench.close();
});

test("members with the code in force come first, who brings a new manifest counts as having it, and who cannot read the journals comes last", async () => {
  await bench.log.createTopics([{ topic: "functions", partitions: 1, settings: {} }]);
  const functions = new FunctionsTopic(bench.log, "functions", new AbortController().signal);
  const suits = (manifest: string | null, reads: number): string =>
    suitabilityOf(encodeFacts({ worker: "w", manifest, reads, tells: [] }), functions);
  expect(suits("new", 1)).toBe("well");
  await functions.publish({ hash: "old", content: "{}", worker: "w" });
  await functions.publish({ hash: "in force", content: "{}", worker: "w" });
  expect([suits("in force", 1), suits("old", 1), suits("never seen", 1)]).toEqual(["well", "poorly", "well"]);
  await functions.activateFormat({ format: 2, by: "w", time: 0 });
  expect([suits("in force", 1), suits("in force", 2), suits("old", 2)]).toEqual(["not", "well", "poorly"]);
});

test("in a rolling deployment partitions of the old go to the new, not to each other", async () => {
  const old = [bench.app(bench.noting, { functionId: "old" }), bench.app(bench.noting, { functionId: "old" })];
  await bench.passing(Promise.all(old.map((app) => app.start())));
  const fresh = bench.app(bench.noting, { functionId: "new" });
  await bench.passing(fresh.start());
  expect(fresh.status()).toHaveLength(1);
  await bench.passing(old[0]?.stop() ?? Promise.reject(new Error("no app")));
  await bench.passing(until("the new one has all", () => fresh.status().length === PARTITIONS));
  expect(old[1]?.status()).toEqual([]);
});

test("runs whose code is nowhere are shown, and go on when it is back", async () => {
  const first = bench.app(
    async ({ step, event }) => {
      await step.run("a", () => bench.executed.push("a"));
      await step.sleep("nap", "1 hour");
      await step.run("b", () => bench.executed.push(event.id));
    },
    { functionId: "old" },
  );
  await bench.passing(first.start());
  await bench.send(first, 3);
  await until("all sleep", () => bench.executed.length === 3);
  await turns(50);
  await bench.passing(first.stop());

  const without = bench.app(bench.noting, { functionId: "new" });
  await bench.passing(without.start());
  await bench.clock.advance(3_700_000);
  const problems = (): readonly string[] => without.status().flatMap((report) => report.problems);
  await until("they are shown", () => problems().length > 0);
  expect(problems()[0]).toBe("FUNCTION_NOT_HERE: this worker has no code for function old; its runs wait");
  expect(without.status().reduce((sum, { openRuns }) => sum + openRuns, 0)).toBe(3);
  await bench.passing(without.stop());

  const go = deferred<void>();
  const back = bench.app(
    async ({ step, event }) => {
      await step.run("a", () => bench.executed.push("again"));
      await step.sleep("nap", "1 hour");
      await step.run("b", () => go.promise.then(() => bench.executed.push(event.id)));
    },
    { functionId: "old" },
  );
  await bench.passing(back.start());
  go.resolve();
  await bench.passing(until("they go on", () => bench.executed.length === 6));
  expect(bench.executed).not.toContain("again");
});
