// Owners that keep images die at any moment: at an append to the state topic, between two, with frames on their way. Each successor begins with
// the image where there is one, and what it goes on from is what the whole journal says (R1, R12).
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Handler } from "../../engine/execution/function.ts";
import { rebuildDigest, verify } from "../../engine/replay/verify.ts";
import type { FlowSpec } from "../../engine/workflow/flow/spec.ts";
import { sourceKey } from "../../engine/workflow/source/source.ts";
import { turns } from "../support/fake-clock.ts";
import { rounds, untilMet } from "../support/rounds.ts";
import { EVENTS, TaskBench, TOPICS, type Owner } from "../support/task-bench.ts";

const happening = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("send" as const),
      name: fc.constantFrom("go", "wait", "come", "many", "many"),
      count: fc.integer({ min: 1, max: 4 }),
      key: fc.constantFrom("a", "b"),
    }),
  },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("time" as const), ms: fc.constantFrom(10, 700, 5_000, 31_000) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("turns" as const), count: fc.nat(30) }) },
  // It dies at an append to the state topic, before or after it stands there; or at once.
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("die at the image" as const), when: fc.constantFrom("before" as const, "after" as const) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("die" as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("hand over" as const) }) },
);
/** At the end of every other history many come at once, so that an image is read while they wait. */
const CROWD = { kind: "send" as const, name: "many" as const, count: 4, key: "a" as const };
const histories = fc
  .tuple(fc.array(happening, { minLength: 5, maxLength: 40, size: "max" }), fc.boolean())
  .map(([history, isCrowded]) => (isCrowded ? [...history, CROWD] : history));
type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never;

/** Few at a time, so that most of them wait in lines. */
const SHARED: FlowSpec = {
  concurrency: [{ limit: 2, scope: "fn" }],
  fairness: { key: "event.data.k" },
};
const CALM: FlowSpec = {
  batch: { maxSize: 3, timeoutMs: 2_000, key: "event.data.k" },
  throttle: { limit: 1, periodMs: 5_000, burst: 1 },
};

const NOTHING_LEFT = { undecided: 0, rows: 0, held: 0, pools: [] as string[], runs: [] as string[] };

const HANDLERS: Readonly<Record<string, Handler>> = {
  steps: async ({ step, event }) => {
    await step.run("a", () => event.data);
    await step.sleep("nap", 20_000);
    await step.run("b", ({ attempt }) => {
      if (attempt === 0) throw new Error("once more");
      return attempt;
    });
  },
  shared: async ({ step }) => {
    await Promise.all([step.run("a", () => 1), step.run("b", () => 2)]);
    await step.sleep("nap", 700);
    await step.run("c", () => 3);
  },
  calm: ({ events }) => events.length,
  waits: async ({ step }) => {
    const come = await step.waitForEvent("come", { event: "come", timeout: "1 hour" });
    await step.run("told", () => come?.id ?? null);
  },
};

test("whoever dies when: the image and the rest of the journal are the whole journal, and no image is refused", async () => {
  let images = 0;
  let queued = 0;
  await untilMet(
    () => ({ images, queued }),
    { images: 10, queued: 10 },
    () =>
      fc.assert(
        fc.asyncProperty(histories, async (history) => {
          const played = await play(history);
          images += played.images;
          queued += played.queued;
        }),
        rounds(40),
      ),
  );
}, 240_000);

interface Played {
  /** One or none, at the end. */
  readonly images: number;
  /** Runs that waited in lines then. */
  readonly queued: number;
}

async function play(history: readonly Happening[]): Promise<Played> {
  await using bench = await TaskBench.open({
    steps: { triggers: ["go"] },
    waits: { triggers: ["wait"] },
    shared: { triggers: ["many"], flow: SHARED },
    calm: { triggers: ["many"], flow: CALM },
  });
  let owner: Owner = bench.owner("owner-0", { handlers: HANDLERS });
  let count = 0;
  let fate: "before" | "after" | null = null;
  bench.log.onAppend = ({ target }) => {
    if (target.topic !== TOPICS.state || fate === null) return null;
    const when = fate;
    fate = null;
    const die = (): Promise<void> => Promise.resolve(owner.task.abandon());
    return { [when]: die };
  };
  const next = async (): Promise<void> => {
    owner = bench.owner(`owner-${++count}`, { handlers: HANDLERS });
    await owner.open();
    expect(owner.said.filter(({ fields }) => String(fields["code"]).startsWith("IMAGE_"))).toEqual([]);
  };
  await owner.open();
  for (const what of history) {
    if (owner.end !== null) await next();
    switch (what.kind) {
      case "send":
        for (let n = 0; n < what.count; n++) await bench.send({ name: what.name, key: what.key, data: JSON.stringify({ k: what.key }) });
        break;
      case "time":
        await bench.clock.advance(what.ms);
        break;
      case "turns":
        await turns(what.count);
        break;
      case "die at the image":
        fate = what.when;
        break;
      case "die":
        owner.task.abandon();
        break;
      case "hand over":
        await owner.task.leave.announce(bench.clock.wallMs() + 10_000);
        await owner.task.leave.finish(1_000);
        break;
    }
  }
  fate = null;
  if (owner.end !== null) await next();
  const live = await owner.task.digest();
  expect(await rebuildDigest({ log: bench.log, topics: TOPICS, partition: 0, untilLsn: live.lsn })).toEqual(live);
  owner.task.abandon();
  await turns(20);
  const { image } = await verify({ log: bench.log, topics: TOPICS, partition: 0 });
  if (image !== undefined) expect(image).toMatchObject({ isEqual: true });
  const { rows } = (await bench.rebuild()).flow;
  const queued = rows.size;
  // Whoever waited in a line has its turn, and nothing is kept of what was shared.
  await next();
  let left = await leftOf(bench);
  for (let n = 0; n < 1_000 && !isDeepStrictEqual(left, NOTHING_LEFT); n++) {
    await bench.clock.advance(1_000);
    await turns(30);
    left = await leftOf(bench);
  }
  expect(left).toEqual(NOTHING_LEFT);
  return { images: image === undefined ? 0 : 1, queued };
}

/** What is left of flow, of the runs that it held back, and of the events that begin such runs. */
async function leftOf(bench: TaskBench): Promise<typeof NOTHING_LEFT> {
  const { flow, runs, sources } = await bench.rebuild();
  const left = [...runs.values()].filter(({ functionId }) => functionId === "shared" || functionId === "calm");
  const undecided = (await bench.log.latestOffset(EVENTS)) - (sources.get(sourceKey(EVENTS.topic, EVENTS.partition))?.next ?? 0);
  return { undecided, rows: flow.rows.size, held: flow.held.size, pools: [...flow.pools.keys()], runs: left.map(({ id }) => id) };
}
