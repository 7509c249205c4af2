import { test } from "vitest";
import type { Subject } from "../subject.ts";
import { batchOf, expectRefusal, freshPartition } from "../topics.ts";

export function offsetsOutOfRange(subject: Subject): void {
  test("a reader past the end is refused: the log was truncated, or it is another one", async () => {
    const target = await freshPartition(subject.log);
    await subject.log.append(target, batchOf(3, "r"));
    const reader = subject.log.openReader({ ...target, from: 4 });
    await expectRefusal(reader.next(), "LOG_OFFSET_OUT_OF_RANGE");
    reader.close();
  });

  test("a reader below the start is refused", async () => {
    const target = await freshPartition(subject.log);
    await subject.log.append(target, batchOf(3, "r"));
    await subject.log.trim(target, 2);
    for (const mode of ["follow", "bulk"] as const) {
      const reader = subject.log.openReader({ ...target, from: 1, mode });
      await expectRefusal(reader.next(), "LOG_OFFSET_OUT_OF_RANGE");
      reader.close();
    }
  });
}
