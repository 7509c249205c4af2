// Whoever asked for something and heard no "done" wants to know whether it may be done all the same.
import { expect, test } from "vitest";
import { apiErrorOf, unreachable } from "../../../cli/client/api-client.ts";
import { mayBeDone } from "../../../cli/client/unheard.ts";

const answer = (status: number, retryAfter: string | null): unknown =>
  apiErrorOf("http://server", status, retryAfter, JSON.stringify({ type: "about:blank", title: "t", status, code: "C", detail: "d" }));

/** As `fetch` fails. */
const failed = (code: string): Error => new TypeError("fetch failed", { cause: Object.assign(new Error(code), { code }) });

test.each([
  ["a refusal", answer(409, null), false],
  ["a server that says to ask again: nothing was done", answer(503, "5"), false],
  ["a server that does not know", answer(503, null), true],
  ["a log that did not answer in time", answer(504, null), true],
  ["a failure", answer(500, null), true],
  ["nobody at the port", unreachable("http://server", failed("ECONNREFUSED")), false],
  ["a connection that broke off", unreachable("http://server", failed("ECONNRESET")), true],
])("%s", (_, error, isInDoubt) => {
  expect(mayBeDone(error)).toBe(isInDoubt);
});
