import { expect, test } from "vitest";
import { carriedOut } from "../../../server/audit/carried-out.ts";
import { SERVER_ENDING } from "../../../server/server-ending.ts";

function aborted(reason?: unknown): () => Promise<never> {
  return async () => {
    AbortSignal.abort(reason).throwIfAborted();
    throw new Error("it was not aborted");
  };
}

test.each([
  ["an error", () => Promise.reject(new Error("no broker answers")), "no broker answers"],
  ["people who stop it", aborted(), "it was stopped before it was over"],
  ["a server that ends", aborted(SERVER_ENDING), "the server ended before it was over"],
])("the audit says in words that %s kept it from being done", async (_, work, detail) => {
  const said: string[] = [];
  const failed = (why: string): Promise<void> => Promise.resolve(void said.push(why));
  await expect(carriedOut({ failed }, work)).rejects.toBeDefined();
  expect(said).toEqual([detail]);
});
