import { createRequire } from "node:module";
import { gzipSync, zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { LogRecord, StoredRecord } from "../../../../engine/log/log.ts";
import { crc32c } from "../../../../engine/log/kafka/protocol/crc32c.ts";
import { BATCH_HEADER_BYTES, BATCH_LENGTH_END, FIELD, encodeRecordBatch } from "../../../../engine/log/kafka/protocol/record-batch.ts";
import { decodeRecords, isStampedByLog, splitRecordSet } from "../../../../engine/log/kafka/protocol/record-set.ts";

const require = createRequire(import.meta.url);

interface KafkajsRecord {
  readonly offset: string;
  readonly timestamp: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, Buffer>>;
}
const KafkajsDecoder = require("kafkajs/src/protocol/decoder") as new (bytes: Buffer) => object;
const kafkajsDecodeBatch = require("kafkajs/src/protocol/recordBatch/v0/decoder") as (
  decoder: object,
) => Promise<{ records: KafkajsRecord[] }>;

const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
const name = fc.string({ unit: "grapheme", maxLength: 12 });
const headers = fc.dictionary(name, fc.oneof(bytes, fc.string({ unit: "grapheme" })), { maxKeys: 6, noNullPrototype: true });
const records: fc.Arbitrary<LogRecord[]> = fc.array(fc.record({ key: fc.option(bytes), value: fc.option(bytes), headers }), {
  minLength: 1,
  maxLength: 150,
});

test("the checksum is CRC-32C", () => {
  const check = Buffer.from("123456789");
  expect(crc32c(check, 0, check.length)).toBe(0xe3069283);
  expect(crc32c(Buffer.concat([Buffer.from("x"), Buffer.alloc(32), Buffer.from("y")]), 1, 33)).toBe(0x8a9136aa);
});

test("kafkajs reads the same records from what is written here", async () => {
  await fc.assert(
    // kafkajs itself stumbles over headers that are named like what every object has
    fc.asyncProperty(
      records.map((items) => items.map(withPlainNames)),
      fc.integer({ min: 0, max: 2 ** 43 }),
      async (written, timestamp) => {
        const decoded = await kafkajsDecodeBatch(new KafkajsDecoder(encodeRecordBatch(written, timestamp)));
        expect(decoded.records.map(({ offset }) => Number(offset))).toEqual(written.map((_, index) => index));
        expect(
          decoded.records.map(({ key, value, headers, timestamp: stamp }) => ({ key, value, headers: { ...headers }, stamp })),
        ).toEqual(written.map(({ key, value, headers }) => ({ key, value, headers: asBytes(headers), stamp: String(timestamp) })));
      },
    ),
  );
});

test("records come back as written, from the offset asked for", () => {
  fc.assert(
    fc.property(records, fc.integer({ min: 0, max: 2 ** 43 }), fc.nat({ max: 200 }), (written, timestamp, from) => {
      const batch = at(1_000_000, encodeRecordBatch(written, timestamp));
      expect(decoded(batch, 1_000_000 + from)).toEqual(
        written
          .map(({ key, value, headers }, index) => ({ offset: 1_000_000 + index, timestamp, key, value, headers: asBytes(headers) }))
          .slice(from),
      );
    }),
  );
});

test("records and texts of every length are read as they were written", () => {
  const lengths = [0, 1, 47, 48, 49, 62, 63, 64, 65, 100, 8_100, 8_191, 8_192, 8_300, 70_000, 1_100_000];
  for (const length of lengths) {
    const written = [
      { key: null, value: Buffer.alloc(length, "v") },
      { key: Buffer.alloc(length, "k"), value: null, headers: { name: "x".repeat(length), bytes: Buffer.alloc(length, "b") } },
      { key: null, value: null, headers: { ["n".repeat(length)]: "y", umlaut: `${"y".repeat(length)}\u00fc\u4e2d` } },
      { key: Buffer.from("last"), value: Buffer.from("last") },
    ];
    const read = decoded(encodeRecordBatch(written, 7), 0);
    expect(read.map(asText).join("|") === written.map(asText).join("|"), `${length} bytes`).toBe(true);
  }
});

test.each([
  ["gzip", 1, gzipSync],
  ["zstd", 4, zstdCompressSync],
] as const)("batches of other producers may be compressed with %s", (_, codec, compress) => {
  const plain = encodeRecordBatch([{ key: Buffer.from("k"), value: Buffer.alloc(1000, "v"), headers: { h: "1" } }], 7);
  const batch = Buffer.concat([plain.subarray(0, BATCH_HEADER_BYTES), compress(plain.subarray(BATCH_HEADER_BYTES))]);
  batch.writeInt16BE(codec, FIELD.attributes);
  expect(decoded(sealed(batch), 0)).toEqual(decoded(plain, 0));
});

test("a log's own stamp goes for every record of the batch", () => {
  const batch = encodeRecordBatch([{ key: null, value: Buffer.from("v") }], 7);
  batch.writeInt16BE(8, FIELD.attributes);
  batch.writeBigInt64BE(1_234n, FIELD.maxTimestamp);
  expect(decoded(sealed(batch), 0)).toMatchObject([{ timestamp: 1_234 }]);
  expect(splitRecordSet(batch).batches.map(isStampedByLog)).toEqual([true]);
});

test("an answer may end inside a batch: it is left for the next, with the size it needs", () => {
  const whole = encodeRecordBatch([{ key: null, value: Buffer.alloc(100) }], 7);
  for (let cut = 0; cut <= whole.length; cut++) {
    const { batches, cutAt } = splitRecordSet(Buffer.concat([whole, whole.subarray(0, cut)]));
    expect(batches).toHaveLength(cut === whole.length ? 2 : 1);
    if (cut >= BATCH_LENGTH_END && cut < whole.length) expect(cutAt).toBe(whole.length);
    if (cut === 0) expect(cutAt).toBe(0);
  }
});

test("a flipped bit is found out", () => {
  const batch = encodeRecordBatch([{ key: null, value: Buffer.alloc(100) }], 7);
  batch[batch.length - 5] = 1;
  expect(() => decoded(batch, 0)).toThrow(expect.objectContaining({ code: "LOG_CORRUPT" }));
});

function decoded(set: Buffer, from: number): StoredRecord[] {
  const found: StoredRecord[] = [];
  for (const batch of splitRecordSet(set).batches) decodeRecords(batch, from, (record) => found.push(record));
  return found.map((record) => ({ ...record, headers: { ...record.headers } }));
}

/** As a broker stores it. */
function at(baseOffset: number, batch: Buffer): Buffer {
  batch.writeBigInt64BE(BigInt(baseOffset), FIELD.baseOffset);
  return batch;
}

function sealed(batch: Buffer): Buffer {
  batch.writeInt32BE(batch.length - BATCH_LENGTH_END, FIELD.length);
  batch.writeUInt32BE(crc32c(batch, FIELD.attributes, batch.length), FIELD.crc);
  return batch;
}

function asBytes(headers: LogRecord["headers"]): Record<string, Buffer> {
  return Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name, Buffer.from(value)]));
}

/** Comparing a megabyte byte by byte takes an assertion seconds. */
function asText({ key, value, headers }: LogRecord | StoredRecord): string {
  return JSON.stringify([
    key?.toString(),
    value?.toString(),
    Object.entries(asBytes(headers)).map(([name, bytes]) => [name, bytes.toString()]),
  ]);
}

function withPlainNames({ headers = {}, ...rest }: LogRecord): LogRecord {
  return { ...rest, headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !(name in {}))) };
}
