// What people are shown, wherever data that is sealed may stand in it: opened where this process has the keys, and a mark where nobody has. Sealed
// text itself is shown to nobody.
import type { Sealing } from "../core/sealing.ts";

const MARK = "$sealed";
const ANY = /\{"\$sealed":\{"v":1,"k":"[0-9a-f.]{49}","d":"[A-Za-z0-9+/=]*"\}\}/g;
/** The same as a text within JSON, with its quotation marks around it. */
const QUOTED = /"\{\\"\$sealed\\":\{\\"v\\":1,\\"k\\":\\"[0-9a-f.]{49}\\",\\"d\\":\\"[A-Za-z0-9+/=]*\\"\}\}"/g;
/** The beginning of one that was cut. */
const CUT = /"?\{\\*"\$sealed\\*":\{\\*"v\\*":1[^}]*$/;
/** Where a text stands, and no JSON. */
const TEXTS = new Set(["message", "stack", "reason", "detail"]);

/** Cheap for what has nothing sealed in it. `value`: what JSON can say. */
export async function shown<Value>(sealing: Sealing | null, value: Value): Promise<Value> {
  if (sealing === null) return value;
  // A key that is not known yet is asked for, and then it is known or was never there.
  for (;;) {
    const unknown: Promise<void>[] = [];
    const opened = openedIn(value, null, { sealing, unknown, marks: ERASED });
    if (unknown.length === 0) return opened as Value;
    await Promise.all(unknown);
  }
}

/** For who has no keys, or may not see data: that there is some. */
export function withoutKeys<Value>(value: Value): Value {
  return openedIn(value, null, { sealing: NO_KEYS, unknown: [], marks: SEALED }) as Value;
}

/** The same at once, by the keys that are known now. */
export function shownNow<Value>(sealing: Sealing, value: Value): Value {
  return openedIn(value, null, { sealing, unknown: [], marks: ERASED }) as Value;
}

/** Whether there can be anything sealed in it. */
export function hasSealed(text: string): boolean {
  return text.includes(MARK);
}

interface Opening {
  readonly sealing: Pick<Sealing, "open">;
  readonly unknown: Promise<void>[];
  readonly marks: Marks;
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
  const { marks } = opening;
  const erased = isText || !/^["[{]/.test(text) ? marks.text : marks.data;
  return text
    .replace(QUOTED, (quoted) => JSON.stringify(openedOne(String(JSON.parse(quoted)), marks.text, opening)))
    .replace(ANY, (sealed) => openedOne(sealed, erased, opening))
    .replace(CUT, "…");
}

function openedOne(sealed: string, erased: string, { sealing, unknown }: Opening): string {
  const opened = sealing.open(sealed);
  if (opened.kind === "unknown") unknown.push(opened.known);
  return opened.kind === "open" ? opened.text : erased;
}
