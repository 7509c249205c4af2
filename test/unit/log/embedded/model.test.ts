// Any sequence of appends, trims, compactions and reads agrees with the simplest log there could be: an array.
import fc from "fast-check";
import { expect, test } from "vitest";
import { type EmbeddedLog, openEmbeddedLog } from "../../../../engine/log/embedded/embedded-log.ts";

const target = { topic: "t", partition: 0 };

interface Entry {
  readonly offset: number;
  readonly key: string;
  readonly value: string | null;
  readonly time: number;
}

class Model {
  entries: Entry[] = [];
  start = 0;
  end = 0;

  append(keys: readonly string[], value: string | null, time: number): void {
    for (const key of keys) this.entries.push({ offset: this.end++, key, value, time });
  }
  trim(to: number): void {
    this.start = Math.max(this.start, to);
    this.entries = this.entries.filter(({ offset }) => offset >= this.start);
  }
  compact(): void {
    const newest = new Map(this.entries.map(({ key, offset }) => [key, offset]));
    this.entries = this.entries.filter(({ key, offset, value }) => newest.get(key) === offset && value !== null);
  }
}

type Step =
  | { readonly do: "append"; readonly keys: readonly string[]; readonly value: string | null; readonly later: number }
  | { readonly do: "trim"; readonly at: number }
  | { readonly do: "compact" }
  | { readonly do: "read"; readonly at: number; readonly maxBytes: number }
  | { readonly do: "seek"; readonly time: number };

const within = fc.double({ min: 0, max: 1, noNaN: true });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("append" as const),
      keys: fc.array(fc.constantFrom("a", "b", "c", "d"), { minLength: 1, maxLength: 5 }),
      value: fc.option(fc.constantFrom("x", "y".repeat(60_000))), // large ones leave the memory kept for readers at the end
      later: fc.integer({ min: -5, max: 5 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("trim" as const), at: within }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("compact" as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("read" as const), at: within, maxBytes: fc.constantFrom(1, 1_000, 1_000_000) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("seek" as const), time: fc.integer({ min: 0, max: 60 }) }) },
);

test("an embedded log does what an array would do", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40, size: "max" }), async (steps) => {
      let now = 20;
      const log = await openEmbeddedLog({ path: ":memory:", now: () => now });
      await log.createTopics([{ topic: "t", partitions: 1, settings: { "cleanup.policy": "compact" } }]);
      const model = new Model();
      let lastTime = 0;
      for (const one of steps) {
        if (one.do === "append") {
          now += one.later;
          lastTime = Math.max(lastTime, now);
          const value = one.value === null ? null : Buffer.from(one.value);
          const appended = await log.append(
            target,
            one.keys.map((key) => ({ key: Buffer.from(key), value })),
          );
          expect(appended).toEqual({ baseOffset: model.end, appendTime: lastTime });
          model.append(one.keys, one.value, lastTime);
        } else await follow(log, model, one);
        expect([await log.earliestOffset(target), await log.latestOffset(target)]).toEqual([model.start, model.end]);
      }
      await log.close();
    }),
    { numRuns: 150 },
  );
});

async function follow(log: EmbeddedLog, model: Model, one: Exclude<Step, { do: "append" }>): Promise<void> {
  if (one.do === "trim") {
    const to = model.start + Math.floor(one.at * (model.end - model.start));
    await log.trim(target, to);
    model.trim(to);
  } else if (one.do === "compact") {
    await log.compact(target.topic);
    model.compact();
  } else if (one.do === "read") {
    const from = model.start + Math.floor(one.at * (model.end - model.start));
    expect(await readFrom(log, from, one.maxBytes)).toEqual(model.entries.filter(({ offset }) => offset >= from));
  } else {
    const first = model.entries.find(({ time }) => time >= one.time);
    const found = await log.offsetForTime(target, one.time);
    expect(model.entries.find(({ offset }) => offset >= found)).toEqual(first); // a gap before it may be included
  }
}

async function readFrom(log: EmbeddedLog, from: number, maxBufferedBytes: number): Promise<Entry[]> {
  const reader = log.openReader({ ...target, from, maxBufferedBytes });
  const entries: Entry[] = [];
  for (let position = from; position < (await log.latestOffset(target));) {
    const { records, nextOffset } = await reader.next();
    for (const { offset, key, value, timestamp } of records) {
      entries.push({ offset, key: String(key), value: value?.toString() ?? null, time: timestamp });
    }
    expect(nextOffset).toBeGreaterThan(position);
    position = nextOffset;
  }
  reader.close();
  return entries;
}
