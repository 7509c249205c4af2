// What the app's topics take at once.
import { expect, test } from "vitest";
import { appTopics } from "../../../engine/task/app-topics.ts";
import { topicSpecs } from "../../../engine/worker/topic-specs.ts";

const KIB = 1024;

function bounds(maxEventBytes: number): Record<string, number> {
  const specs = topicSpecs({ topics: appTopics("app"), partitions: 1, maxEventBytes, fsync: "auto" });
  return Object.fromEntries(specs.map(({ topic, settings }) => [topic, Number(settings["max.message.bytes"])]));
}

test.each([1 * KIB, 64 * KIB, 1024 * KIB, 1536 * KIB])(
  "where the largest event has %i bytes, all that is sent and owed fits",
  (maxEventBytes) => {
    const found = bounds(maxEventBytes);
    const longest = 5 * KIB; // name, id and source in three bytes a character, and the other headers
    expect(found["app.events"]).toBeGreaterThanOrEqual(Math.max(512 * KIB, maxEventBytes) + longest);
    expect(found["app.dead-letter"]).toBeGreaterThanOrEqual((1024 + 64) * KIB + longest);
  },
);
