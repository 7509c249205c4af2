// Where in a trace something was sent, as one text that travels whole: W3C's traceparent and, where there is a tracestate, a space and that.
// So who has no tracestate pays for none. https://www.w3.org/TR/trace-context/

export interface TraceParts {
  readonly traceparent: string;
  readonly tracestate: string | null;
}

const TRACEPARENT = /^[\da-f]{2}-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}$/;
/** A vendor's key, perhaps with a tenant before it, and its value: printable, without `,` and `=`, not ending with a space. */
const MEMBER = /^[\da-z][\da-z_*/-]{0,255}(?:@[a-z][\da-z_*/-]{0,13})?=[ -+\--<>-~]{0,255}[!-+\--<>-~]$/;
const MAX_MEMBERS = 32;
/** Characters, of what vendors have to pass on. */
const MAX_TRACESTATE = 512;

/** Null for what is no traceparent. What is no tracestate, or a longer one than any has to pass on, is left out: it never costs anybody the trace. */
export function traceOf(traceparent: string, tracestate: string | null): string | null {
  if (!TRACEPARENT.test(traceparent)) return null;
  const state = tracestate === null ? null : checkedState(tracestate);
  return state === null ? traceparent : `${traceparent} ${state}`;
}

/** Of a text that `traceOf` made. */
export function partsOfTrace(trace: string): TraceParts {
  const space = trace.indexOf(" ");
  if (space < 0) return { traceparent: trace, tracestate: null };
  return { traceparent: trace.slice(0, space), tracestate: trace.slice(space + 1) };
}

/** Without the space that lists may have; null for what is none, or says nothing. */
function checkedState(text: string): string | null {
  if (text.length > MAX_TRACESTATE) return null;
  const members = text
    .split(",")
    .map((member) => member.replaceAll(/^[ \t]+|[ \t]+$/g, ""))
    .filter((member) => member !== "");
  const keys = new Set(members.map((member) => member.slice(0, member.indexOf("="))));
  const isGood = members.length <= MAX_MEMBERS && keys.size === members.length && members.every((member) => MEMBER.test(member));
  return isGood && members.length > 0 ? members.join(",") : null;
}
