// Whoever sent an event and heard no "done" is told that it may be in the log where that is so, and nothing of the kind where it is not.
import { expect, test } from "vitest";
import { apiErrorOf, unreachable } from "../../../cli/client/api-client.ts";
import { sendEvent } from "../../../cli/sending/send-event.ts";

const AGAIN = "millrace send order/placed --id 7";
const DOUBT = "may be in the log";

const answer = (status: number, code: string, more: object = {}): unknown =>
  apiErrorOf("http://server", status, "0", JSON.stringify({ status, code, detail: `said ${code}`, ...more }));

const slow = answer(429, "LOG_IS_SLOW");
const stopping = answer(503, "NOT_READY");
const unknown = answer(503, "SEND_UNKNOWN", { deliveries: [{ status: "unknown", id: "7", reason: "time was up" }] });
const notSent = answer(503, "LOG_UNAVAILABLE", { deliveries: [{ status: "not-sent", id: "7", reason: "no leader" }] });
const refused = answer(403, "NOT_ALLOWED");
const failed = (code: string): unknown =>
  unreachable("http://server", new TypeError("fetch failed", { cause: Object.assign(new Error(code), { code }) }));

/** What is said in the end, the last answer coming again and again; and how often it was said that it is tried again. */
async function saidAfter(...answers: readonly unknown[]): Promise<{ readonly said: string; readonly again: number }> {
  let attempt = 0;
  let again = 0;
  const post = (): Promise<never> => Promise.reject(answers[Math.min(attempt++, answers.length - 1)]);
  const options = { again: AGAIN, signal: new AbortController().signal, onAgain: () => void (again += 1) };
  const said = await sendEvent({ post }, { name: "order/placed", data: null, id: "7" }, options).then(
    () => "it was sent",
    (error: unknown) => String(error),
  );
  return { said, again };
}

test.each([
  ["a log that is slow", [slow], "said LOG_IS_SLOW. To send it later: millrace send order/placed --id 7"],
  ["a server whose app has no topics", [stopping], "said NOT_READY. To send it later: millrace send order/placed --id 7"],
  ["a log that is known not to have it", [notSent], "said LOG_UNAVAILABLE. To send it later: millrace send order/placed --id 7"],
  ["nobody at the port", [failed("ECONNREFUSED")], "no server answers at http://server"],
  ["a server that ended after it had refused", [stopping, failed("ECONNREFUSED")], "no server answers at http://server"],
  ["a refusal that will be one again", [refused], "said NOT_ALLOWED"],
])("of %s no doubt is told", async (_, answers, words) => {
  const { said } = await saidAfter(...answers);
  expect(said).toContain(words);
  expect(said).not.toContain(DOUBT);
});

test.each([
  ["a log that did not answer", [unknown], "said SEND_UNKNOWN. The event may be in the log"],
  ["a connection that broke off", [failed("ECONNRESET")], "The event may be in the log"],
  [
    "a refusal after an attempt that was not answered",
    [unknown, slow],
    "what came of an earlier attempt is not known (SEND_UNKNOWN); the last attempt was refused (said LOG_IS_SLOW). The event may be in the log",
  ],
  [
    "a token that was revoked meanwhile",
    [unknown, refused],
    "the last attempt was refused (said NOT_ALLOWED). The event may be in the log",
  ],
])("of %s it is", async (_, answers, words) => {
  const { said } = await saidAfter(...answers);
  expect(said).toContain(words);
  expect(said).toContain(AGAIN);
});

test("that it is tried again is told once", async () => {
  expect(await saidAfter(slow)).toMatchObject({ again: 1 });
  expect(await saidAfter(refused)).toMatchObject({ again: 0 });
});
