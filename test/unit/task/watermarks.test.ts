// Up to when a partition knows all that its sources held (R13).
import { expect, onTestFinished, test } from "vitest";
import { must } from "../../../engine/core/errors.ts";
import { openEmbeddedLog } from "../../../engine/log/embedded/embedded-log.ts";
import { Watermarks } from "../../../engine/task/watermarks.ts";
import { evolveManifestActivated, manifestText } from "../../../engine/workflow/trigger/manifest.ts";
import { emptyState } from "../../../engine/workflow/state.ts";
import { turns } from "../../support/fake-clock.ts";

const SOURCE = { topic: "events", partition: 0 };

/** A partition that has read nothing of a topic with ten records, at a time that grows by a second a look. */
async function behind(topics: readonly string[] = [SOURCE.topic]) {
  const log = await openEmbeddedLog({ path: ":memory:" });
  onTestFinished(() => log.close());
  await log.createTopics([{ topic: SOURCE.topic, partitions: 1, settings: {} }]);
  for (let n = 0; n < 10; n++) await log.append(SOURCE, [{ key: null, value: Buffer.from("{}") }]);
  const state = emptyState(0, 8);
  const declare = (of: readonly string[], version: number): void => {
    const sources = of.map((topic) => ({ topic, partitions: 1, from: "beginning" as const }));
    const from = of.map((topic) => ({ topic, partition: 0, offset: 0 }));
    const content = manifestText({ functions: [], sources });
    evolveManifestActivated(state, { type: "ManifestActivated", version, hash: `${version}`, content, from });
  };
  declare(topics, 1);
  const told: [to: number, second: number][] = [];
  let second = 0;
  const watermarks = new Watermarks({
    log,
    state,
    now: () => ++second * 1_000 + log.settleMs,
    signal: new AbortController().signal,
    tell: (to, time) => void told.push([to, time / 1_000]),
    failed: (error) => expect(error).toBeUndefined(),
  });
  const ask = async (from: number): Promise<void> => {
    watermarks.ask(from);
    await turns(20);
  };
  return { log, declare, source: must(state.sources.get("events/0"), "the source"), watermarks, told, ask };
}

test("who asks often while a source is behind is answered once, by the latest time that is reached (R16)", async () => {
  const { source, watermarks, told, ask } = await behind();
  for (let n = 0; n < 100; n++) await ask(n % 8);
  expect(told).toEqual([]);

  source.next = 10;
  watermarks.moved();

  expect(told.toSorted(([a], [b]) => a - b)).toEqual(Array.from({ length: 8 }, (_, from) => [from, 100]));
  watermarks.moved();
  expect(told).toHaveLength(8);
});

test("where a source grows as fast as it is read, the oldest question is answered all the same", async () => {
  const { log, source, watermarks, told, ask } = await behind();
  await ask(1);
  for (let n = 0; n < 10; n++) {
    await log.append(SOURCE, [{ key: null, value: Buffer.from("{}") }]);
    await ask(2);
  }

  source.next = 10;
  watermarks.moved();
  expect(told).toEqual([[1, 1]]);

  source.next = 20;
  watermarks.moved();
  expect(told).toEqual([
    [1, 1],
    [2, 11],
  ]);
});

test("a source topic that does not exist holds up no answer", async () => {
  const { source, told, ask } = await behind([SOURCE.topic, "missing"]);
  source.next = 10;
  await ask(3);
  expect(told).toEqual([[3, 1]]);
});

test("a source that the manifest does not name any more holds up no answer", async () => {
  const { declare, watermarks, told, ask } = await behind();
  await ask(3);
  expect(told).toEqual([]);
  declare([], 2);
  watermarks.moved();
  expect(told).toEqual([[3, 1]]);
});
