// Results as JSON: what is recorded is what the function sees, at once and after a restart.
import { ConfigurationError } from "../core/configuration-error.ts";

/**
 * What a value of type T is after it went through JSON: dates are ISO strings, whatever has `toJSON` is what that returns,
 * properties that are undefined or functions are gone.
 */
export type Json<T> = 0 extends 1 & T
  ? T // any stays any
  : T extends string | number | boolean | null | undefined | void
    ? T
    : T extends { toJSON(): infer U }
      ? Json<U>
      : T extends bigint | symbol | ((...args: never[]) => unknown)
        ? never
        : T extends readonly unknown[]
          ? { [K in keyof T]: Json<T[K]> }
          : T extends object
            ? { [K in keyof T as T[K] extends (...args: never[]) => unknown ? never : K]: Json<T[K]> }
            : unknown;

const MAX_DEPTH = 500;

/**
 * JSON text of `value`, or null for undefined. Undefined properties are left out, as `JSON.stringify` does.
 * @throws ConfigurationError `NOT_JSON`, naming the place, for what JSON would lose silently: undefined in arrays, BigInt, NaN and infinities,
 * functions, symbols, cycles, and instances of classes without `toJSON` (Map, Set, your own).
 */
export function toJson(value: unknown, what: string): string | null {
  if (value === undefined) return null;
  if (typeof value === "string" || typeof value === "boolean" || value === null) return JSON.stringify(value);
  check(value, what, "", []);
  // What has a toJSON that returns undefined is undefined, which the types of JSON.stringify don't say.
  return JSON.stringify(value) ?? null;
}

/** The inverse, for what the engine itself recorded. */
export function fromJson(text: string | null): unknown {
  return text === null ? undefined : JSON.parse(text);
}

function check(value: unknown, what: string, path: string, above: readonly object[]): void {
  switch (typeof value) {
    case "string":
    case "boolean":
      return;
    case "number":
      if (Number.isFinite(value)) return;
      return refuse(what, path, `is ${value}, which JSON has no word for. Record null or a string instead`);
    case "bigint":
      return refuse(what, path, "is a BigInt. Convert it with String(…) or Number(…)");
    case "undefined":
      return refuse(what, path, "is undefined inside an array. Use null");
    case "function":
    case "symbol":
      return refuse(what, path, `is a ${typeof value}`);
    case "object":
      return value === null ? undefined : checkObject(value, what, path, above);
  }
}

function checkObject(value: object, what: string, path: string, above: readonly object[]): void {
  if (above.includes(value)) return refuse(what, path, "contains itself");
  if (above.length >= MAX_DEPTH) return refuse(what, path, `is nested deeper than ${MAX_DEPTH} levels`);
  const chain = [...above, value];
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) check(value[index], what, `${path}[${index}]`, chain);
    return;
  }
  if (hasToJson(value)) {
    const replaced = value.toJSON();
    if (value instanceof Date && replaced === null) return refuse(what, path, "is an invalid Date");
    return replaced === undefined ? undefined : check(replaced, what, path, chain);
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    const { constructor } = value as { readonly constructor?: { readonly name?: string } };
    return refuse(
      what,
      path,
      `is a ${constructor?.name || "object of no class"}, which would lose what it is. Return a plain object, or give the class a toJSON method`,
    );
  }
  for (const [name, property] of Object.entries(value)) {
    if (property === undefined) continue;
    check(property, what, path === "" ? name : `${path}.${name}`, chain);
  }
}

function hasToJson(value: object): value is { toJSON(): unknown } {
  return "toJSON" in value && typeof value.toJSON === "function";
}

function refuse(what: string, path: string, problem: string): never {
  throw new ConfigurationError("NOT_JSON", `${what} must be JSON, but ${path === "" ? "it" : path} ${problem}.`);
}
