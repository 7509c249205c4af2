// The code of a consumer, where data is sealed: what it gets is opened, and the state that a sealed event makes is sealed for the same subject.
import type { Sealing } from "../core/sealing.ts";
import { failureOf } from "../execution/failure.ts";
import { openedText, sealedWithin } from "../execution/opened-text.ts";
import { NonRetriableError, RetryAfterError } from "../execution/user-errors.ts";
import type { ConsumerCode } from "../task/consumer/consumer-code.ts";
import type { TriggerEvent } from "../workflow/records.ts";

/** Of an error's text: sealed, it still fits the reason of a dead letter. */
const MAX_SAID = 500;

/** An event whose subject was erased changes nothing and is not handled; state of one is not there. */
export function sealedConsumer(code: ConsumerCode, sealing: Sealing): ConsumerCode {
  const open = (text: string): string | undefined => {
    const opened = sealing.open(text);
    return opened.kind === "open" ? opened.text : undefined;
  };
  /** Null: it was erased. Its key is known, else it had not come so far. */
  const opened = (event: TriggerEvent): TriggerEvent | null => {
    const { kind, ...rest } = openedText(sealing, event.data, event.name);
    return kind === "open" && "text" in rest ? { ...event, data: rest.text } : null;
  };
  return {
    ...code,
    reduce: (sealed, before) => {
      const event = opened(sealed);
      if (event === null) return { ok: true, values: [] };
      const reduced = code.reduce(event, (store) => {
        const known = before(store);
        return known === undefined ? undefined : open(known);
      });
      const model = sealedWithin(sealed);
      if (model === null) return reduced;
      if (!reduced.ok) return { ...reduced, reason: sealing.sealLike(model, reduced.reason.slice(0, MAX_SAID)) };
      const values = reduced.values.map(({ store, value }) => ({ store, value: value === null ? null : sealing.sealLike(model, value) }));
      return { ok: true, values };
    },
    handle: (call) => {
      const event = opened(call.event);
      if (event === null) return undefined;
      const state = call.state.flatMap(([store, value]): (readonly [string, string])[] => {
        const text = open(value);
        return text === undefined ? [] : [[store, text]];
      });
      const model = sealedWithin(call.event);
      if (model === null) return code.handle({ ...call, event, state });
      return (async () => code.handle({ ...call, event, state }))().catch((error: unknown) => {
        throw sealedError(error, (text) => sealing.sealLike(model, text));
      });
    },
  };
}

/** As it was meant, with another text: it stands in the log, and with a dead letter. */
function sealedError(thrown: unknown, seal: (text: string) => string): Error {
  const { name, message } = failureOf(thrown);
  const text = seal(message.slice(0, MAX_SAID));
  const error =
    thrown instanceof NonRetriableError
      ? new NonRetriableError(text)
      : thrown instanceof RetryAfterError
        ? new RetryAfterError(text, typeof thrown.retryAfter === "number" ? `${thrown.retryAfter} ms` : thrown.retryAfter)
        : new Error(text);
  error.name = name;
  error.stack = text;
  return error;
}
