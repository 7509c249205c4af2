import { expect, test } from "vitest";
import { openEmbeddedLog } from "../../../engine/log/embedded/embedded-log.ts";
import type { PartitionReader, ReaderOptions } from "../../../engine/log/log.ts";
import { LentLog } from "../../../server/child/lent-log.ts";

const OPTIONS = { topic: "noted", partition: 0, from: 0 };

test("what a child that has ended had asked for is heard too late: no reader is left open", async () => {
  const log = await openEmbeddedLog({ path: ":memory:" });
  await log.createTopics([{ topic: "noted", partitions: 1, settings: {} }]);
  let open = 0;
  const counted = Object.create(log, {
    openReader: {
      value: (options: ReaderOptions): PartitionReader => {
        const reader = log.openReader(options);
        open += 1;
        const close = (): void => {
          open -= 1;
          reader.close();
        };
        return { next: () => reader.next(), close };
      },
    },
  }) as typeof log;
  const lent = new LentLog(counted);
  await lent.answer({ call: "openReader", reader: 0, options: OPTIONS });
  expect(open).toBe(1);
  lent.close();
  await lent.answer({ call: "openReader", reader: 1, options: OPTIONS });
  expect(open).toBe(0);
  await log.close();
});
