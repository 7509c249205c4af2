import { expect, test } from "vitest";
import { CommitQueue } from "../../../../engine/log/embedded/commit-queue.ts";
import { Partition } from "../../../../engine/log/embedded/partition.ts";
import type { BatchWrite, Store } from "../../../../engine/log/embedded/store.ts";
import { LogError } from "../../../../engine/log/errors.ts";

/** A store whose commits the test finishes by hand. */
class HandHeldStore implements Pick<Store, "commit"> {
  readonly commits: { writes: readonly BatchWrite[]; succeed: () => void; fail: (error: LogError) => void }[] = [];
  commit(writes: readonly BatchWrite[]): Promise<void> {
    return new Promise((succeed, fail) => this.commits.push({ writes, succeed, fail }));
  }
}

function setUp(now: () => number = () => 1_000): { store: HandHeldStore; queue: CommitQueue; partition: Partition; append: Append } {
  const store = new HandHeldStore();
  const queue = new CommitQueue(store, now);
  const partition = new Partition({ topic: "t", partition: 0 }, { id: 1, start: 0, end: 10, lastTime: 500 });
  return { store, queue, partition, append: (count, signal) => queue.append(partition, Buffer.alloc(1), count, signal) };
}
type Append = (count: number, signal?: AbortSignal) => ReturnType<CommitQueue["append"]>;

const turn = (): Promise<void> => new Promise(setImmediate);

test("appends made side by side share a commit; those made while it runs share the next", async () => {
  const { store, append } = setUp();
  const first = [append(1), append(2)];
  await turn();
  const second = [append(1), append(1), append(3)];
  await turn();
  expect(store.commits.map(({ writes }) => writes.map(({ base, last }) => [base, last]))).toEqual([
    [
      [10, 10],
      [11, 12],
    ],
  ]);
  store.commits[0]?.succeed();
  expect(await Promise.all(first)).toEqual([
    { baseOffset: 10, appendTime: 1_000 },
    { baseOffset: 11, appendTime: 1_000 },
  ]);
  await turn();
  store.commits[1]?.succeed();
  expect((await Promise.all(second)).map(({ baseOffset }) => baseOffset)).toEqual([13, 14, 15]);
});

test("nothing can be read before its commit is done", async () => {
  const { store, append, partition } = setUp();
  const appended = append(2);
  await turn();
  expect([partition.end, partition.fromTail(10, 100)]).toEqual([10, null]);
  store.commits[0]?.succeed();
  await appended;
  expect([partition.end, partition.fromTail(10, 100)?.length]).toEqual([12, 1]);
});

test("times of a partition never go back, though the clock does", async () => {
  const clock = [700, 300, 300.9, 900];
  const { store, append } = setUp(() => clock.shift() ?? 0);
  const times: (number | null)[] = [];
  for (let n = 0; n < 4; n++) {
    const appended = append(1);
    await turn();
    store.commits[n]?.succeed();
    times.push((await appended).appendTime);
  }
  expect(times).toEqual([700, 700, 700, 900]);
});

test("after a commit that surely failed, as on a full disk, the same offsets are given again", async () => {
  const { store, append } = setUp();
  const appended = append(2);
  await turn();
  store.commits[0]?.fail(new LogError("LOG_UNAVAILABLE", "full", { retriable: true }));
  await expect(appended).rejects.toMatchObject({ code: "LOG_UNAVAILABLE", outcomeUnknown: false });
  const again = append(2);
  await turn();
  store.commits[1]?.succeed();
  expect(await again).toMatchObject({ baseOffset: 10 });
});

test("after a commit whose outcome is unknown nothing more is written", async () => {
  const { store, append } = setUp();
  const appended = append(2);
  await turn();
  const queued = append(1);
  const outcomes = Promise.allSettled([appended, queued]);
  store.commits[0]?.fail(new LogError("LOG_UNAVAILABLE", "the disk broke", { outcomeUnknown: true }));
  expect(await outcomes).toMatchObject([
    { status: "rejected", reason: { outcomeUnknown: true } },
    { status: "rejected", reason: { code: "LOG_UNAVAILABLE" } },
  ]);
  await expect(append(1)).rejects.toMatchObject({ code: "LOG_UNAVAILABLE" });
  expect(store.commits).toHaveLength(1);
});

test("an append that waits can be aborted for sure; one on its way has an unknown outcome, and is written", async () => {
  const { store, append, partition } = setUp();
  const [sent, waiting] = [new AbortController(), new AbortController()];
  const first = append(1, sent.signal);
  await turn();
  const second = append(1, waiting.signal);
  sent.abort();
  waiting.abort();
  await expect(first).rejects.toMatchObject({ code: "LOG_ABORTED", outcomeUnknown: true });
  await expect(second).rejects.toMatchObject({ code: "LOG_ABORTED", outcomeUnknown: false });
  store.commits[0]?.succeed();
  await turn();
  expect(partition.end).toBe(11);
  expect(store.commits).toHaveLength(1);
});

test("ending waits for the commit that runs, and refuses what is queued", async () => {
  const { store, queue, append } = setUp();
  const running = append(1);
  await turn();
  const refused = Promise.allSettled([append(1)]);
  const ended = queue.end(new LogError("LOG_CLOSED", "closed"));
  expect(await refused).toMatchObject([{ reason: { code: "LOG_CLOSED" } }]);
  store.commits[0]?.succeed();
  await ended;
  expect(await running).toMatchObject({ baseOffset: 10 });
});
