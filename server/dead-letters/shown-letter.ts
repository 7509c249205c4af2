// A dead letter as the API shows it.
import type { DeadLetter, ListedDeadLetter } from "../contract/dead-letters.ts";
import type { IndexedLetter } from "./letter-index.ts";
import { stateOf } from "./matching.ts";
import type { Original } from "./original.ts";
import type { RetryPlan } from "./retry-plan.ts";

export function listedLetter(letter: IndexedLetter, plan: RetryPlan, seesPayloads: boolean): ListedDeadLetter {
  const { id, kind, code, reason, at, source, run, consumer } = letter;
  // A reason may quote what it is about.
  return { id, kind, state: stateOf(letter), code, reason: seesPayloads ? reason : "", at, source, run, consumer, canRetry: plan.can };
}

export interface LetterContent {
  readonly plan: RetryPlan;
  /** Null: it is gone. */
  readonly original: Original | null;
  readonly seesPayloads: boolean;
}

export function shownLetter(letter: IndexedLetter, { plan, original, seesPayloads }: LetterContent): DeadLetter {
  const { resolution } = letter;
  const value = seesPayloads ? (original?.value ?? null) : null;
  const text = value === null ? null : textOf(value);
  const shown = Object.entries(original?.headers ?? {}).filter(([name]) => seesPayloads || ATTRIBUTE.test(name));
  const headers = shown.map(([name, bytes]) => [name, bytes.toString()] as const);
  return {
    ...listedLetter(letter, plan, seesPayloads),
    key: original?.key?.toString() ?? null,
    headers: Object.fromEntries(headers),
    value: text,
    valueBase64: value === null || text !== null ? null : value.toString("base64"),
    retry: original === null ? GONE : plan.says,
    resolution: resolution === null ? null : { at: resolution.at, actor: resolution.actor },
  };
}

/** Names, ids and times of events. What else somebody gave a record, of topics of others above all, may be data. */
const ATTRIBUTE = /^(ce_.*|content-type|traceparent|tracestate)$/;
const GONE = "what it holds is gone: the retention of its topic took it";
const utf8 = new TextDecoder("utf-8", { fatal: true });

/** Null where it is no text. */
function textOf(bytes: Buffer): string | null {
  try {
    return utf8.decode(bytes);
  } catch {
    return null;
  }
}
