// A dead letter of a consumer is tried again: told by people, who may tell it twice, in doubt.
import { pino } from "pino";
import { expect, test } from "vitest";
import { declareConsumer } from "../../../engine/sdk/create-consumer.ts";
import { stateDigest } from "../../../engine/task/state-digest.ts";
import { tellPartition } from "../../../engine/task/tell-partition.ts";
import { homeOfKey } from "../../../engine/workflow/consumer/consume.ts";
import type { ConsumeAgain } from "../../../engine/workflow/records.ts";
import { APP, ConsumerBench, PARTITIONS, TOPICS } from "../../support/consumers/consumer-bench.ts";
import { settling, T0 } from "../../support/fake-clock.ts";

const KEY = "k";
const HOME = homeOfKey(KEY, PARTITIONS);
const ELSEWHERE = 1 - HOME;

function again(letter: string, isReduced: boolean): ConsumeAgain {
  const place = { topic: APP.events, partition: HOME, offset: 3, appendedAt: T0 };
  const event = { id: "e1", name: "e", data: "7", time: T0, key: KEY, ...place, corrects: null, trace: null };
  return { type: "ConsumeAgain", letter, event, isReduced };
}

async function bench(calls: string[]): Promise<ConsumerBench> {
  const declared = declareConsumer({
    id: "c",
    events: ["e"],
    from: "beginning",
    state: { sum: (sum, event) => ((sum as number | undefined) ?? 0) + (event.data as number) },
    handle: ({ event, state }) => void calls.push(`${event.id} ${JSON.stringify(state)}`),
  });
  return ConsumerBench.open(declared.code(pino({ level: "silent" })));
}

test.each([HOME, ELSEWHERE])(
  "R5: of one dead letter an event counts once, whoever is told how often, by partition %i, and whoever owns it then",
  async (told) => {
    const calls: string[] = [];
    await using consumers = await bench(calls);
    const target = { log: consumers.log, inbox: TOPICS.inbox, partitions: PARTITIONS };
    const owner = await consumers.own(told);
    await tellPartition(target, told, again("letter", false));
    await tellPartition(target, told, again("letter", false));
    await consumers.drained();
    owner.task.abandon();
    const next = await consumers.own(told);
    expect(next).not.toBe(owner);
    await tellPartition(target, told, again("letter", false));
    await tellPartition(target, told, again("another letter", true));
    const states = await consumers.drained();
    // In the state once; the other letter's is with the handler alone.
    expect(states[HOME]?.consumer.stores.get("sum")?.get(KEY)).toBe("7");
    expect(calls).toEqual(['e1 {"sum":7}', 'e1 {"sum":7}']);
    for (const partition of [HOME, ELSEWHERE]) {
      const live = await consumers.own(partition);
      const { lsn, digest } = await settling(consumers.clock, live.task.digest());
      expect(stateDigest(await consumers.rebuild(partition))).toBe(digest);
      expect(lsn).toBeGreaterThan(0);
    }
  },
);
