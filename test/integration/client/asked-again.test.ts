// What a server cannot answer now is asked again: people are told that they wait, and scripts read nothing of it.
import { execFile } from "node:child_process";
import path from "node:path";
import { expect, test } from "vitest";
import { ApiClient } from "../../../cli/client/api-client.ts";
import { answeringServer, problem } from "../../support/answering-server.ts";

const silent = problem(503, "LOG_UNAVAILABLE", "the log did not answer within 20 s: ask again when it does", 0);

test("is told once, with what was answered and until when it is tried", async () => {
  await using server = await answeringServer([silent, silent, { status: 200, body: { items: [] } }]);
  const told: string[] = [];
  const client = new ApiClient({ url: server.url, token: null }, { onAgain: ({ code }, until) => told.push(`${code}, ${until}`) });
  expect(await client.get("/functions")).toEqual({ items: [] });
  expect(told).toEqual(["LOG_UNAVAILABLE, at most 4 times, and for a minute"]);
  expect(server.asked).toHaveLength(3);
});

test("ends when a minute is over, however few times it was asked", async () => {
  await using server = await answeringServer([silent]);
  const clock = [0, 21_000, 42_000, 63_000];
  const client = new ApiClient({ url: server.url, token: null }, { monotonicMs: () => clock.shift() ?? 63_000 });
  await expect(client.get("/functions")).rejects.toMatchObject({ code: "LOG_UNAVAILABLE" });
  expect(server.asked).toHaveLength(3);
});

test("stands on standard error alone", async () => {
  await using server = await answeringServer([silent, { status: 200, body: { items: [] } }]);
  const { out, err } = await millrace("functions", "list", "--json", "--server", server.url);
  expect(out).toBe("");
  expect(err).toBe(
    "LOG_UNAVAILABLE: the log did not answer within 20 s: ask again when it does. Tried again, at most 4 times, and for a minute; Ctrl-C ends it\n",
  );
});

const ROOT = path.join(import.meta.dirname, "../../..");

function millrace(...words: readonly string[]): Promise<{ readonly out: string; readonly err: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, ["--conditions=@millrace/source", path.join(ROOT, "cli/main.ts"), ...words], (_, out, err) =>
      resolve({ out, err }),
    );
  });
}
