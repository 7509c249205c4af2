import { expect, test } from "vitest";
import { ConfigurationError } from "../../../engine/core/configuration-error.ts";
import { InvariantError } from "../../../engine/core/errors.ts";
import { LogError } from "../../../engine/log/errors.ts";
import { DeliveryError } from "../../../engine/sdk/sending/delivery.ts";
import { asCoded, problemOf } from "../../../server/http/problem.ts";
import { notFound, ServerError } from "../../../server/http/server-error.ts";
import { retryAfterOf, statusOf } from "../../../server/http/statuses.ts";

test.each([
  [new ConfigurationError("INVALID_EVENT", "no"), 400],
  [new ConfigurationError("UNKNOWN_FUNCTION", "no"), 404],
  [new ConfigurationError("EVENT_TOO_LARGE", "no"), 413],
  [new LogError("LOG_UNAVAILABLE", "no"), 503],
  [new LogError("LOG_ABORTED", "no"), 503],
  [new LogError("LOG_NOT_AUTHORIZED", "no"), 502],
  [new InvariantError("no"), 500],
  [notFound("run X"), 404],
])("%s is answered with %i", (error, status) => {
  expect(statusOf(error)).toBe(status);
  expect(problemOf(error)).toMatchObject({ status, code: error.code, detail: error.message, type: `urn:millrace:problem:${error.code}` });
});

test("an error of another copy of the package is known by its shape; any other is not", () => {
  const other = Object.assign(new Error("no"), { code: "LOG_UNAVAILABLE", family: "log" });
  expect(asCoded(other)).toBe(other);
  expect(problemOf(other).status).toBe(503);
  for (const error of [new Error("no"), Object.assign(new Error("no"), { code: "ENOENT" }), "no", null, { code: "A", family: "b" }]) {
    expect(asCoded(error)).toBeNull();
  }
});

test("who is to come again hears when", () => {
  expect(retryAfterOf(new LogError("LOG_UNAVAILABLE", "no"))).toBe(5);
  expect(retryAfterOf(new ServerError("TOO_MANY_REQUESTS", "no", { retryAfterSeconds: 7 }))).toBe(7);
  expect(retryAfterOf(notFound("run X"))).toBeNull();
});

test("who is not known to have been obeyed is told to look, and not when to ask once more: it might be done twice", () => {
  const unanswered = new LogError("LOG_UNAVAILABLE", "no", { retriable: true, outcomeUnknown: true });
  expect([statusOf(unanswered), retryAfterOf(unanswered)]).toEqual([503, null]);
  const sent = new DeliveryError(unanswered, [{ status: "unknown", id: "a", reason: "no" }]);
  expect([statusOf(sent), retryAfterOf(sent)]).toEqual([503, 5]);
});

test("of events that were sent, each says what became of it", () => {
  const record = { topic: "t", partition: 0, offset: 3 };
  const error = new DeliveryError(new LogError("LOG_UNAVAILABLE", "gone", { retriable: true }), [
    { status: "sent", id: "a", record },
    { status: "not-sent", id: null, reason: "gone" },
    { status: "unknown", id: "c", reason: "gone" },
  ]);
  expect(problemOf(error).deliveries).toEqual([
    { status: "sent", id: "a", reason: null },
    { status: "not-sent", id: null, reason: "gone" },
    { status: "unknown", id: "c", reason: "gone" },
  ]);
});
