import { expect, test } from "vitest";
import { orAborted } from "../../../engine/core/or-aborted.ts";

test("who waits hears what comes first", async () => {
  const aborting = new AbortController();
  await expect(orAborted(Promise.resolve("came"), aborting.signal)).resolves.toBe("came");
  await expect(orAborted(Promise.reject(new Error("failed")), aborting.signal)).rejects.toThrow("failed");
  const waiting = orAborted(new Promise(() => {}), aborting.signal);
  aborting.abort(new Error("told to end"));
  await expect(waiting).rejects.toThrow("told to end");
});

test("what fails after nobody waits any more, or when nobody ever did, is nobody's: the process does not end of it", async () => {
  const heard: unknown[] = [];
  const hear = (reason: unknown): void => void heard.push(reason);
  process.on("unhandledRejection", hear);
  try {
    const { promise, reject } = Promise.withResolvers<never>();
    await expect(orAborted(promise, AbortSignal.abort(new Error("told to end")))).rejects.toThrow("told to end");
    reject(new Error("the connection was closed"));
    // Node tells of it when the turn is over.
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    expect(heard).toEqual([]);
  } finally {
    process.off("unhandledRejection", hear);
  }
});
