// What stands in a server's log when it fails, or lets somebody not in: enough to mend it, and no more than a log can bear.
import { Hono } from "hono";
import { expect, test } from "vitest";
import { InvariantError } from "../../../engine/core/errors.ts";
import { LogError } from "../../../engine/log/errors.ts";
import { AnswerLog } from "../../../server/http/answer-log.ts";
import { answerProblem } from "../../../server/http/problem.ts";
import { notFound, ServerError } from "../../../server/http/server-error.ts";
import { FakeClock } from "../../support/fake-clock.ts";

type Line = { readonly level: string; readonly says: string } & Readonly<Record<string, unknown>>;

/** A server whose every request ends in `error`. */
function failing(error: unknown): { readonly lines: Line[]; readonly clock: FakeClock; ask(token?: string): Promise<number> } {
  const lines: Line[] = [];
  const say =
    (level: string) =>
    (fields: object, says: string): void =>
      void lines.push({ ...fields, level, says });
  const clock = new FakeClock();
  const log = new AnswerLog({ logger: { debug: say("debug"), info: say("info"), warn: say("warn"), error: say("error") }, clock });
  const app = new Hono();
  app.onError((thrown, c) => answerProblem(c, thrown, log));
  app.all("*", () => {
    throw error;
  });
  const env = { incoming: { socket: { remoteAddress: "10.0.0.7" } } };
  return {
    lines,
    clock,
    ask: async (token) =>
      (await app.request("/api/v1/runs", token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } }, env)).status,
  };
}

test("an error of this side is in the log with its code, what was asked, and its cause", async () => {
  const server = failing(new InvariantError("the history is not what it was"));
  expect(await server.ask()).toBe(500);
  expect(server.lines).toMatchObject([
    { level: "error", status: 500, method: "GET", path: "/api/v1/runs", err: { type: "InvariantError" } },
  ]);
  const denied = failing(new LogError("LOG_NOT_AUTHORIZED", "it may not be read", { cause: new Error("broker 3 said 29") }));
  expect(await denied.ask()).toBe(502);
  expect(JSON.stringify(denied.lines)).toMatch(/"code":"LOG_NOT_AUTHORIZED".*broker 3 said 29/);
});

test("so is one without a code, whose text who asks does not hear", async () => {
  const server = failing(new TypeError("x is undefined"));
  await server.ask();
  expect(server.lines).toMatchObject([{ level: "error", code: "INTERNAL_ERROR", err: { type: "TypeError", message: "x is undefined" } }]);
});

test("what passes by itself is a warning; what is wrong with a request is nobody's but its sender's", async () => {
  const silent = failing(new LogError("LOG_UNAVAILABLE", "no broker answers"));
  await silent.ask();
  expect(silent.lines).toMatchObject([{ level: "warn", code: "LOG_UNAVAILABLE", status: 503 }]);
  const missing = failing(notFound("run X"));
  await missing.ask();
  expect(missing.lines).toEqual([]);
});

test("a refused token is told of, by where it came from and without its text", async () => {
  const server = failing(new ServerError("NOT_AUTHENTICATED", "this token is not known here"));
  await server.ask("mr_secret");
  expect(server.lines).toMatchObject([{ level: "warn", code: "NOT_AUTHENTICATED", from: "10.0.0.7", hasToken: true }]);
  expect(JSON.stringify(server.lines)).not.toContain("mr_secret");
});

test("who asks as often as they can do not fill the log: it says how many lines it left out", async () => {
  const server = failing(new ServerError("NOT_AUTHENTICATED", "this token is not known here"));
  for (let n = 0; n < 500; n++) await server.ask("mr_guess");
  expect(server.lines).toHaveLength(10);
  await server.clock.advance(2_000);
  await server.ask("mr_guess");
  expect(server.lines.at(-1)).toMatchObject({ unsaid: 490 });
});
