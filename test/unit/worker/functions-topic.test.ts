// What a worker makes of the functions topic: damage, late words of old owners, and a topic that was made anew.
import { afterEach, beforeEach, expect, test } from "vitest";
import { encodeActivation, encodeManifest } from "../../../engine/journal/functions.ts";
import { fingerprintIn } from "../../../engine/journal/single-object.ts";
import { FunctionsTopic } from "../../../engine/worker/functions-topic.ts";
import { FakeClock, turns, until } from "../../support/fake-clock.ts";
import { SimulatedLog } from "../../support/simulated-log.ts";

const TARGET = { topic: "app.functions", partition: 0 };

let log: SimulatedLog;
let abort: AbortController;
let said: object[];

beforeEach(async () => {
  log = await SimulatedLog.open(new FakeClock());
  await log.createTopics([{ topic: TARGET.topic, partitions: 1, settings: { "cleanup.policy": "compact" } }]);
  abort = new AbortController();
  said = [];
});

afterEach(async () => {
  abort.abort();
  await turns(5);
  await log.close();
});

async function opened(): Promise<FunctionsTopic> {
  const note = (fields: object): void => void said.push(fields);
  const logger = { debug: note, info: note, warn: note, error: note };
  const functions = new FunctionsTopic(log, TARGET.topic, abort.signal, logger);
  await functions.open((error) => note({ lost: error }));
  return functions;
}

const manifest = (hash: string): { hash: string; content: string; worker: string } => ({
  hash,
  content: `content of ${hash}`,
  worker: "w",
});
const activation = (over: object): Parameters<typeof encodeActivation>[0] => ({ partition: 0, version: 0, epoch: 1, lsn: 1, ...over });

async function aside(record: { key: Buffer; value: Buffer }): Promise<void> {
  await log.appendAside(TARGET, [record]);
}

test("the activation of the newest claim counts, whoever speaks last", async () => {
  await aside(encodeManifest(manifest("one")));
  await aside(encodeManifest(manifest("two")));
  await aside(encodeActivation(activation({ version: 1, epoch: 20, lsn: 9 })));
  await aside(encodeActivation(activation({ version: 0, epoch: 10, lsn: 4 })));
  const functions = await opened();
  expect([functions.activatedVersion(0), functions.activatedLsn(0)]).toEqual([1, 9]);
});

test("an owner that was spoken over says it again, so that compaction keeps the truth", async () => {
  await aside(encodeManifest(manifest("one")));
  const functions = await opened();
  await functions.acknowledge(activation({ epoch: 20, lsn: 9 }));
  await until("it was read", () => functions.activatedLsn(0) === 9);
  await aside(encodeActivation(activation({ epoch: 10, lsn: 4 })));
  await turns(100);
  const entries = await log.readAll(TARGET);
  expect(entries.at(-1)?.value).toEqual(encodeActivation(activation({ epoch: 20, lsn: 9 })).value);
  expect(entries.length).toBe(4);
});

test("an entry that is damaged is passed over, with one line", async () => {
  await aside(encodeManifest(manifest("one")));
  const { key, value } = encodeManifest(manifest("two"));
  const damaged = value.subarray(0, 12);
  expect(fingerprintIn(damaged)).not.toBeNull();
  await aside({ key, value: damaged });
  await aside(encodeManifest(manifest("three")));
  const functions = await opened();
  expect(functions.active?.hash).toBe("three");
  await aside(encodeManifest(manifest("four")));
  await until("it goes on", () => functions.active?.hash === "four");
  expect(said).toEqual([expect.objectContaining({ code: "FUNCTIONS_ENTRY_DAMAGED", offset: 1 })]);
});

test("where the topic was made anew, its functions get a version that journals take up", async () => {
  await aside(encodeManifest(manifest("new")));
  const functions = await opened();
  await functions.acknowledge(activation({ version: 2_500, epoch: 70, lsn: 9 }));
  await until("it is published as the newest", () => (functions.active?.version ?? -1) > 2_500);
  expect(functions.active?.hash).toBe("new");
  expect(functions.activatedVersion(0)).toBe(-1);
  expect(said).toEqual([expect.objectContaining({ code: "FUNCTIONS_TOPIC_RENEWED" })]);
  const version = functions.active?.version ?? -1;
  await functions.acknowledge(activation({ version, epoch: 70, lsn: 11 }));
  await until("it counts", () => functions.activatedVersion(0) === version);
});

test("where the topic was made anew, a worker that reads of it in time publishes above what journals know", async () => {
  await aside(encodeActivation(activation({ version: 57, epoch: 70 })));
  const functions = await opened();
  expect(await functions.publish(manifest("new"))).toBe(58);
});

test("following again and again leaves no listener behind", async () => {
  await aside(encodeManifest(manifest("one")));
  let added = 0;
  const { signal } = abort;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    added++;
    add(...args);
  };
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    added--;
    remove(...args);
  };
  const open = log.openReader.bind(log);
  let isBroken = true;
  log.openReader = (options) => {
    const reader = open(options);
    return isBroken ? { ...reader, next: () => Promise.reject(new Error("no answer")) } : reader;
  };
  await expect(opened()).rejects.toThrow("no answer");
  expect(added).toBe(0);
  isBroken = false;
  await opened();
  expect(added).toBe(1);
});
