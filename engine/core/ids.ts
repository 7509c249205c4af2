// Branded ids: made here by parsing or by derivation, and nowhere else.
import { hash, randomBytes } from "node:crypto";

declare const brand: unique symbol;
type Branded<B extends string> = string & { readonly [brand]: B };

/** ULID: 26 characters, time of the trigger first, then entropy that depends on nothing but the trigger (R10). */
export type RunId = Branded<"RunId">;
/** A step of a run: its id and how often that id came before in this run, as `id#occurrence`. */
export type StepKey = Branded<"StepKey">;

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const TIME_DIGITS = 10;
const MAX_ULID_TIME = 2 ** 48 - 1;
const RUN_ID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;

export function parseRunId(text: string): RunId | null {
  return RUN_ID.test(text) ? (text as RunId) : null;
}

/** `source` names what started the run: topic-partition-offset, or parent run and step. The same source gives the same id. */
export function deriveRunId(time: number, partition: number, functionId: string, source: string): RunId {
  const digest = hash("sha1", `${functionId}\0${source}`, "buffer");
  writeTime(time);
  // 80 bits: the partition's 16, then 64 of the digest.
  let bits = 16;
  let value = partition & 0xffff;
  let read = 0;
  for (let place = TIME_DIGITS; place < 26; place++) {
    if (bits < 5) {
      value = ((value & ((1 << bits) - 1)) << 8) | (digest[read++] ?? 0);
      bits += 8;
    }
    bits -= 5;
    letters[place] = LETTERS[(value >>> bits) & 31] ?? 0;
  }
  return letters.toString("latin1") as RunId;
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

/** Null where it is none. */
export function parseStepKey(text: string): StepKey | null {
  return /^.+#\d{1,9}$/s.test(text) ? (text as StepKey) : null;
}

export function stepId(key: StepKey): string {
  return key.slice(0, key.lastIndexOf("#"));
}

function writeTime(time: number): void {
  let rest = Math.max(0, Math.min(MAX_ULID_TIME, Math.floor(time)));
  for (let place = TIME_DIGITS - 1; place >= 0; place--) {
    letters[place] = LETTERS[rest % 32] ?? 0;
    rest = Math.floor(rest / 32);
  }
}

/** The partition in which a run lives: it stands in its id, behind the time. */
export function partitionOfRun(run: RunId): number {
  // Characters 10 to 13 hold the first 20 of the 80 bits; the partition is the first 16 of them.
  let bits = 0;
  for (let index = 10; index < 14; index++) bits = bits * 32 + ALPHABET.indexOf(run.charAt(index));
  return bits >> 4;
}

/** A run's id has 128 bits: in so many 32-bit words it can stand in an array with a million others. */
export const RUN_ID_WORDS = 4;

/** Writes the words of an id at `index`. Returns false, with the words spoilt, where the text is no run's id. */
export function writeRunId(text: string, words: Uint32Array, index: number): boolean {
  if (text.length !== 26) return false;
  let value = 0;
  let bits = 0;
  let at = index;
  for (let place = 0; place < 26; place++) {
    const digit = DIGITS[text.charCodeAt(place)] ?? NO_DIGIT;
    if (digit === NO_DIGIT || (place === 0 && digit > 7)) return false;
    // The first digit has three bits, all others five.
    const missing = 32 - bits;
    const width = place === 0 ? 3 : 5;
    if (width < missing) {
      value = (value << width) | digit;
      bits += width;
    } else {
      const rest = width - missing;
      words[at++] = (value << missing) | (digit >>> rest);
      value = digit & ((1 << rest) - 1);
      bits = rest;
    }
  }
  return true;
}

export function runIdAt(words: Uint32Array, index: number): RunId {
  let value = 0;
  let bits = 0;
  let at = index;
  for (let place = 0; place < 26; place++) {
    const width = place === 0 ? 3 : 5;
    let digit = 0;
    if (width <= bits) {
      bits -= width;
      digit = (value >>> bits) & ((1 << width) - 1);
    } else {
      const rest = width - bits;
      digit = (value & ((1 << bits) - 1)) << rest;
      value = words[at++] ?? 0;
      bits = 32 - rest;
      digit |= value >>> bits;
    }
    letters[place] = LETTERS[digit] ?? 0;
  }
  return letters.toString("latin1") as RunId;
}

const NO_DIGIT = 255;
const DIGITS = new Uint8Array(128).fill(NO_DIGIT);
for (let digit = 0; digit < 32; digit++) DIGITS[ALPHABET.charCodeAt(digit)] = digit;
const LETTERS = Buffer.from(ALPHABET, "latin1");
/** Of the id that is being made. A string made of these is flat, as keys of maps are best. */
const letters = Buffer.alloc(26);
