// The functions that an expression may call. Not among them: what may take very long on somebody's data (`matches` goes back and forth
// without end on some texts, as does `lastIndexOf`; `map`, `split` and `join` make more of it), and what depends on the clock, the time
// zone or the locale of a machine (`timestamp` and its kin).

export interface Calls {
  /**
   * How its work grows with its operands (in `x.f(y)`, x is the first): with the larger, with the smaller, or with one times the other.
   * Null: it takes no time to speak of.
   */
  readonly grows: "larger" | "smaller" | "product" | null;
  /** Whether what it returns can be as large as what it was given. */
  readonly isLarge: boolean;
}

const SCALAR: Calls = { grows: "larger", isLarge: false };
const TEXT: Calls = { grows: "larger", isLarge: true };
const AT_AN_END: Calls = { grows: "smaller", isLarge: false };
const SEARCH: Calls = { grows: "product", isLarge: false };
const LOOP: Calls = { grows: null, isLarge: false };

/** `size(x)` */
export const FUNCTIONS: ReadonlyMap<string, Calls> = new Map([
  ["has", { grows: null, isLarge: false }],
  ["size", SCALAR],
  ["int", SCALAR],
  ["double", SCALAR],
  ["bool", SCALAR],
  ["type", SCALAR],
  ["string", TEXT],
  ["dyn", { grows: null, isLarge: true }],
]);

/** `x.size()` */
export const METHODS: ReadonlyMap<string, Calls> = new Map([
  ["size", SCALAR],
  ["startsWith", AT_AN_END],
  ["endsWith", AT_AN_END],
  ["contains", SEARCH],
  ["indexOf", SEARCH],
  ["substring", TEXT],
  ["lowerAscii", TEXT],
  ["upperAscii", TEXT],
  ["trim", TEXT],
  ["all", LOOP],
  ["exists", LOOP],
  ["exists_one", LOOP],
  ["filter", { grows: null, isLarge: true }],
]);
