import { expect, test } from "vitest";
import { LogError } from "../../../engine/log/errors.ts";
import type { Log } from "../../../engine/log/log.ts";
import { retryAfterOf, statusOf } from "../../../server/http/statuses.ts";
import { appendInTime } from "../../../server/append-in-time.ts";

const TARGET = { topic: "shop.audit", partition: 0 };

/** As Kafka's, while no broker answers. */
const silent: Pick<Log, "append"> = {
  append: (_, __, { signal } = {}) =>
    new Promise((_resolve, reject) => {
      signal?.addEventListener("abort", () => reject(new LogError("LOG_ABORTED", "The append was aborted.", { outcomeUnknown: true })));
    }),
};

test("who waits for a log that takes nothing hears that it does not, what that means, and when to ask again", async () => {
  const error = await appendInTime(silent, TARGET, [], { ms: 10, otherwise: "nothing was done" }).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "LOG_UNAVAILABLE", message: "the log took nothing of shop.audit within 0.01 s: nothing was done" });
  expect(error instanceof LogError && [statusOf(error), retryAfterOf(error)]).toEqual([503, 5]);
});

test("a log that refuses says so itself", async () => {
  const refusing = { append: () => Promise.reject(new LogError("LOG_NOT_AUTHORIZED", "no")) };
  await expect(appendInTime(refusing, TARGET, [], { ms: 60_000, otherwise: "" })).rejects.toMatchObject({ code: "LOG_NOT_AUTHORIZED" });
});
