import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeBatch, encodeBatch, filterBatch, payloadBytes } from "../../../../engine/log/embedded/batch-codec.ts";
import type { LogRecord } from "../../../../engine/log/log.ts";

const bytes = fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array));
const records = fc.array(
  fc.record({
    key: fc.option(bytes),
    value: fc.option(bytes),
    headers: fc.dictionary(fc.string({ maxLength: 8 }), fc.oneof(fc.string({ maxLength: 8, unit: "binary" }), bytes), {
      maxKeys: 4,
      noNullPrototype: true,
    }),
  }),
  { minLength: 1, maxLength: 20 },
);

function batch(data: Uint8Array, count: number): { base: number; last: number; time: number; data: Uint8Array } {
  return { base: 100, last: 99 + count, time: 5, data };
}

test("records come back as they went in, at contiguous offsets", () => {
  fc.assert(
    fc.property(records, (written) => {
      const decoded = decodeBatch(batch(encodeBatch(written), written.length), 100);
      expect(decoded).toEqual(written.map((record, index) => ({ ...record, headers: asBytes(record), offset: 100 + index, timestamp: 5 })));
    }),
  );
});

test("filtering keeps offsets, and everything of the records kept", () => {
  fc.assert(
    fc.property(records, fc.func(fc.boolean()), (written, chance) => {
      const whole = batch(encodeBatch(written), written.length);
      const wanted = decodeBatch(whole, 100).filter(({ offset }) => chance(offset));
      const filtered = filterBatch(whole, ({ offset }) => chance(offset));
      expect(filtered === null ? [] : decodeBatch({ ...whole, data: filtered }, 100)).toEqual(wanted);
    }),
  );
});

test("any flipped bit is found", () => {
  const data = encodeBatch([{ key: Buffer.from("key"), value: Buffer.from("value"), headers: { a: "b" } }]);
  for (let bit = 0; bit < data.length * 8; bit++) {
    const damaged = Buffer.from(data);
    damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    expect(() => decodeBatch(batch(damaged, 1), 100)).toThrow(expect.objectContaining({ code: "LOG_CORRUPT" }));
  }
});

test("payload bytes are those of keys, values, and headers", () => {
  expect(payloadBytes([{ key: Buffer.from("ab"), value: null, headers: { é: "x", b: Buffer.alloc(3) } }])).toBe(2 + 3 + 4);
});

function asBytes({ headers = {} }: LogRecord): Record<string, Buffer> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, Buffer.from(value)]));
}
