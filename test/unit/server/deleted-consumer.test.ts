// Somebody deletes the topics of a consumer's version that nobody needs any more: the server shows what is left.
import { expect, test } from "vitest";
import { must } from "../../../engine/core/errors.ts";
import { openEmbeddedLog } from "../../../engine/log/embedded/embedded-log.ts";
import { LogError } from "../../../engine/log/errors.ts";
import type { Log, TopicPartition } from "../../../engine/log/log.ts";
import { Millrace } from "../../../engine/sdk/millrace.ts";
import { silentPino } from "../../../engine/sdk/testing.ts";
import { appTopics } from "../../../engine/task/app-topics.ts";
import { ConsumerWatch } from "../../../server/consumers/consumer-watch.ts";
import { LetterIndex } from "../../../server/dead-letters/letter-index.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const TOPICS = appTopics("shop");

/** As a log in which somebody deletes topics. */
function deleting(log: Log): { readonly log: Log; readonly gone: Set<string> } {
  const gone = new Set<string>();
  const offset =
    (of: "earliestOffset" | "latestOffset") =>
    (target: TopicPartition): Promise<number> =>
      gone.has(target.topic) ? Promise.reject(new LogError("LOG_UNKNOWN_PARTITION", `no ${target.topic}`)) : log[of](target);
  const changed: Partial<Log> = {
    listTopics: async () => (await log.listTopics()).filter((topic) => !gone.has(topic)),
    describeTopic: (topic) => (gone.has(topic) ? Promise.resolve(null) : log.describeTopic(topic)),
    earliestOffset: offset("earliestOffset"),
    latestOffset: offset("latestOffset"),
  };
  const proxy = new Proxy(log, {
    get: (target, name) => {
      const found: unknown = Reflect.get(name in changed ? changed : target, name);
      return typeof found === "function" ? (found.bind(target) as unknown) : found;
    },
  });
  return { log: proxy, gone };
}

test("dead letters and consumers are shown without those of a consumer whose topics were deleted", async () => {
  const log = await openEmbeddedLog({ path: ":memory:" });
  const app = new Millrace({ id: "shop", partitions: 1, logger: silentPino }, { log });
  for (const id of ["mails", "totals"]) app.createConsumer({ id, from: "beginning", events: ["placed"], handle: () => {} });
  await app.start();
  const letter = { key: null, value: Buffer.from("{}"), headers: { "mr-code": "CONSUMER_HANDLER_FAILED" } };
  for (const topic of ["shop.mails.dead-letter", "shop.totals.dead-letter"]) await log.append({ topic, partition: 0 }, [letter]);
  const deleted = deleting(log);
  const letters = new LetterIndex({ log: deleted.log, topics: TOPICS });
  const watch = new ConsumerWatch({ log: deleted.log, topics: TOPICS, clock: new FakeClock() });
  const shown = async (): Promise<object> => {
    await letters.refresh();
    const consumers = await watch.look();
    return { letters: letters.all().map(({ consumer }) => consumer), consumers: consumers.map(({ spec }) => spec.id) };
  };
  expect(await shown()).toEqual({ letters: ["totals", "mails"], consumers: ["mails", "totals"] });

  for (const topic of await log.listTopics()) if (topic.startsWith("shop.mails.")) deleted.gone.add(topic);
  // What was known of partitions a moment ago is still shown for that long.
  await expect.poll(shown).toEqual({ letters: ["totals"], consumers: ["totals"] });
  // What comes later is seen as before.
  await log.append({ topic: "shop.totals.dead-letter", partition: 0 }, [letter]);
  expect(await shown()).toEqual({ letters: ["totals", "totals"], consumers: ["totals"] });
  expect(must(letters.all()[0], "the newest").offset).toBe(1);
  await app.stop();
  await log.close();
});
