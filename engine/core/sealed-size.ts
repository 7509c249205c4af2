// How large a text is when it is sealed. Limits are of what people send: what sealing adds is not theirs to know.

const BEGINNING = Buffer.from('{"$sealed":');
/** Of a cipher: its nonce and its tag. */
const CIPHER_BYTES = 28;
/** What stands around the base64, see sealing.ts, and some room. */
const AROUND_BYTES = 128;

/** At the most, of a text that has so many bytes in UTF-8: a third more. */
export function sealedBytes(plainBytes: number): number {
  return 4 * Math.ceil((plainBytes + CIPHER_BYTES) / 3) + AROUND_BYTES;
}

/** Whether it begins as what is sealed does. Cheap. */
export function isSealedBytes(value: Buffer | null): boolean {
  return value !== null && value.length > BEGINNING.length && BEGINNING.compare(value, 0, BEGINNING.length) === 0;
}
