// What a server says in the words of its API, commands say in their own.
import { expect, test } from "vitest";
import { apiErrorOf } from "../../../cli/client/api-client.ts";
import { runIdOf } from "../../../cli/runs/run-id.ts";

test.each([
  [401, "NOT_AUTHENTICATED", "a token is needed", /^a token is needed\. .*--token or MILLRACE_TOKEN$/],
  [409, "RERUN_NOT_OVER", "it is not over: with `cancel` it is cancelled", /^it is not over: .*--cancel$/],
  [409, "CONFLICT", "it is over", /^it is over$/],
])("%d %s", (status, code, detail, words) => {
  const error = apiErrorOf("http://server", status, null, JSON.stringify({ status, code, detail }));
  expect(error).toMatchObject({ code, message: expect.stringMatching(words) as string });
});

test("what is no id of a run is told with the letters that none has", async () => {
  const source = { page: () => Promise.reject(new Error("nobody is asked")) };
  await expect(runIdOf(source, "01NOSUCHRUN")).rejects.toMatchObject({
    code: "CLI_NO_RUN",
    message: '"01NOSUCHRUN" is no id of a run: that is 26 digits and letters, never I, L, O or U, or the beginning of them',
  });
});
