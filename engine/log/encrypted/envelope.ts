// How sealed bytes stand in a record: a mark, what they are, the id of their key, and what the codec made.
//
//   F5 'm' 'r' | 1 a value or a header, 2 a key | length of the id | id | the codec's bytes
//
// No text in UTF-8, no JSON and none of the engine's own formats begins with F5: what has no mark was never sealed.

export type Kind = "value" | "name";

export interface Envelope {
  readonly kind: Kind | "unknown";
  /** Id of the key. */
  readonly key: string;
  readonly bytes: Buffer;
}

const MARK = Buffer.from([0xf5, 0x6d, 0x72]);
const KINDS: Readonly<Record<Kind, number>> = { value: 1, name: 2 };
const HEAD = MARK.length + 2;

/** What stands before the codec's bytes. */
export function headOf(kind: Kind, key: string): Buffer {
  const id = Buffer.from(key, "latin1");
  return Buffer.concat([MARK, Buffer.from([KINDS[kind], id.length]), id]);
}

export function isSealed(bytes: Buffer | null | undefined): bytes is Buffer {
  return (
    bytes !== null && bytes !== undefined && bytes.length >= HEAD && bytes[0] === MARK[0] && bytes[1] === MARK[1] && bytes[2] === MARK[2]
  );
}

/** Of what is sealed. */
export function readEnvelope(sealed: Buffer): Envelope {
  const kind = sealed[MARK.length];
  const end = HEAD + (sealed[HEAD - 1] ?? 0);
  return {
    kind: kind === KINDS.value ? "value" : kind === KINDS.name ? "name" : "unknown",
    key: sealed.toString("latin1", HEAD, end),
    bytes: sealed.subarray(end),
  };
}
