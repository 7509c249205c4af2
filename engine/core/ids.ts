// Branded ids: made here by parsing or by derivation, and nowhere else.
import { hash, randomBytes } from "node:crypto";

declare const brand: unique symbol;
type Branded<B extends string> = string & { readonly [brand]: B };

/** ULID: 26 characters, time of the trigger first, then entropy that depends on nothing but the trigger (R10). */
export type RunId = Branded<"RunId">;
/** A step of a run: its id and how often that id came before in this run, as `id#occurrence`. */
export type StepKey = Branded<"StepKey">;

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const MAX_ULID_TIME = 2 ** 48 - 1;
const RUN_ID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;

export function parseRunId(text: string): RunId | null {
  return RUN_ID.test(text) ? (text as RunId) : null;
}

/** `source` names what started the run: topic-partition-offset, or parent run and step. The same source gives the same id. */
export function deriveRunId(time: number, partition: number, functionId: string, source: string): RunId {
  const digest = hash("sha1", `${functionId}\0${source}`, "buffer");
  const entropy = new Uint8Array(10);
  entropy[0] = (partition >> 8) & 0xff;
  entropy[1] = partition & 0xff;
  entropy.set(digest.subarray(0, 8), 2);
  return (encodeTime(time) + encodeEntropy(entropy)) as RunId;
}

/** Unlike anything made before, for what is not part of the log's truth: workers, producers. 16 characters. */
export function randomId(): string {
  return randomBytes(12).toString("base64url");
}

/** A number below 2^52 that two claims will not share. */
export function randomNonce(): number {
  return randomBytes(6).readUIntBE(0, 6);
}

export function stepKey(id: string, occurrence: number): StepKey {
  return `${id}#${occurrence}` as StepKey;
}

export function stepId(key: StepKey): string {
  return key.slice(0, key.lastIndexOf("#"));
}

function encodeTime(time: number): string {
  let rest = Math.max(0, Math.min(MAX_ULID_TIME, Math.floor(time)));
  let text = "";
  for (let index = 0; index < 10; index++) {
    text = ALPHABET.charAt(rest % 32) + text;
    rest = Math.floor(rest / 32);
  }
  return text;
}

function encodeEntropy(bytes: Uint8Array): string {
  let text = "";
  let bits = 0;
  let value = 0;
  for (const byte of bytes) {
    value = (value << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += ALPHABET.charAt((value >>> bits) & 31);
    }
    value &= (1 << bits) - 1;
  }
  return text;
}
