// What a version of a consumer says is believed when it is sure that it counts.
import { expect, test } from "vitest";
import { encodeFrame } from "../../../../engine/journal/frame-formats.ts";
import { decodeMessage, decodeParcel } from "../../../../engine/journal/inbox.ts";
import { openEmbeddedLog, type EmbeddedLog } from "../../../../engine/log/embedded/embedded-log.ts";
import { appTopics } from "../../../../engine/task/app-topics.ts";
import { consumerTopics } from "../../../../engine/task/consumer/consumer-topics.ts";
import { ConsumerVersion, distance } from "../../../../engine/worker/swap/version.ts";
import type { ConsumerTold, SteerConsumer } from "../../../../engine/workflow/records.ts";

const TOPICS = consumerTopics(appTopics("app"), "c", 2);
const SOURCE = { topic: "app.events", partition: 0 };

interface Said {
  /** Of the owner that says so. */
  readonly epoch: number;
  readonly at: number;
}

/** A partition whose owners say what the test has them say. */
class Scripted implements AsyncDisposable {
  readonly log: EmbeddedLog;
  readonly asked: SteerConsumer[] = [];
  readonly #closed = Promise.withResolvers<void>();
  #lsn = 0;

  private constructor(log: EmbeddedLog) {
    this.log = log;
  }

  static async open(answer: (asked: SteerConsumer, index: number) => Said | null): Promise<Scripted> {
    const log = await openEmbeddedLog({ path: ":memory:", now: () => Date.now() });
    await log.createTopics([TOPICS.journal, TOPICS.inbox].map((topic) => ({ topic, partitions: 1, settings: {} })));
    const scripted = new Scripted(log);
    void scripted.#answer(answer);
    return scripted;
  }

  version(timeoutMs = 10_000): Promise<ConsumerVersion> {
    return ConsumerVersion.open({ log: this.log, topics: TOPICS, name: "consumer c, version 2", timeoutMs });
  }

  async #answer(answer: (asked: SteerConsumer, index: number) => Said | null): Promise<void> {
    const reader = this.log.openReader({ topic: TOPICS.inbox, partition: 0, from: 0 });
    try {
      for (;;) {
        for (const { value } of (await reader.next()).records) {
          for (const { body } of decodeParcel(value).messages) await this.#hear(decodeMessage(body) as SteerConsumer, answer);
        }
      }
    } catch {
      // The log is closed.
    }
    this.#closed.resolve();
  }

  async #hear(asked: SteerConsumer, answer: (asked: SteerConsumer, index: number) => Said | null): Promise<void> {
    const said = answer(asked, this.asked.length);
    this.asked.push(asked);
    if (said === null) return;
    const told: ConsumerTold = {
      type: "ConsumerTold",
      nonce: asked.nonce,
      attempt: asked.attempt,
      mode: "retired",
      positions: [{ ...SOURCE, offset: said.at }],
      limits: [{ ...SOURCE, offset: said.at }],
      owed: 0,
      unsent: 0,
      paused: false,
    };
    const frame = { epoch: said.epoch, nonce: 1, lsn: ++this.#lsn, time: 0, inputs: [], records: [told] };
    // What is no entry at all is for others to stop at.
    const values = [Buffer.from("nothing of ours"), encodeFrame(frame)];
    await this.log.append({ topic: TOPICS.journal, partition: 0 }, values.map((value) => ({ key: null, value }))); // prettier-ignore
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.log.close();
    await this.#closed.promise;
  }
}

test("an answer counts once the same owner answered what was asked after it (R4, R6)", async () => {
  await using partition = await Scripted.open(() => ({ epoch: 3, at: 40 }));
  const [told] = await (await partition.version()).steer({ action: "retire", attempt: "3/a" });
  expect(told).toMatchObject({ mode: "retired", attempt: "3/a", limits: [{ offset: 40 }] });
  expect(partition.asked.map(({ action }) => action)).toEqual(["retire", "ask"]);
});

test("what an owner said that was replaced is not believed: its successor has decided the same message, at other positions (R4)", async () => {
  await using partition = await Scripted.open((_, index) => (index === 0 ? { epoch: 3, at: 40 } : { epoch: 9, at: 55 }));
  const [told] = await (await partition.version()).steer({ action: "retire", attempt: "3/a" });
  expect(told).toMatchObject({ limits: [{ offset: 55 }] });
  expect(partition.asked.map(({ action }) => action)).toEqual(["retire", "ask", "ask"]);
});

test("a version that nobody runs, and one that there is not, are named", async () => {
  await using partition = await Scripted.open(() => null);
  const version = await partition.version(50);
  await expect(version.ask()).rejects.toMatchObject({
    code: "SWAP_NO_ANSWER",
    message: expect.stringContaining("partition 0 of consumer c, version 2") as string,
  });
  const topics = consumerTopics(appTopics("app"), "c", 3);
  const missing = ConsumerVersion.open({ log: partition.log, topics, name: "consumer c, version 3", timeoutMs: 50 });
  await expect(missing).rejects.toMatchObject({ code: "SWAP_NO_VERSION", message: expect.stringContaining("app.c.v3.journal") as string });
});

test("who is told to stop stops", async () => {
  await using partition = await Scripted.open(() => null);
  const abort = new AbortController();
  const options = { log: partition.log, topics: TOPICS, name: "c", timeoutMs: 60_000, signal: abort.signal };
  const asked = (await ConsumerVersion.open(options)).ask();
  abort.abort(new Error("enough"));
  await expect(asked).rejects.toThrow("enough");
});

test("the distance between positions counts what one has before it, and not what is behind it, or what only the other knows", () => {
  const at = (partition: number, offset: number) => ({ topic: "t", partition, offset });
  expect(distance([at(0, 5), at(1, 90)], [at(0, 12), at(1, 80), at(2, 3)])).toBe(7 + 3);
});
