// Avro on Kafka as Confluent's serializers write it: a zero byte, the schema's id as four bytes, big-endian, and the body.
// https://docs.confluent.io/platform/current/schema-registry/fundamentals/serdes-develop/index.html#wire-format

const MAGIC = 0;
const HEADER_BYTES = 5;

export interface Framed {
  readonly id: number;
  readonly body: Buffer;
}

export function framed(id: number, body: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + body.length);
  bytes[0] = MAGIC;
  bytes.writeInt32BE(id, 1);
  body.copy(bytes, HEADER_BYTES);
  return bytes;
}

/** Null: it is something else. No text begins like this, and no JSON. */
export function unframed(value: Buffer): Framed | null {
  if (value.length < HEADER_BYTES || value[0] !== MAGIC) return null;
  return { id: value.readInt32BE(1), body: value.subarray(HEADER_BYTES) };
}
