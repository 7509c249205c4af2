// R6: an append whose outcome is unknown is sent again, the very same bytes, until it is acknowledged.
import { expect, test } from "vitest";
import { openKafkaLog } from "../../../engine/log/kafka/kafka-log.ts";
import type { Log, LogRecord } from "../../../engine/log/log.ts";
import { API, type Frame, loseAnswer, type Proxy, type Rule, startProxiedBroker } from "../../support/kafka/proxy.ts";

const SETTINGS = { "message.timestamp.type": "LogAppendTime" };
const record = (value: string): LogRecord => ({ key: null, value: Buffer.from(value) });

test("an append whose answer is lost stands in the log twice; the offset told is that of the copy acknowledged", async () => {
  await using scene = await proxiedLog("lost-answer");
  const sent = recordingProduces(scene.proxy, loseAnswer(API.produce));
  const appended = await scene.log.append(scene.target, [record("a"), record("b")]);
  expect(appended.baseOffset).toBe(2);
  expect(await valuesOf(scene)).toEqual(["a", "b", "a", "b"]);
  expect(sent).toHaveLength(2);
  expect(recordsOf(sent[1])).toEqual(recordsOf(sent[0]));
});

test("what is appended meanwhile waits its turn, so order holds through the repetition", async () => {
  await using scene = await proxiedLog("order");
  scene.proxy.setRule(loseAnswer(API.produce));
  const appends = ["1", "2", "3"].map((value) => scene.log.append(scene.target, [record(value)]));
  expect((await Promise.all(appends)).map(({ baseOffset }) => baseOffset)).toEqual([1, 2, 3]);
  expect(await valuesOf(scene)).toEqual(["1", "1", "2", "3"]);
});

test("a broker that takes a request and says nothing is given up after some seconds, and asked again", async () => {
  await using scene = await proxiedLog("silence");
  scene.proxy.setRule(({ kind, api, nth }) => ({ do: kind === "answer" && api === API.produce && nth === 1 ? "swallow" : "forward" }));
  const began = performance.now();
  expect((await scene.log.append(scene.target, [record("a")])).baseOffset).toBe(1);
  expect(performance.now() - began).toBeLessThan(5_000);
});

test("an append that is given up while its outcome is unknown says so", async () => {
  await using scene = await proxiedLog("given-up");
  const taken = Promise.withResolvers<void>();
  scene.proxy.setRule(({ kind, api }) => {
    if (api !== API.produce) return { do: "forward" };
    if (kind === "answer") taken.resolve();
    return { do: kind === "answer" ? "swallow" : "forward" };
  });
  const controller = new AbortController();
  const append = scene.log.append(scene.target, [record("a")], { signal: controller.signal });
  await taken.promise;
  controller.abort();
  await expect(append).rejects.toMatchObject({ code: "LOG_ABORTED", outcomeUnknown: true });
});

test("a reader whose connection is cut goes on where it was", async () => {
  await using scene = await proxiedLog("reader");
  const reader = scene.log.openReader({ ...scene.target, from: 0 });
  const seen: string[] = [];
  for (let n = 0; n < 30; n++) {
    await scene.log.append(scene.target, [record(String(n))]);
    if (n % 10 === 5) scene.proxy.cutAll();
  }
  while (!seen.includes("29")) for (const { value } of (await reader.next()).records) seen.push(String(value));
  reader.close();
  expect(seen).toEqual(await valuesOf(scene));
});

interface Scene extends AsyncDisposable {
  readonly log: Log;
  readonly proxy: Proxy;
  readonly target: { readonly topic: string; readonly partition: number };
}

async function proxiedLog(topic: string): Promise<Scene> {
  const { broker, proxy } = await startProxiedBroker();
  const log = await openKafkaLog({ brokers: [proxy.address] });
  await log.createTopics([{ topic, partitions: 1, settings: SETTINGS }]);
  return {
    log,
    proxy,
    target: { topic, partition: 0 },
    async [Symbol.asyncDispose]() {
      await log.close();
      await proxy.close();
      await broker.close();
    },
  };
}

function recordingProduces(proxy: Proxy, rule: Rule): Buffer[] {
  const sent: Buffer[] = [];
  proxy.setRule((frame: Frame) => {
    if (frame.kind === "request" && frame.api === API.produce) sent.push(Buffer.from(frame.bytes));
    return rule(frame);
  });
  return sent;
}

/** A request behind API key, version and correlation id, which differs by nature. */
function recordsOf(request: Buffer | undefined): string | undefined {
  return request?.subarray(8).toString("hex");
}

async function valuesOf({ log, target }: Scene): Promise<string[]> {
  const reader = log.openReader({ ...target, from: 0, mode: "bulk" });
  const values: string[] = [];
  for (;;) {
    const { records, nextOffset, highWatermark } = await reader.next();
    values.push(...records.map(({ value }) => String(value)));
    if (nextOffset < highWatermark) continue;
    reader.close();
    return values;
  }
}
