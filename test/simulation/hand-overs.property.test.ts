// Owners that hand a partition on, one after the other, on a log that answers late and loses answers: nothing is executed twice, nothing is lost.
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Handler } from "../../engine/execution/function.ts";
import { turns } from "../support/fake-clock.ts";
import { rounds } from "../support/rounds.ts";
import type { AppendFault } from "../support/simulated-log.ts";
import { TaskBench, TOPICS, type Owner } from "../support/task-bench.ts";

const UNTIL_MS = 60_000;

/** What happens at the n-th append to the journal, the successor's knocks and claims included. */
type Fate = { readonly lostAnswers: number; readonly turns: number };

interface Story {
  readonly fates: readonly Fate[];
  /** For each hand-over: events sent before it, time that passes, and whether the successor hears of its share before the owner has announced. */
  readonly handOvers: readonly { readonly events: number; readonly ms: number; readonly isEarly: boolean }[];
}

const story: fc.Arbitrary<Story> = fc.record({
  fates: fc.array(fc.record({ lostAnswers: fc.constantFrom(0, 0, 0, 1, 2), turns: fc.nat(15) }), { minLength: 1, maxLength: 30 }),
  handOvers: fc.array(fc.record({ events: fc.nat(4), ms: fc.constantFrom(0, 100, 700), isEarly: fc.boolean() }), {
    minLength: 1,
    maxLength: 5,
  }),
});

test("owners in turn that take leave: each step is executed once, whatever the log does with appends (R4, R6)", async () => {
  await fc.assert(fc.asyncProperty(story, play), rounds(60));
}, 120_000);

async function play({ fates, handOvers }: Story): Promise<void> {
  await using bench = await TaskBench.open();
  const effects: string[] = [];
  const handler: Handler = async ({ step, runId }) => {
    const effect = (key: string) => (): number => effects.push(`${runId}/${key}`);
    await Promise.all([step.run("a", effect("a")), step.run("b", effect("b"))]);
    await step.sleep("nap", 700);
    await step.run("c", effect("c"));
  };
  let appends = 0;
  bench.log.onAppend = ({ target }): AppendFault | null => {
    const fate = target.topic === TOPICS.journal ? fates[appends++ % fates.length] : undefined;
    return fate === undefined ? null : { lostAnswers: fate.lostAnswers, after: () => turns(fate.turns) };
  };
  const names = ["owner-0", ...handOvers.map((_, index) => `owner-${index + 1}`)];
  const owner = (name: string | undefined): Owner => bench.owner(name ?? "", { handlers: { f: handler }, alive: names });
  let current = await owner(names[0]).open();
  let sent = 0;
  for (const [index, { events, ms, isEarly }] of handOvers.entries()) {
    await bench.sendMany(events);
    sent += events;
    await bench.clock.advance(ms);
    const next = owner(names[index + 1]);
    if (isEarly) {
      void next.task.open();
      await turns(20);
    }
    await current.task.leave.announce(bench.clock.wallMs() + UNTIL_MS);
    if (!isEarly) void next.task.open();
    await bench.sendMany(1);
    sent += 1;
    await passing(bench, current, current.task.leave.knocked);
    await passing(bench, current, current.task.leave.finish(UNTIL_MS));
    expect(current.end).toEqual({ kind: "released" });
    await bench.advanceUntil(`${next.name} owns the partition`, () => next.task.status === "RUNNING");
    current = next;
  }
  await bench.advanceUntil("all runs are over", () => completed(bench) === sent);
  expect(effects.length).toBe(3 * sent);
  expect(new Set(effects).size).toBe(3 * sent);
  expect(await current.digest()).toBe(await bench.rebuiltDigest());
}

function completed(bench: TaskBench): number {
  return bench.owners.flatMap(({ records }) => records).filter(({ type }) => type === "RunCompleted").length;
}

/** Time goes on, and the owner that takes leave looks at the log as its worker has it do, until it is settled. */
async function passing(bench: TaskBench, owner: Owner, promise: Promise<void>): Promise<void> {
  let isSettled = false;
  void promise.then(() => (isSettled = true));
  await bench.advanceUntil(
    `${owner.name} is further`,
    () => {
      owner.task.leave.listen(20);
      return isSettled;
    },
    40,
  );
}
