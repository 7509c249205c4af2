// PORT Sealing: text that only who has its subject's key can read. Wherever data stands, in the log and in memory, it stands sealed; it is
// opened where somebody looks at it: a decider at an event's fields, a handler at what it is given, people at a page.
//
// A sealed text is JSON, so whatever carries data carries it: {"$sealed":{"v":1,"k":"<key>","d":"<base64>"}}

const BEGINNING = '{"$sealed":{"v":1,"k":"';
const MIDDLE = '","d":"';
const ENDING = '"}}';
const KEY = /^[0-9a-f]{32}\.[0-9a-f]{16}$/;
/** Of a key's name: 32 characters that tell its subject, a dot, 16 that tell it from other keys of the subject. */
const KEY_LENGTH = 49;

/** What became of a sealed text. */
export type Opened =
  | { readonly kind: "open"; readonly text: string }
  /** Its subject was erased: nobody can read it any more. */
  | { readonly kind: "erased" }
  /** Its key is not known here yet. `known` resolves when it is, or is erased. */
  | { readonly kind: "unknown"; readonly known: Promise<void> };

export interface Sealing {
  /** Any text: what is not sealed is open. Never throws: what was altered counts as erased. */
  open(text: string): Opened;
  /** Whether its subject is known to be erased. Cheap. */
  isErased(text: string): boolean;
  /** Sealed for the subject of `model`; as it is where that is not sealed. Where the subject was erased meanwhile, what comes out is as erased as it. */
  sealLike(model: string, text: string): string;
}

/** Where nothing is sealed. What looks like it is passed on as it is. */
export const NOT_SEALED: Sealing = { open: (text) => ({ kind: "open", text }), isErased: () => false, sealLike: (_, text) => text };

/** A sealed text taken apart; null for any other. */
export interface SealedText {
  readonly key: string;
  /** Base64; empty for what was sealed when its subject was erased. */
  readonly data: string;
}

export function sealedText({ key, data }: SealedText): string {
  return `${BEGINNING}${key}${MIDDLE}${data}${ENDING}`;
}

/** Cheap for what is not sealed. */
export function readSealed(text: string): SealedText | null {
  const key = keyOfSealed(text);
  if (key === null) return null;
  const data = text.slice(BEGINNING.length + KEY_LENGTH + MIDDLE.length, -ENDING.length);
  return /^[A-Za-z0-9+/]*={0,2}$/.test(data) ? { key, data } : null;
}

/** Name of the key of what is known to be sealed, without a look at all of it; null for what does not begin and end like that. */
export function keyOfSealed(text: string): string | null {
  if (!text.startsWith(BEGINNING) || !text.endsWith(ENDING)) return null;
  const keyEnd = BEGINNING.length + KEY_LENGTH;
  const key = text.slice(BEGINNING.length, keyEnd);
  return KEY.test(key) && text.startsWith(MIDDLE, keyEnd) ? key : null;
}

/** By which the keys of one subject are known. */
export function subjectOfKey(key: string): string {
  return key.slice(0, key.indexOf("."));
}

/** What stands in the place of a text that is about a subject, where texts go to that outlive its erasure: logs, traces, alerts. */
export const NOT_TOLD = "(not told, since it is about a subject: who may see data finds it with the run)";

/** A sentence as logs and alerts have it: without what is sealed in it, whole or cut. */
export function toldText(text: string): string {
  return text.includes(BEGINNING) ? text.replace(/\{"\$sealed":\{"v":1[^}]*(?:\}\})?/g, NOT_TOLD) : text;
}

/** An error as logs and alerts have it: of one that is sealed, its name. */
export function toldError<Told extends { readonly name: string; readonly message: string; readonly stack?: string | null }>(
  error: Told,
): Told {
  if (readSealed(error.message) === null) return error;
  return { ...error, message: NOT_TOLD, ...(error.stack === undefined ? {} : { stack: null }) };
}
