// What an app is made of, for the commands of this package: they open its log and call its functions by themselves.
import type { CheckedOptions, LogOptions } from "../config/options.ts";
import type { RegisteredFunction } from "../execution/function.ts";

export interface AppParts {
  readonly options: CheckedOptions & { readonly log: LogOptions };
  /** By id; those of `onFailure` and `onCancel`, too. */
  readonly functions: ReadonlyMap<string, RegisteredFunction>;
}
