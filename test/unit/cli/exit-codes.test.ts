// How commands end, as scripts rely on it.
import { expect, test } from "vitest";
import { ApiError } from "../../../cli/client/api-error.ts";
import { CliError } from "../../../cli/cli-error.ts";
import { EXIT, exitCodeFor } from "../../../cli/exit-codes.ts";
import { ConfigurationError } from "../../../engine/core/configuration-error.ts";
import { TokenError } from "../../../server/tokens/token-error.ts";
import { readPages } from "../docs/pages.ts";

test("are the numbers that the guide has", () => {
  const [page] = readPages("docs/guide/command-line.md");
  const told = [...(page?.text ?? "").matchAll(/^\| (\d+) +\|/gm)].map(([, code]) => Number(code));
  expect(told).toEqual(Object.values(EXIT));
});

test.each([
  [400, EXIT.wrongCall],
  [401, EXIT.notAllowed],
  [403, EXIT.notAllowed],
  [404, EXIT.notFound],
  [409, EXIT.failed],
  [429, EXIT.notReachable],
  [500, EXIT.failed],
  [503, EXIT.notReachable],
])("a server's %d ends a command with %d", (status, code) => {
  expect(exitCodeFor(new ApiError({ code: "ANY", detail: "", status }))).toBe(code);
});

test.each<[string, { readonly code: string }, number]>([
  ["a duration that is none", new ConfigurationError("INVALID_DURATION", ""), EXIT.wrongCall],
  ["options that do not fit together", new ConfigurationError("INVALID_OPTIONS", ""), EXIT.wrongCall],
  ["a name that no token can have", new TokenError("TOKEN_BAD_NAME", ""), EXIT.wrongCall],
  ["a token that there is not", new TokenError("TOKEN_UNKNOWN", ""), EXIT.notFound],
  ["a backfill that is not said whole", new CliError("CLI_BACKFILL_HOW", ""), EXIT.wrongCall],
  ["a server without tokens", new CliError("CLI_NO_TOKENS", ""), EXIT.wrongCall],
  ["a module that there is not", new CliError("CLI_NO_MODULE", ""), EXIT.wrongCall],
  ["a file that cannot be read", new CliError("CLI_BAD_FILE", ""), EXIT.wrongCall],
  ["an app that there is not", new CliError("CLI_NO_APP", ""), EXIT.notFound],
  ["a log that there is not", new CliError("CLI_NO_LOG", ""), EXIT.notFound],
  ["a step that there is not", new ApiError({ code: "RERUN_NO_STEP", detail: "", status: 422 }), EXIT.notFound],
  ["an output that cannot be given", new ApiError({ code: "RERUN_BAD_EDIT", detail: "", status: 422 }), EXIT.wrongCall],
])("%s is told from what failed", (_, error, code) => {
  expect(exitCodeFor(error)).toBe(code);
});

test("an error without a number of its own is a failure", () => {
  expect(exitCodeFor(new CliError("CLI_STATE_WRONG", ""))).toBe(EXIT.failed);
  expect(exitCodeFor(new CliError("CLI_NO_SERVER", ""))).toBe(EXIT.notReachable);
});
