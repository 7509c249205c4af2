// The Store on the calling thread: for a database in memory, which never waits for a disk.
import { SqliteStore } from "./sqlite-store.ts";
import type { Store } from "./store.ts";

export function openMemoryStore(): Store {
  const store = new SqliteStore(":memory:");
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
