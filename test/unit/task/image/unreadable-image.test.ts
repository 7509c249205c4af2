// An image that cannot be read, as without its key, is no reason to stop: but where the journal is trimmed, it is what is told of, and waited for.
import { expect, onTestFinished, test } from "vitest";
import { LogError } from "../../../../engine/log/errors.ts";
import type { Log } from "../../../../engine/log/log.ts";
import { restoreWithImage } from "../../../../engine/task/image/restore-with-image.ts";
import { emptyState } from "../../../../engine/workflow/state.ts";
import { JOURNAL, TaskBench, TOPICS } from "../../../support/task-bench.ts";

const IMAGE = { topic: TOPICS.state, partition: 0 };

/** A log whose readers of images fail as those of an encrypted one without the key. */
function withoutKey(log: Log): Log {
  const openReader: Log["openReader"] = (options) =>
    options.topic === IMAGE.topic
      ? { next: () => Promise.reject(new LogError("LOG_KEY_MISSING", "no key")), close: () => {} }
      : log.openReader(options);
  return new Proxy(log, {
    get: (target, name) => {
      const value: unknown = name === "openReader" ? openReader : Reflect.get(target, name, target);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}

test("behind a whole journal it is passed over; behind a trimmed one its key is what is missing, until it is there (R1)", async () => {
  const bench = await TaskBench.open({ f: {} });
  onTestFinished(() => bench.close());
  const owner = await bench.owner("a", { handlers: { f: ({ step }) => step.run("work", () => "done") } }).open();
  await bench.send();
  await bench.clock.advance(40_000);
  owner.task.abandon();
  const rejected: string[] = [];
  const restored = async (log: Log): Promise<number | null> => {
    const { signal } = new AbortController();
    const onRejected = (reason: string): void => void rejected.push(reason);
    const state = emptyState(0, 1);
    return (await restoreWithImage({ log, journal: JOURNAL, image: IMAGE, state, signal, onRejected, onReady: () => {} })).imageLsn;
  };
  expect(await restored(withoutKey(bench.log))).toBeNull();
  expect(rejected).toEqual([expect.stringContaining("LOG_KEY_MISSING")]);
  await bench.log.trim(JOURNAL, 1);
  await expect(restored(withoutKey(bench.log))).rejects.toMatchObject({ code: "LOG_KEY_MISSING" });
  expect(rejected).toHaveLength(1);
  expect(await restored(bench.log)).toBeGreaterThan(0);
});
