// A place in an event: `data.userId`, `data["user-id"]`, `key`.
import { FIELDS, isField, isRecord, valueOfName, type EventFacts, type Json } from "./event-facts.ts";
import { invalidExpression } from "./complaint.ts";
import { isComparable, valueOf } from "./value.ts";

/** Names from the event inwards. The first is a field of the event. */
export type Path = readonly string[];

const MAX_LENGTH = 500;
const NAME = /^[A-Za-z_]\w*$/;
const SEGMENT = /\.?(?<name>[A-Za-z_]\w*)|\[(?:'(?<plain>[^'\\]*)'|(?<quoted>"(?:[^"\\]|\\.)*"))\]/y;

/** @throws ConfigurationError `INVALID_EXPRESSION` */
export function parsePath(text: string): Path {
  if (text.length > MAX_LENGTH) throw invalid(text, MAX_LENGTH, `a path has at most ${MAX_LENGTH} characters`);
  const path: string[] = [];
  for (let at = 0; at < text.length; at = SEGMENT.lastIndex) {
    SEGMENT.lastIndex = at;
    const found = SEGMENT.exec(text);
    const begins = text[at] !== "." && text[at] !== "[";
    if (found === null || begins !== (at === 0)) throw invalid(text, at, "this is no part of a path");
    const { name, plain, quoted } = found.groups ?? {};
    path.push(name ?? plain ?? unquote(text, at, quoted ?? ""));
  }
  if (!isShort(path)) throw invalid(text, 0, `written out, a path has at most ${MAX_LENGTH} characters`);
  if (!isField(path[0])) throw invalid(text, 0, `an event has ${FIELDS.join(", ")}`);
  return path;
}

/** Only what is short can be read again from its text. */
export function isShort(path: Path): boolean {
  return pathText(path).length <= MAX_LENGTH;
}

/** One way of writing for each path: what is compared at the same place is one shape. */
export function pathText(path: Path): string {
  return path.map((name, index) => (index === 0 ? name : NAME.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`)).join("");
}

/** What stands there, as `valueOf` writes it; null where it can match nothing. */
export function valueAt(event: EventFacts, path: Path): string | null {
  const value = placeIn(event, path);
  return isComparable(value) ? valueOf(value) : null;
}

/** What stands there; undefined where there is no such place. */
export function placeIn(event: EventFacts, path: Path): Json | undefined {
  const [field] = path;
  let value: Json | undefined = isField(field) ? event[field] : undefined;
  for (let at = 1; at < path.length; at++) value = isRecord(value) ? valueOfName(value, path[at] ?? "") : undefined;
  return value;
}

function unquote(text: string, at: number, quoted: string): string {
  try {
    return JSON.parse(quoted) as string;
  } catch {
    throw invalid(text, at, "the text in the brackets is no string");
  }
}

function invalid(text: string, at: number, problem: string): Error {
  const advice = `Write the place of the value in the event, such as data.userId or data["user-id"]. Places in lists cannot be compared.`;
  return invalidExpression({ text, at, problem, advice });
}
