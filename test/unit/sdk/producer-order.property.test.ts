// Whatever a log does to appends and however events wait, those of one key stand in the order of their calls, and each where its report says.
import fc from "fast-check";
import { expect, test } from "vitest";
import { EventProducer } from "../../../engine/sdk/event-producer.ts";
import { jsonBody } from "../../../engine/sdk/outgoing-record.ts";
import type { SendResult } from "../../../engine/sdk/sending/delivery.ts";
import { FakeClock, turns } from "../../support/fake-clock.ts";
import { SimulatedLog } from "../../support/simulated-log.ts";
import { untilMet } from "../../support/rounds.ts";

const TOPIC = "app.events";
const KEYS = ["a", "b", "c", "d", "e"];

interface Sending {
  /** Turns of the event loop before the call. */
  readonly after: number;
  readonly events: readonly { readonly key: string; readonly bytes: number; readonly bodyAfter: number }[];
}

/** What an append meets: turns before, lost answers. */
interface Weather {
  readonly turns: number;
  readonly lostAnswers: number;
}

const sending: fc.Arbitrary<Sending> = fc.record({
  after: fc.nat(3),
  events: fc.array(
    fc.record({
      key: fc.constantFrom(...KEYS),
      bytes: fc.nat(1_500),
      bodyAfter: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(12) }),
    }),
    { minLength: 1, maxLength: 4 },
  ),
});
const weather: fc.Arbitrary<Weather> = fc.record({ turns: fc.nat(8), lostAnswers: fc.constantFrom(0, 0, 0, 1) });

test("events of one key keep the order of their calls, through waits, retries and late schemas", async () => {
  const seen = { late: 0, waitedForRoom: 0, repeated: 0 };
  await untilMet(
    () => seen,
    { late: 50, waitedForRoom: 10, repeated: 50 },
    () =>
      fc.assert(
        fc.asyncProperty(
          fc.array(sending, { minLength: 1, maxLength: 30, size: "max" }),
          fc.array(weather, { minLength: 1, maxLength: 10, size: "max" }),
          fc.record({
            lingerMs: fc.constantFrom(0, 1),
            maxBatchBytes: fc.integer({ min: 1_100, max: 6_000 }),
            room: fc.integer({ min: 2_000, max: 20_000 }),
          }),
          async (sendings, weathers, { lingerMs, maxBatchBytes, room }) => {
            const log = await SimulatedLog.open(new FakeClock());
            await log.createTopics([{ topic: TOPIC, partitions: 2, settings: {} }]);
            log.onAppend = ({ index }) => {
              const { turns: count, lostAnswers } = weathers[index % weathers.length] ?? { turns: 0, lostAnswers: 0 };
              seen.repeated += lostAnswers;
              return { before: () => turns(count), lostAnswers };
            };
            const stopping = new AbortController();
            const by = new EventProducer({
              log,
              topic: TOPIC,
              partitions: 2,
              source: "app",
              maxEventBytes: 100_000,
              now: () => 0,
              signal: stopping.signal,
              send: { lingerMs, maxBatchBytes, maxBufferedBytes: room, timeoutMs: 60_000 },
              encode: (event, given) => {
                const { bodyAfter } = given as { bodyAfter: number };
                if (bodyAfter === 0) return jsonBody(event);
                seen.late += 1;
                return turns(bodyAfter).then(() => jsonBody(event));
              },
            });
            const calls: Promise<SendResult>[] = [];
            let n = 0;
            let asked = 0;
            const expected = new Map<string, number[]>(KEYS.map((key) => [key, []]));
            for (const { after, events } of sendings) {
              await turns(after);
              const now = events.map(({ key, bytes, bodyAfter }) => {
                expected.get(key)?.push(n);
                asked += bytes;
                return { name: "go", key, data: { n: n++, bodyAfter, text: "x".repeat(bytes) } };
              });
              calls.push(by.send(now));
            }
            if (asked > room) seen.waitedForRoom += 1;
            const results = await Promise.all(calls);
            const standing = [await log.readAll({ topic: TOPIC, partition: 0 }), await log.readAll({ topic: TOPIC, partition: 1 })];
            const numbers = new Map<string, number[]>(KEYS.map((key) => [key, []]));
            const highest = [0, 0];
            for (const [partition, records] of standing.entries()) {
              for (const { key, value, headers } of records) {
                const sequence = Number(headers["ce_id"]?.toString().split(":").at(-1));
                if (sequence <= (highest[partition] ?? 0)) continue; // a copy: whoever reads it drops it by this
                highest[partition] = sequence;
                numbers.get(key?.toString() ?? "")?.push((JSON.parse(value?.toString() ?? "") as { n: number }).n);
              }
            }
            expect(numbers).toEqual(expected);
            for (const { ids, records } of results) {
              for (const [index, { partition, offset }] of records.entries()) {
                expect(standing[partition]?.[offset]?.headers["ce_id"]?.toString()).toBe(ids[index]);
              }
            }
            stopping.abort();
            await log.close();
          },
        ),
        { numRuns: 100 },
      ),
  );
}, 30_000);
