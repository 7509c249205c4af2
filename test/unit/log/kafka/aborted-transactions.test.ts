import { expect, test } from "vitest";
import { AbortedTransactions } from "../../../../engine/log/kafka/aborted-transactions.ts";
import { crc32c } from "../../../../engine/log/kafka/protocol/crc32c.ts";
import { encodeRecordBatch, FIELD } from "../../../../engine/log/kafka/protocol/record-batch.ts";
import { splitRecordSet, type StoredBatch } from "../../../../engine/log/kafka/protocol/record-set.ts";

const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;
const ABORT = Buffer.from([0, 0, 0, 0]);
const COMMIT = Buffer.from([0, 0, 0, 1]);

test("data of an aborted transaction is hidden up to its marker, and shown after", () => {
  const aborted = new AbortedTransactions([{ producerId: 7, firstOffset: 10 }]);
  const seen = [data(8, 7), data(10, 7), data(11, 7), marker(12, 7, ABORT), data(13, 7), marker(14, 7, COMMIT)].map((batch) =>
    aborted.shows(batch, true),
  );
  expect(seen).toEqual([true, false, false, false, true, false]);
});

test("another producer's data between is shown, transactional or not", () => {
  const aborted = new AbortedTransactions([{ producerId: 7, firstOffset: 10 }]);
  expect([data(10, 7), data(11, 8), data(12, -1, 0)].map((batch) => aborted.shows(batch, true))).toEqual([false, true, true]);
});

test("a record whose key looks like a marker is a record", () => {
  const aborted = new AbortedTransactions([{ producerId: 7, firstOffset: 10 }]);
  const lookalike = batchOf({ offset: 11, producerId: 7, attributes: TRANSACTIONAL, key: ABORT });
  expect([data(10, 7), lookalike, data(12, 7)].map((batch) => aborted.shows(batch, true))).toEqual([false, false, false]);
});

test("one producer may abort twice in an answer, in any order of the list", () => {
  const aborted = new AbortedTransactions([
    { producerId: 7, firstOffset: 12 },
    { producerId: 7, firstOffset: 10 },
  ]);
  const seen = [data(10, 7), marker(11, 7, ABORT), data(12, 7), marker(13, 7, ABORT), data(14, 7)];
  expect(seen.map((batch) => aborted.shows(batch, true))).toEqual([false, false, false, false, true]);
});

test("an uncommitted read shows everything but markers", () => {
  const aborted = new AbortedTransactions([]);
  expect([data(10, 7), marker(11, 7, ABORT)].map((batch) => aborted.shows(batch, false))).toEqual([true, false]);
});

function data(offset: number, producerId: number, attributes = TRANSACTIONAL): StoredBatch {
  return batchOf({ offset, producerId, attributes, key: Buffer.from("key") });
}

function marker(offset: number, producerId: number, key: Buffer): StoredBatch {
  return batchOf({ offset, producerId, attributes: TRANSACTIONAL | CONTROL, key });
}

function batchOf({
  offset,
  producerId,
  attributes,
  key,
}: {
  offset: number;
  producerId: number;
  attributes: number;
  key: Buffer;
}): StoredBatch {
  const bytes = encodeRecordBatch([{ key, value: null }], 0);
  bytes.writeBigInt64BE(BigInt(offset), FIELD.baseOffset);
  bytes.writeBigInt64BE(BigInt(producerId), FIELD.producerId);
  bytes.writeInt16BE(attributes, FIELD.attributes);
  bytes.writeUInt32BE(crc32c(bytes, FIELD.attributes, bytes.length), FIELD.crc);
  const [batch] = splitRecordSet(bytes).batches;
  if (batch === undefined) throw new Error("not a batch");
  return batch;
}
