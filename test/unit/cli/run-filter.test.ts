// A filter that means no run: whether that comes of a function that there is not.
import { expect, test } from "vitest";
import { checkFunctionOrItsRuns } from "../../../cli/runs/run-filter.ts";
import type { RunPage, RunSource } from "../../../cli/runs/run-source.ts";

/** Of an app with the functions `fulfil` and `greet`, and with one run of `old`, which is deployed no longer. */
const source = {
  page: async ({ function: id }): Promise<RunPage> => ({ items: id === "old" ? [{} as RunPage["items"][number]] : [], next: null }),
  functionIds: async () => ["fulfil", "greet"],
} satisfies Pick<RunSource, "page" | "functionIds"> as unknown as RunSource;

test.each([undefined, "greet", "old"])("%s is accepted", async (id) => {
  await expect(checkFunctionOrItsRuns(source, id)).resolves.toBeUndefined();
});

test("one that is neither deployed nor known by a run is refused, with those that there are", async () => {
  await expect(checkFunctionOrItsRuns(source, "nosuch")).rejects.toMatchObject({
    code: "CLI_NO_FUNCTION",
    message: 'there is no function "nosuch": there are fulfil, greet',
  });
});
