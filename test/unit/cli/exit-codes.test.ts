// How commands end, as scripts rely on it.
import { expect, test } from "vitest";
import { ApiError } from "../../../cli/client/api-error.ts";
import { CliError } from "../../../cli/cli-error.ts";
import { EXIT, exitCodeFor } from "../../../cli/exit-codes.ts";
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

test("an error without a number of its own is a failure", () => {
  expect(exitCodeFor(new CliError("CLI_STATE_WRONG", ""))).toBe(EXIT.failed);
  expect(exitCodeFor(new CliError("CLI_NO_SERVER", ""))).toBe(EXIT.notReachable);
});
