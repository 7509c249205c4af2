// The root of every error that Millrace throws at people: a stable code, a family, and a message that says what to do next.

/** `code` is stable across releases; the message is for people and is not. */
export abstract class MillraceError extends Error {
  abstract readonly family: string;
  readonly code: string;

  constructor(code: string, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options);
    this.code = code;
    this.name = new.target.name;
  }
}

/** A bug in Millrace itself: state that the rules say cannot be. */
export class InvariantError extends MillraceError {
  override readonly family = "invariant";
  constructor(message: string) {
    super("INVARIANT", `${message}. This is a bug in Millrace: please report it with this message.`);
  }
}

export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new InvariantError(message);
}

/** The value, which the caller knows to be there. */
export function must<T>(value: T | null | undefined, what: string): T {
  if (value === null || value === undefined) throw new InvariantError(`${what} is missing`);
  return value;
}

/** Ends a switch over a closed union: the compiler proves that nothing gets here. */
export function unreachable(value: never): never {
  throw new InvariantError(`unexpected value ${JSON.stringify(value)}`);
}
