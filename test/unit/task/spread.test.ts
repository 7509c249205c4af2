// A large event enters its functions over several frames, and whoever owns the partition next goes on where the last one was (R5, R15).
import { afterEach, beforeEach, expect, test } from "vitest";
import { LogError } from "../../../engine/log/errors.ts";
import { turns } from "../../support/fake-clock.ts";
import { JOURNAL, TaskBench } from "../../support/task-bench.ts";

const FUNCTIONS = ["f0", "f1", "f2", "f3", "f4", "f5"];
const LARGE = JSON.stringify({ text: "y".repeat(900_000) });

let bench: TaskBench;
let began: string[];

beforeEach(async () => {
  const flow = { debounce: { periodMs: 1_000 } };
  bench = await TaskBench.open(Object.fromEntries(FUNCTIONS.map((id) => [id, { flow }])));
  began = [];
});

afterEach(async () => {
  await bench.close();
});

const handlers = Object.fromEntries(
  FUNCTIONS.map((id) => [id, ({ event }: { readonly event: { readonly id: string } }): void => void began.push(`${id} ${event.id}`)]),
);

test.each([0, 1, 2, 5])(
  "an owner that dies when %i of six functions are entered leaves the others to the next; what is read later comes later",
  async (entered) => {
    const first = await bench.owner("A", { handlers }).open();
    const append = bench.log.append.bind(bench.log);
    const isSpread = (): boolean => first.records.some(({ type }) => type === "EventSpread");
    const count = (): number => first.records.reduce((sum, record) => sum + (record.type === "SpreadAdvanced" ? record.count : 0), 0);
    bench.log.append = (target, ...rest) => {
      if (target.topic !== JOURNAL.topic || !isSpread() || count() < entered) return append(target, ...rest);
      // Its next frame is lost.
      first.task.abandon();
      return Promise.reject(new LogError("LOG_ABORTED", "it died"));
    };
    await bench.send({ id: "large", data: LARGE });
    await bench.send({ id: "later" });
    await bench.advanceUntil("it died", () => first.end !== null, 1);
    expect(count()).toBe(entered);
    bench.log.append = append;
    const second = await bench.owner("B", { handlers }).open();
    await bench.advanceUntil("all began", () => began.length >= FUNCTIONS.length, 5);
    await bench.clock.advance(10_000);
    await turns(20);
    expect(began.toSorted()).toEqual(FUNCTIONS.map((id) => `${id} later`));
    expect(second.task.openRuns).toBe(0);
    expect(await second.digest()).toBe(await bench.rebuiltDigest());
  },
);
