// Batches that are made smaller on their way to the broker.
import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { LogRecord, StoredRecord } from "../../../../engine/log/log.ts";
import { zstdBatch } from "../../../../engine/log/kafka/protocol/compress.ts";
import { encodeRecordBatch } from "../../../../engine/log/kafka/protocol/record-batch.ts";
import { decodeRecords, splitRecordSet } from "../../../../engine/log/kafka/protocol/record-set.ts";
import { untilMet } from "../../../support/rounds.ts";

test("records of a compressed batch are read as those of a plain one", async () => {
  const record = fc.record({
    key: fc.option(fc.string().map((text) => Buffer.from(text))),
    value: fc.option(fc.tuple(fc.string(), fc.nat(100)).map(([text, times]) => Buffer.from(text.repeat(times)))),
    headers: fc.dictionary(fc.string({ minLength: 1, maxLength: 8 }), fc.string(), { maxKeys: 4, noNullPrototype: true }),
  });
  const seen = { compressed: 0, plain: 0 };
  await untilMet(
    () => seen,
    { compressed: 30, plain: 3 },
    () =>
      fc.assert(
        fc.property(
          fc.array(record, { minLength: 1, maxLength: 60, size: "max" }),
          fc.integer({ min: 0, max: 2 ** 43 }),
          (records, timestamp) => {
            const batch = encodeRecordBatch(records, timestamp, zstdBatch);
            seen[isCompressed(batch) ? "compressed" : "plain"] += 1;
            expect(decoded(batch)).toEqual(decoded(encodeRecordBatch(records, timestamp)));
          },
        ),
        { numRuns: 200 },
      ),
  );
});

test("a batch of the like of events shrinks to less than a half", () => {
  const records = Array.from({ length: 100 }, (_, n) => event(n));
  const plain = encodeRecordBatch(records, 7);
  expect(encodeRecordBatch(records, 7, zstdBatch).length).toBeLessThan(plain.length / 2);
});

test("a batch of less than a kibibyte goes as it is: there is more to lose than to win", () => {
  const records = [event(1), event(2)];
  expect(isCompressed(encodeRecordBatch(records, 7, zstdBatch))).toBe(false);
  expect(encodeRecordBatch(records, 7, zstdBatch)).toEqual(encodeRecordBatch(records, 7));
});

test("what would grow goes as it is", () => {
  const records = [{ key: null, value: randomBytes(50_000) }];
  expect(encodeRecordBatch(records, 7, zstdBatch)).toEqual(encodeRecordBatch(records, 7));
});

function event(n: number): LogRecord {
  return {
    key: Buffer.from(`customer-${n}`),
    value: Buffer.from(JSON.stringify({ order: `o-${n}`, total: n * 17, currency: "EUR" })),
    headers: { ce_type: "order/placed", ce_id: `mr:abc.1:${n}`, ce_time: "2026-11-22T12:00:00.000Z" },
  };
}

function isCompressed(batch: Buffer): boolean {
  return splitRecordSet(batch).batches.some(({ attributes }) => (attributes & 7) === 4);
}

function decoded(set: Buffer): StoredRecord[] {
  const found: StoredRecord[] = [];
  for (const batch of splitRecordSet(set).batches) decodeRecords(batch, 0, (record) => found.push(record));
  return found.map((record) => ({ ...record, headers: { ...record.headers } }));
}
