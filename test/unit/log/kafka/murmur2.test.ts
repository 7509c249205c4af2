import { createRequire } from "node:module";
import fc from "fast-check";
import { expect, test } from "vitest";
import { murmur2, partitionOfKey } from "../../../../engine/core/murmur2.ts";

const require = createRequire(import.meta.url);
const kafkajsMurmur2 = require("kafkajs/src/producer/partitioners/default/murmur2") as (key: Buffer) => number;

test.each([
  ["21", -973932308],
  ["foobar", -790332482],
  ["a-little-bit-long-string", -985981536],
  ["a-little-bit-longer-string", -1486304829],
  ["lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971],
  ["abc", 479470107],
])("hashes %j as Kafka's own tests do", (text, hash) => {
  expect(murmur2(Buffer.from(text))).toBe(hash);
});

test("hashes any bytes as kafkajs does", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => murmur2(bytes) === kafkajsMurmur2(Buffer.from(bytes))));
});

test("a key's partition is the positive hash modulo the partitions", () => {
  expect(partitionOfKey(Buffer.from("foobar"), 8)).toBe((-790332482 & 0x7fffffff) % 8);
});
