// A consumer's reducers as a task calls them: JSON text in, JSON text out, and whatever is wrong with one of them sets its event aside.
import { viewOfEvent } from "../execution/event-view.ts";
import type { EventView } from "../execution/event-map.ts";
import { failureOf } from "../execution/failure.ts";
import type { Reduce, Reduced } from "../workflow/consumer/consume.ts";
import type { StateValue } from "../workflow/records.ts";

export type LooseReducer = (value: unknown, event: EventView) => unknown;

const MAX_VALUE_BYTES = 1024 * 1024;
/** Of all that one event changes: it stands in a frame, beside the event (R15). */
const MAX_VALUES_BYTES = 2 * 1024 * 1024;

/** `reducers`: by the name of the store, in order of names. */
export function reduceWith(reducers: readonly (readonly [store: string, reducer: LooseReducer])[]): Reduce {
  return (event, before) => {
    if (reducers.length === 0) return NOTHING;
    const values: StateValue[] = [];
    let bytes = 0;
    for (const [store, reducer] of reducers) {
      const known = before(store);
      // Its own: what one reducer does to it is not what the next one gets.
      const next = nextValue(store, reducer, known, viewOfEvent(event));
      if (!next.ok) return next;
      if (next.value === (known ?? null)) continue;
      values.push({ store, value: next.value });
      bytes += next.value === null ? 0 : bytesOf(next.value);
    }
    if (bytes <= MAX_VALUES_BYTES) return { ok: true, values };
    return tooLarge(`what the event changes would have ${bytes} bytes; the limit is ${MAX_VALUES_BYTES} in all`);
  };
}

const NOTHING: Reduced = { ok: true, values: [] };

type Next = { readonly ok: true; readonly value: string | null } | Extract<Reduced, { readonly ok: false }>;

function nextValue(store: string, reducer: LooseReducer, known: string | undefined, view: EventView): Next {
  let text: string | undefined;
  try {
    const made = reducer(known === undefined ? undefined : (JSON.parse(known) as unknown), view);
    if (made === undefined || made === null) return { ok: true, value: null };
    if (isPromise(made)) {
      // Nobody waits for it, and it must not end the process.
      made.then(undefined, () => {});
      return failed(`reducer "${store}" returned a promise: it computes from what it gets, and waits for nothing. Use handle for the rest`);
    }
    text = JSON.stringify(made);
  } catch (error) {
    const { name, message } = failureOf(error);
    return failed(`reducer "${store}" threw ${name}: ${message}`);
  }
  if (text === undefined) return failed(`reducer "${store}" returned what JSON cannot say`);
  const bytes = bytesOf(text);
  if (bytes <= MAX_VALUE_BYTES) return { ok: true, value: text.isWellFormed() ? text : text.toWellFormed() };
  return tooLarge(`the value of "${store}" would have ${bytes} bytes; the limit is ${MAX_VALUE_BYTES} for a key`);
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}

/** Text that is short enough in any case is not counted. */
function bytesOf(text: string): number {
  return text.length * 3 <= MAX_VALUE_BYTES ? text.length : Buffer.byteLength(text);
}

function failed(reason: string): Extract<Reduced, { readonly ok: false }> {
  return { ok: false, code: "CONSUMER_REDUCER_FAILED", reason };
}

function tooLarge(reason: string): Extract<Reduced, { readonly ok: false }> {
  return { ok: false, code: "CONSUMER_STATE_TOO_LARGE", reason };
}
