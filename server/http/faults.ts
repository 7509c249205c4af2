// What zod found wrong with a request, for who sent it.
import type { z } from "../contract/words.ts";
import { ServerError } from "./server-error.ts";

/** `place`: `body`, `query`, `path`. */
export function faultsOf(place: string, { issues }: Pick<z.ZodError, "issues">): ServerError {
  const faults = issues.map(({ path, message }) => ({ path: [place, ...path].join("."), message }));
  const [first] = faults;
  return new ServerError("INVALID_REQUEST", first === undefined ? "the request is not valid" : `${first.path}: ${first.message}`, {
    faults,
  });
}
