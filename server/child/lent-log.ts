// The parent's side of a log that its child reads: so the child needs no address, no password and no key, and an embedded log, which one process
// alone may open, is read while it is written. A child that ends leaves nothing open.
import { unreachable } from "../../engine/core/errors.ts";
import type { Log, PartitionReader } from "../../engine/log/log.ts";
import type { LogCall } from "./messages.ts";

export class LentLog {
  readonly #log: Log;
  readonly #readers = new Map<number, PartitionReader>();
  #isClosed = false;

  constructor(log: Log) {
    this.#log = log;
  }

  /** @throws LogError */
  async answer(call: LogCall): Promise<unknown> {
    switch (call.call) {
      case "describeTopic":
        return this.#log.describeTopic(call.topic);
      case "listTopics":
        return this.#log.listTopics();
      case "earliestOffset":
        return this.#log.earliestOffset(call);
      case "latestOffset":
        return this.#log.latestOffset(call);
      case "offsetForTime":
        return this.#log.offsetForTime(call, call.time);
      case "openReader":
        // What it asked for may be heard when it has ended.
        if (this.#isClosed) return null;
        this.#readers.set(call.reader, this.#log.openReader(call.options));
        return null;
      case "next":
        return this.#readers.get(call.reader)?.next();
      case "closeReader":
        this.#readers.get(call.reader)?.close();
        this.#readers.delete(call.reader);
        return null;
      default:
        return unreachable(call);
    }
  }

  close(): void {
    this.#isClosed = true;
    for (const reader of this.#readers.values()) reader.close();
    this.#readers.clear();
  }
}
