// Whoever owns a partition knows the keys of all that was decided before it: else its deciders would see nothing where there is something.
import { afterEach, beforeEach, expect, test } from "vitest";
import { NOT_SEALED } from "../../../engine/core/sealing.ts";
import { turns, until } from "../../support/fake-clock.ts";
import { JOURNAL, TaskBench, type Owner } from "../../support/task-bench.ts";

let bench: TaskBench;

beforeEach(async () => {
  bench = await TaskBench.open();
});

afterEach(() => bench.close());

/** Each call waits to be told that keys are known. */
function held(): { readonly calls: PromiseWithResolvers<void>[]; readonly open: () => Owner } {
  const calls: PromiseWithResolvers<void>[] = [];
  const caughtUp = async (signal: AbortSignal): Promise<void> => {
    const call = Promise.withResolvers<void>();
    calls.push(call);
    signal.addEventListener("abort", () => call.reject(signal.reason as Error));
    await call.promise;
  };
  const open = (): Owner => {
    const owner = bench.owner("A", { handlers: { f: () => null }, sealing: { ...NOT_SEALED, caughtUp } });
    void owner.task.open();
    return owner;
  };
  return { calls, open };
}

test("it claims when its keys are up to date, and decides when they are so once more: its predecessor may have gone on (R2)", async () => {
  const { calls, open } = held();
  await bench.send();
  const owner = open();
  await until("it asks for keys", () => calls.length === 1);
  await turns(50);
  expect(await bench.log.latestOffset(JOURNAL)).toBe(0);
  calls[0]?.resolve();
  await until("it asks again", () => calls.length === 2);
  await turns(50);
  expect(await bench.log.latestOffset(JOURNAL)).toBe(1);
  expect(owner.records).toEqual([]);
  calls[1]?.resolve();
  await until("it decides", () => owner.records.some(({ type }) => type === "RunCompleted"));
});

test("while keys cannot be read it takes the partition from nobody, and goes when it is told to", async () => {
  const before = await bench.owner("B", { handlers: { f: () => null } }).open();
  const { calls, open } = held();
  const owner = open();
  await until("it asks for keys", () => calls.length === 1);
  await bench.send();
  await until("the owner decides", () => before.records.some(({ type }) => type === "RunCompleted"));
  owner.task.abandon();
  await turns(50);
  expect(before.end).toBeNull();
  expect(await bench.rebuiltDigest()).toBe(await before.digest());
});
