// Which answers are asked for again, and how often, by the real cache on a clock that is moved by hand.
import { InfiniteQueryObserver, QueryClient, QueryObserver } from "@tanstack/react-query";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Staleness } from "../../../web/src/api/staleness.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

interface Watched {
  readonly stale: Staleness;
  readonly asked: () => number;
  readonly queries: QueryClient;
  readonly see: (isSeen: boolean) => void;
}

/** One list that somebody looks at, which takes so long to answer. */
async function watch(key: readonly string[], { takesMs = 5, pages = 1 }: { takesMs?: number; pages?: number } = {}): Promise<Watched> {
  const queries = new QueryClient();
  queries.mount();
  let asked = 0;
  let isSeen = true;
  const queryFn = async (): Promise<number> => {
    asked += 1;
    await new Promise((resolve) => setTimeout(resolve, takesMs));
    return asked;
  };
  if (pages === 1) new QueryObserver(queries, { queryKey: key, queryFn }).subscribe(() => undefined);
  else {
    const list = new InfiniteQueryObserver(queries, {
      queryKey: key,
      queryFn,
      initialPageParam: 0,
      getNextPageParam: (_, all) => all.length,
    });
    list.subscribe(() => undefined);
    for (let page = 1; page < pages; page += 1) {
      await vi.advanceTimersByTimeAsync(takesMs + 1);
      void list.fetchNextPage();
    }
  }
  await vi.advanceTimersByTimeAsync(takesMs + 1);
  expect(asked).toBe(pages);
  asked = 0;
  return { stale: new Staleness(queries, () => isSeen), asked: () => asked, queries, see: (is) => void (isSeen = is) };
}

/** A message every 20 ms for ten seconds. */
async function storm(stale: Staleness, key: readonly string[]): Promise<void> {
  for (let message = 0; message < 500; message += 1) {
    stale.hear([key]);
    await vi.advanceTimersByTimeAsync(20);
  }
}

test("however many messages come, a list is asked for once, and about once a second while they go on", async () => {
  const { stale, asked } = await watch(["runs", "list"]);
  for (let message = 0; message < 1_000; message += 1) stale.hear([["runs"]]);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(asked()).toBe(1);
  await storm(stale, ["runs"]);
  expect(asked()).toBeGreaterThan(6);
  expect(asked()).toBeLessThan(16);
});

test("a server that takes long to answer is asked one thing at a time, and rests for twice as long", async () => {
  const { stale, asked } = await watch(["runs", "list"], { takesMs: 1_000 });
  await storm(stale, ["runs"]);
  expect(asked()).toBeGreaterThan(2);
  expect(asked()).toBeLessThan(5);
});

test("the more pages of a list there are, the less often it is asked for", async () => {
  const { stale, asked } = await watch(["runs", "list"], { pages: 20 });
  await storm(stale, ["runs"]);
  expect(asked()).toBe(20);
});

test("what changes while the answer is on its way is asked for again, behind it", async () => {
  const { stale, asked } = await watch(["runs", "list"], { takesMs: 2_000 });
  stale.hear([["runs"]]);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(asked()).toBe(1);
  stale.hear([["runs"]]);
  await vi.advanceTimersByTimeAsync(1_500);
  expect(asked()).toBe(1);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(asked()).toBe(2);
});

test("so is what somebody else was asking for when it changed", async () => {
  const { stale, asked, queries } = await watch(["runs", "list"], { takesMs: 2_000 });
  void queries.refetchQueries();
  await vi.advanceTimersByTimeAsync(100);
  stale.hear([["runs"]]);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(asked()).toBe(2);
});

test("while nobody sees the page nothing is asked for; once somebody does, it is at once", async () => {
  const { stale, asked, see } = await watch(["runs", "list"]);
  see(false);
  await storm(stale, ["runs"]);
  expect(asked()).toBe(0);
  see(true);
  stale.look();
  await vi.advanceTimersByTimeAsync(10);
  expect(asked()).toBe(1);
});

test("one run that changed is asked for, and none of the others; of very many, all are meant", async () => {
  const { stale, asked } = await watch(["run", "r7", "logs"]);
  stale.hear([["run", "r1"], ["runs"]]);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(asked()).toBe(0);
  stale.hear([["run", "r7"]]);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(asked()).toBe(1);
  stale.hear(Array.from({ length: 2_000 }, (_, at) => ["run", `other-${at}`]));
  await vi.advanceTimersByTimeAsync(5_000);
  expect(asked()).toBe(2);
});

test("what nobody looks at any more is not asked for, but known to be stale", async () => {
  const { stale, asked, queries } = await watch(["runs", "list"]);
  queries.setQueryData(["runs", "other"], 1);
  stale.hear([["runs"]]);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(asked()).toBe(1);
  expect(queries.getQueryState(["runs", "other"])?.isInvalidated).toBe(true);
});
