// The Store on a thread of its own, so that waiting for the disk never holds the event loop.
import { SqliteStore } from "./sqlite-store.ts";
import type { Store } from "./store.ts";

export async function openThreadStore(file: string): Promise<Store> {
  const store = new SqliteStore(file);
  return {
    load: async () => store.load(),
    commit: async (writes) => store.commit(writes),
    read: async (partition, from, below, maxBytes) => store.read(partition, from, below, maxBytes),
    findTime: async (partition, time) => store.findTime(partition, time),
    trim: async (partition, start) => store.trim(partition, start),
    compact: async (partition, below) => store.compact(partition, below),
    createTopic: async (topic) => store.createTopic(topic),
    close: async () => store.close(),
  };
}
