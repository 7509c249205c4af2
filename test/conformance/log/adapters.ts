// The adapters that need Node alone. Those on Kafka are in kafka-adapters.ts, so that these tests never load a Kafka client.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { type EmbeddedLog, openEmbeddedLog } from "../../../engine/log/embedded/embedded-log.ts";
import type { Log } from "../../../engine/log/log.ts";
import type { Adapter } from "./subject.ts";

export function inMemory(): Adapter {
  return embedded("node:sqlite in memory", async () => ":memory:", []);
}

export function onDisk(): Adapter {
  const folders: string[] = [];
  const makeFolder = async (): Promise<string> => {
    const folder = await mkdtemp(path.join(tmpdir(), "millrace-conformance-"));
    folders.push(folder);
    return folder;
  };
  return embedded("node:sqlite on disk", makeFolder, folders);
}

function embedded(name: string, makePlace: () => Promise<string>, folders: readonly string[]): Adapter {
  const opened = new WeakMap<Log, EmbeddedLog>();
  return {
    name,
    async open() {
      const log = await openEmbeddedLog({ path: await makePlace() });
      opened.set(log, log);
      return log;
    },
    async compact(log, { topic }) {
      await opened.get(log)?.compact(topic);
    },
    async end() {
      for (const folder of folders) await rm(folder, { recursive: true, force: true });
    },
  };
}
