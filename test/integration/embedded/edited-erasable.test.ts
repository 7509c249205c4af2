// What people give otherwise for a run about somebody is sealed like the rest of it: the log has not a word of it, and erasing reaches it.
import { expect, test, vi } from "vitest";
import { NonRetriableError } from "../../../engine/sdk/index.ts";
import { RerunAnswer, RunPage, RunResult, ShownRun } from "../../../server/contract/runs.ts";
import { ServedBench } from "../../support/served/served-bench.ts";

const [GIVEN, TYPED] = ["Lovelace", "Byron"];

test("edits of a subject's run are sealed for the subject", { timeout: 30_000 }, async () => {
  await using bench = await ServedBench.start(
    (app) => {
      app.createFunction({ id: "greet", triggers: [{ event: "signed.up" }], retries: 0 }, async ({ event, step }) => {
        const { name } = event.data as { name: string };
        const card = await step.run("card", () => `card of ${name}`);
        const place = await step.run("place", () => {
          if (name === "Ada") throw new NonRetriableError("no place");
          return "here";
        });
        return { name, card, place };
      });
    },
    { erasable: true },
  );
  const soon = <T>(look: () => Promise<T>): Promise<T> => vi.waitFor(look, { timeout: 10_000, interval: 30 });
  await bench.app.send({ name: "signed.up", data: { name: "Ada" }, subject: "ada" });
  const failed = await soon(async () => {
    const [run] = RunPage.parse((await bench.ask("GET", "/runs?status=failed")).body).items;
    if (run === undefined) throw new Error("it has not failed yet");
    return run.id;
  });
  const asked = { from: "place#0", data: { name: GIVEN }, outputs: { "card#0": TYPED } };
  const { id } = RerunAnswer.parse((await bench.ask("POST", `/runs/${failed}/rerun`, asked)).body);
  const result = await soon(async () => {
    const now = RunResult.parse((await bench.ask("GET", `/runs/${id}/wait?timeout=5`)).body);
    expect(now.isOver).toBe(true);
    return now;
  });
  expect(JSON.parse(result.output ?? "")).toEqual({ name: GIVEN, card: TYPED, place: "here" });

  const written = await everythingIn(bench);
  expect(written).toContain(id);
  expect([GIVEN, TYPED].filter((word) => written.includes(word))).toEqual([]);

  await bench.app.erase("ada");
  await soon(async () => {
    const { body } = await bench.ask("GET", `/runs/${id}`);
    const text = JSON.stringify(body);
    expect([GIVEN, TYPED].filter((word) => text.includes(word))).toEqual([]);
    expect(ShownRun.parse(body).steps[0]?.output).toBe('{"$erased":true}');
  });
});

/** Journals and inboxes. */
async function everythingIn({ served: { log, topics, partitions } }: ServedBench): Promise<string> {
  const parts: string[] = [];
  for (const topic of [topics.journal, topics.inbox]) {
    for (let partition = 0; partition < partitions; partition++) {
      const end = await log.latestOffset({ topic, partition });
      const reader = log.openReader({ topic, partition, from: 0 });
      for (let next = 0; next < end;) {
        const batch = await reader.next();
        next = batch.nextOffset;
        parts.push(...batch.records.map(({ value }) => value?.toString("latin1") ?? ""));
      }
      reader.close();
    }
  }
  return parts.join("\n");
}
