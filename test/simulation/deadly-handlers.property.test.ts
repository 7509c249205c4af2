// Handlers that end their owner whenever they are called for certain events: exactly those are set aside, whatever else was being handled when an
// owner died, and all others are handled, in the order of their key (DESIGN §6, R11).
import fc from "fast-check";
import { pino } from "pino";
import { expect, test } from "vitest";
import { declareConsumer } from "../../engine/sdk/create-consumer.ts";
import { rebuildDigest, verify } from "../../engine/replay/verify.ts";
import { homeOfKey } from "../../engine/workflow/consumer/consume.ts";
import { ConsumerBench, PARTITIONS, TOPICS } from "../support/consumers/consumer-bench.ts";
import { rounds, untilMet } from "../support/rounds.ts";

const sending = fc.record({
  key: fc.constantFrom("a", "b", "c", "d", "e", "f"),
  isDeadly: fc.constantFrom(false, false, false, false, false, true),
  /** Of a call that ends. */
  ms: fc.constantFrom(0, 5, 5, 700, 30_000),
  fails: fc.constantFrom(0, 0, 0, 1),
});

interface Sent {
  readonly id: string;
  readonly key: string;
  readonly isDeadly: boolean;
}

/** So many deaths are enough to find one: seven in company, three alone. One more, where it came while another was looked for. */
const DEATHS_AN_EVENT = 11;

test("events that owners die of are set aside, those that were handled beside them never are", async () => {
  const seen = { deadly: 0, deaths: 0, others: 0 };
  await untilMet(
    () => seen,
    { deadly: 2, others: 20 },
    () =>
      fc.assert(
        fc.asyncProperty(
          fc.array(sending, { minLength: 3, maxLength: 25, size: "max" }),
          fc.constantFrom(1, 3, 100),
          async (sendings, concurrency) => {
            let deaths = 0;
            const calls: string[] = [];
            const declared = declareConsumer({
              id: "c",
              events: ["e"],
              from: "beginning",
              concurrency,
              state: { seen: (ids, event) => [...((ids as string[] | undefined) ?? []), event.id] },
              handle: async ({ event, attempt, signal }) => {
                const { isDeadly, ms, fails } = event.data as (typeof sendings)[number];
                if (signal.aborted) return;
                calls.push(event.id);
                if (isDeadly) {
                  deaths += 1;
                  bench.owner(homeOfKey(event.key ?? "", PARTITIONS))?.task.abandon();
                  return;
                }
                if (ms > 0) await new Promise<void>((resolve) => bench.clock.setTimer(ms, resolve));
                if (attempt < fails) throw new Error("not yet");
              },
            });
            await using bench = await ConsumerBench.open({ ...declared.code(pino({ level: "silent" })), random: () => 0.5 });
            const sent: Sent[] = [];
            for (const one of sendings) {
              const id = await bench.send(homeOfKey(one.key, PARTITIONS), { key: one.key, data: one });
              sent.push({ id, key: one.key, isDeadly: one.isDeadly });
            }
            const states = await bench.drained();
            const letters = await Promise.all(states.map(({ partition }) => bench.log.readAll({ topic: TOPICS.deadLetter, partition })));
            const dead = letters.flat().map(({ headers }) => `${headers["mr-code"]?.toString()} ${headers["ce_id"]?.toString()}`);
            const deadly = sent.filter(({ isDeadly }) => isDeadly);
            // Whoever dies before the letter is confirmed leaves it to its successor: the same letter again.
            expect([...new Set(dead)].toSorted()).toEqual(deadly.map(({ id }) => `CONSUMER_HANDLER_DEADLY ${id}`).toSorted());
            expect(deaths).toBeLessThanOrEqual(DEATHS_AN_EVENT * deadly.length);
            expect(new Set(calls)).toEqual(new Set(sent.map(({ id }) => id)));
            for (const [, ofKey] of Map.groupBy(sent, ({ key }) => key)) {
              const ids = ofKey.map(({ id }) => id);
              const places = calls.filter((id) => ids.includes(id)).map((id) => ids.indexOf(id));
              expect(places).toEqual(places.toSorted((a, b) => a - b));
            }
            for (const { partition } of states) {
              const live = await (await bench.own(partition)).task.digest();
              expect(await rebuildDigest({ log: bench.log, topics: TOPICS, partition, untilLsn: live.lsn })).toEqual(live);
              const { image } = await verify({ log: bench.log, topics: TOPICS, partition });
              if (image !== undefined) expect(image).toMatchObject({ isEqual: true });
            }
            seen.deadly += deadly.length;
            seen.deaths += deaths;
            seen.others += sent.length - deadly.length;
          },
        ),
        rounds(20),
      ),
  );
}, 120_000);
