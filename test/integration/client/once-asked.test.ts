// What a server answers as not known to be done may be done: whoever asked for it hears so.
import { execFile } from "node:child_process";
import path from "node:path";
import { expect, test } from "vitest";
import { answeringServer, problem, type Answer } from "../../support/answering-server.ts";

const FUNCTIONS: Answer = { status: 200, body: { items: [{ id: "fulfil" }] } };
const RUN = "01K9ZC6Y1N8XQ2B7V4T5M3RDEF";
/** Without `Retry-After`. */
const inDoubt = problem(503, "LOG_UNAVAILABLE", "the log did not answer within 20 s");
const refused = problem(503, "NOT_READY", "the server is stopping", 5);

test.each([
  ["a pause", ["functions", "pause", "fulfil"], [FUNCTIONS]],
  ["a cancellation", ["runs", "cancel", RUN], []],
  ["an erasure", ["erase", "--subject", "ada", "--yes"], []],
  ["a dead letter's retry", ["dead-letter", "retry", "1-2"], []],
])("of %s: it may still be done, and may be asked for again", async (_, words, before) => {
  await using server = await answeringServer([...before, inDoubt]);
  const { code, out, err } = await millrace(server.url, words);
  expect(err).toBe(
    `LOG_UNAVAILABLE: the log did not answer within 20 s. It may be done, or still be done; given again, it does no harm: millrace ${words.join(" ")}\n`,
  );
  expect([code, out]).toEqual([6, ""]);
});

test("nothing of the kind where it is known not to be", async () => {
  await using server = await answeringServer([FUNCTIONS, refused]);
  expect(await millrace(server.url, ["functions", "pause", "fulfil"])).toEqual({
    code: 6,
    out: "",
    err: "NOT_READY: the server is stopping\n",
  });
});

const ROOT = path.join(import.meta.dirname, "../../..");

interface Said {
  readonly code: number | string | null | undefined;
  readonly out: string;
  readonly err: string;
}

function millrace(url: string, words: readonly string[]): Promise<Said> {
  const env = { ...process.env, MILLRACE_SERVER: url };
  return new Promise((resolve) => {
    execFile(process.execPath, ["--conditions=@millrace/source", path.join(ROOT, "cli/main.ts"), ...words], { env }, (error, out, err) =>
      resolve({ code: error === null ? 0 : error.code, out, err }),
    );
  });
}
