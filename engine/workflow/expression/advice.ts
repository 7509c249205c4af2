// What to write instead of what cannot be read or does not fit: the mistakes that are made most.
import { FIELDS } from "./event-facts.ts";

interface Mistake {
  readonly text: string;
  readonly at: number;
  /** The library's. */
  readonly code: string;
}

const EXAMPLES = {
  trigger: `Write a condition on the event, such as event.data.total > 100 && event.data.country in ["PL", "DE"].`,
  wait: `Write a condition on the trigger (event) and the awaited event (async), such as event.data.userId == async.data.userId && async.data.total > 100.`,
  key: `Write a place in the event, such as event.data.userId, or what several make: event.data.country + "/" + event.data.city.`,
  number: `Write a number of the event, such as event.data.rank, or event.data.plan == "pro" ? 60 : 0.`,
};

/** What an expression is for. */
export type Use = keyof typeof EXAMPLES;

export function adviceFor(use: Use, mistake?: Mistake): string {
  return (mistake === undefined ? null : adviceOn(mistake, use)) ?? EXAMPLES[use];
}

function adviceOn({ text, at, code }: Mistake, use: Use): string | null {
  const before = text.slice(0, at);
  const word = /^\w+/.exec(text.slice(at))?.[0] ?? "";
  if (/^(and|or|not)$/i.test(word) || /\b(and|or|not)\s+$/i.test(before)) return "Write && for and, || for or, ! for not.";
  if (before.endsWith("-") && /\w-$/.test(before)) return `A name with a dash stands in brackets: event.data["user-id"].`;
  if (before.endsWith(".") && word !== "") return `Such a name stands in brackets: event.data["${word}"].`;
  if (code === "unknown_variable") return onUnknownName(word, use);
  if (text[at] === "=" || before.endsWith("=")) return "Equality is written ==.";
  if (code === "no_such_overload")
    return `Both sides must be of types that go together: "1" is a text, 1 is a number. string(x) makes a text of x.`;
  if (code === "invalid_macro_argument") return "Write has(event.data.total), or event.data.items.exists(item, item.price > 3).";
  if (code.startsWith("unterminated")) return `Text ends with the quote that it began with: "Anna".`;
  return null;
}

function onUnknownName(name: string, use: Use): string {
  const knowsAsync = use === "wait";
  if (name === "async") return `A ${use} knows the event that arrives, as event. async is for events that a run waits for.`;
  const known = knowsAsync ? "event (the trigger) and async (the awaited event)" : "event";
  if (FIELDS.some((field) => field === name)) return `Write whose: event.${name}. Known here: ${known}.`;
  return `Known here: ${known}. A text stands in quotes: "${name}".`;
}
