import { expect, test } from "vitest";
import { Pacer } from "../../../server/queries/pacer.ts";
import { deferred } from "../../support/deferred.ts";

test("stopped, none is begun any more, and it is over when those under way are", async () => {
  const abort = new AbortController();
  const pacer = new Pacer({ perSecond: 1_000_000, atOnce: 2, signal: abort.signal });
  const [begun, both, end] = [[] as number[], deferred<void>(), deferred<void>()];
  let over = 0;
  const all = pacer.each([1, 2, 3, 4], async (item) => {
    begun.push(item);
    if (begun.length === 2) both.resolve();
    await end.promise;
    over += 1;
  });
  const seen = all.then(
    () => "done",
    (error: unknown) => [error, over],
  );
  await both.promise;
  abort.abort("stop");
  end.resolve();
  expect(await seen).toEqual(["stop", 2]);
  expect(begun).toEqual([1, 2]);
});

test("where one fails no other is begun, and its error is told when those under way are over", async () => {
  const pacer = new Pacer({ perSecond: 1_000_000, atOnce: 2, signal: new AbortController().signal });
  const [second, end] = [deferred<void>(), deferred<void>()];
  let over = 0;
  const all = pacer.each([1, 2, 3, 4], async (item) => {
    if (item === 1) {
      await second.promise;
      throw new Error("no");
    }
    second.resolve();
    await end.promise;
    over += 1;
  });
  const seen = all.then(
    () => "done",
    (error: unknown) => [String(error), over],
  );
  await second.promise;
  setImmediate(end.resolve);
  expect(await seen).toEqual(["Error: no", 1]);
});
