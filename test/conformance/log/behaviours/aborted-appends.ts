import { expect, test } from "vitest";
import type { Subject } from "../subject.ts";
import { expectRefusal, freshPartition, readAll, record, values } from "../topics.ts";

export function abortedAppends(subject: Subject): void {
  test("an append whose signal was aborted before writes nothing", async () => {
    const target = await freshPartition(subject.log);
    await expectRefusal(subject.log.append(target, [record("never")], { signal: AbortSignal.abort() }), "LOG_ABORTED");
    expect((await subject.log.append(target, [record("first")])).baseOffset).toBe(0);
  });

  test("an append aborted on its way rejects at once; it stands in the log whole or not at all, and the partition goes on", async () => {
    const target = await freshPartition(subject.log);
    await subject.log.append(target, [record("before")]);
    const controller = new AbortController();
    const append = subject.log.append(target, [record("aborted 0"), record("aborted 1")], { signal: controller.signal });
    const refusal = expectRefusal(append, "LOG_ABORTED");
    controller.abort();
    await refusal;
    const { baseOffset } = await subject.log.append(target, [record("after")]);
    const stored = values(await readAll(subject.log, target));
    expect(stored[baseOffset]).toBe("after");
    expect([
      ["before", "after"].join(),
      ["before", "aborted 0", "aborted 1", "after"].join(),
      ["before", "after", "aborted 0", "aborted 1"].join(),
    ]).toContain(stored.join());
  });

  test("a signal that aborts later changes nothing", async () => {
    const target = await freshPartition(subject.log);
    const controller = new AbortController();
    await subject.log.append(target, [record("r")], { signal: controller.signal });
    controller.abort();
    expect(values(await readAll(subject.log, target))).toEqual(["r"]);
  });
}
