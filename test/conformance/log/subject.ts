// The adapter under test, as a behaviour sees it.
import { afterAll, beforeAll, describe, onTestFinished } from "vitest";
import type { Log, TopicPartition } from "../../../engine/log/log.ts";
import { behaviours } from "./behaviours.ts";

export interface Adapter {
  readonly name: string;
  /** A log that is the test's own to close: another client of the same brokers, or a place of its own. */
  open(): Promise<Log>;
  /** Waits until the partition holds one record a key and no tombstone. May append records with the key `FILLER`. */
  compact(log: Log, target: TopicPartition): Promise<void>;
  /** Removes what the adapter's logs left behind. */
  end?(): Promise<void>;
}

export interface Subject {
  /** Shared by the tests of one file: never closed by a test. */
  readonly log: Log;
  /** One of the test's own, closed after it. */
  openOwn(): Promise<Log>;
  /** Of the shared log. */
  compact(target: TopicPartition): Promise<void>;
}

/** Registers every behaviour for one adapter. */
export function describeLog(adapter: Adapter): void {
  describe(`the log on ${adapter.name}`, () => {
    let shared: Log | null = null;
    beforeAll(async () => {
      shared = await adapter.open();
    });
    afterAll(async () => {
      await shared?.close();
      await adapter.end?.();
    });

    const subject: Subject = {
      get log() {
        if (shared === null) throw new Error("the log is open only while tests run");
        return shared;
      },
      async openOwn() {
        const log = await adapter.open();
        onTestFinished(() => log.close());
        return log;
      },
      compact: (target) => adapter.compact(subject.log, target),
    };
    for (const [name, behaviour] of Object.entries(behaviours)) describe(name, () => behaviour(subject));
  });
}
