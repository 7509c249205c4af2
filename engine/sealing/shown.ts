// What people are shown, wherever data that is sealed may stand in it: opened where this process has the keys, and a mark where nobody has. Sealed
// text itself is shown to nobody.
import { orAborted } from "../core/or-aborted.ts";
import type { Sealing } from "../core/sealing.ts";

const MARK = "$sealed";
const ANY = /\{"\$sealed":\{"v":1,"k":"[0-9a-f.]{49}","d":"[A-Za-z0-9+/=]*"\}\}/g;
/** The same as a text within JSON, with its quotation marks around it. */
const QUOTED = /"\{\\"\$sealed\\":\{\\"v\\":1,\\"k\\":\\"[0-9a-f.]{49}\\",\\"d\\":\\"[A-Za-z0-9+/=]*\\"\}\}"/g;
/** The beginning of one that was cut. */
const CUT = /"?\{\\*"\$sealed\\*":\{\\*"v\\*":1[^}]*$/;
/** Where a text stands, and no JSON. */
const TEXTS = new Set(["message", "stack", "reason", "detail"]);

/**
 * Cheap for what has nothing sealed in it. `value`: what JSON can say. Keys that are not known yet are waited for, until `signal` is aborted: then a
 * mark says that there is something.
 */
export async function shown<Value>(sealing: Sealing | null, value: Value, signal: AbortSignal | null = null): Promise<Value> {
  if (sealing === null) return value;
  const unknown: Promise<void>[] = [];
  const opened = openedIn(value, null, { sealing, unknown, erased: ERASED, unheard: ERASED });
  if (unknown.length === 0) return opened as Value;
  const isAnswered = await allBefore(unknown, signal);
  // Each was asked for, so by now it is known or was never there. It is not asked for again: anybody may write what looks sealed, under more names
  // than are remembered, and who asked until all are known would never be done.
  return openedIn(value, null, { sealing, unknown: [], erased: ERASED, unheard: isAnswered ? ERASED : SEALED }) as Value;
}

/** For who has no keys, or may not see data: that there is some. */
export function withoutKeys<Value>(value: Value): Value {
  return openedIn(value, null, { sealing: NO_KEYS, unknown: [], erased: SEALED, unheard: SEALED }) as Value;
}

/** The same at once, by the keys that are known now. */
export function shownNow<Value>(sealing: Sealing, value: Value): Value {
  return openedIn(value, null, { sealing, unknown: [], erased: ERASED, unheard: ERASED }) as Value;
}

/** Whether there can be anything sealed in it. */
export function hasSealed(text: string): boolean {
  return text.includes(MARK);
}

interface Opening {
  readonly sealing: Pick<Sealing, "open">;
  /** Collected: what is not known yet. */
  readonly unknown: Promise<void>[];
  readonly erased: Marks;
  /** In the place of what is not known. */
  readonly unheard: Marks;
}

/** In the place of what is not opened: of data, as JSON, and of texts. */
interface Marks {
  readonly data: string;
  readonly text: string;
}

const ERASED: Marks = { data: '{"$erased":true}', text: "(erased)" };
const SEALED: Marks = { data: '{"$sealed":true}', text: "(sealed)" };
const NO_KEYS: Pick<Sealing, "open"> = { open: () => ({ kind: "erased" }) };

function openedIn(value: unknown, name: string | null, opening: Opening): unknown {
  if (typeof value === "string") return hasSealed(value) ? openedString(value, name !== null && TEXTS.has(name), opening) : value;
  if (Array.isArray(value)) return value.map((item) => openedIn(item, name, opening));
  if (typeof value !== "object" || value === null || Buffer.isBuffer(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, property]) => [key, openedIn(property, key, opening)]));
}

function openedString(text: string, isText: boolean, opening: Opening): string {
  const as = isText || !/^["[{]/.test(text) ? "text" : "data";
  return text
    .replace(QUOTED, (quoted) => JSON.stringify(openedOne(String(JSON.parse(quoted)), "text", opening)))
    .replace(ANY, (sealed) => openedOne(sealed, as, opening))
    .replace(CUT, "…");
}

function openedOne(sealed: string, as: keyof Marks, { sealing, unknown, erased, unheard }: Opening): string {
  const opened = sealing.open(sealed);
  if (opened.kind === "open") return opened.text;
  if (opened.kind === "unknown") unknown.push(opened.known);
  return opened.kind === "unknown" ? unheard[as] : erased[as];
}

/** False: aborted before. */
async function allBefore(waits: readonly Promise<void>[], signal: AbortSignal | null): Promise<boolean> {
  const all = Promise.all(waits);
  try {
    await (signal === null ? all : orAborted(all, signal));
    return true;
  } catch (error) {
    if (signal?.aborted === true) return false;
    throw error;
  }
}
