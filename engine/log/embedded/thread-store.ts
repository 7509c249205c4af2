// The Store on a thread of its own, so that waiting for the disk never holds the event loop (docs/adr/0002-embedded-log.md).
import { Worker } from "node:worker_threads";
import { must } from "../../core/errors.ts";
import { LogError } from "../errors.ts";
import type { EncodedBatch } from "./batch-codec.ts";
import type { Store, StoredTopic } from "./store.ts";
import { type PackedSlice, putTogether, type StoreReply, type StoreRequest, unpackSlice } from "./store-messages.ts";

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: LogError) => void;
}

export async function openThreadStore(file: string): Promise<Store> {
  const thread = new StoreThread(file);
  await thread.opened;
  return {
    load: async () => (await thread.ask({ call: "load" })) as StoredTopic[],
    commit: async (writes) => void (await thread.ask({ call: "commit", writes })),
    read: async (partition, from, below, maxBytes) =>
      unpackSlice((await thread.ask({ call: "read", partition, from, below, maxBytes })) as PackedSlice),
    findTime: async (partition, time) => (await thread.ask({ call: "findTime", partition, time })) as EncodedBatch | null,
    trim: async (partition, start) => void (await thread.ask({ call: "trim", partition, start })),
    compact: async (partition, below) => (await thread.ask({ call: "compact", partition, below })) as "more" | "done",
    createTopic: async (topic) => (await thread.ask({ call: "createTopic", topic })) as StoredTopic,
    close: () => thread.close(),
  };
}

/** Requests are answered in order, so who waits is a queue. */
class StoreThread {
  readonly opened: Promise<unknown>;
  readonly #worker: Worker;
  readonly #waiting: Waiting[] = [];
  readonly #exited: Promise<void>;
  #ended: LogError | null = null;

  constructor(file: string) {
    // Run from source it is .ts, run from dist it is .js. Both are written out, for tools that follow such addresses.
    const script = import.meta.url.endsWith(".ts")
      ? new URL("./store-thread.ts", import.meta.url)
      : new URL("./store-thread.js", import.meta.url);
    this.#worker = new Worker(script, { workerData: file });
    this.#worker.on("message", (reply: StoreReply) => {
      const { resolve, reject } = must(this.#waiting.shift(), "who asked the database's thread");
      if (reply.ok) resolve(reply.value);
      else reject(putTogether(reply.error));
    });
    this.#worker.on("error", (cause) => this.#end("failed", cause));
    this.#exited = new Promise((resolve) => {
      this.#worker.on("exit", () => {
        this.#end("ended", undefined);
        resolve();
      });
    });
    this.opened = this.#answer();
  }

  ask(request: StoreRequest): Promise<unknown> {
    if (this.#ended !== null) return Promise.reject(this.#ended);
    this.#worker.postMessage(request);
    return this.#answer();
  }

  async close(): Promise<void> {
    if (this.#ended === null) await this.ask({ call: "close" });
    await this.#exited;
  }

  #answer(): Promise<unknown> {
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  #end(how: string, cause: unknown): void {
    this.#ended ??= new LogError("LOG_FAILED", `the thread of the embedded log's database ${how}. Open the log again`, {
      cause,
      outcomeUnknown: true,
    });
    for (const { reject } of this.#waiting.splice(0)) reject(this.#ended);
  }
}
