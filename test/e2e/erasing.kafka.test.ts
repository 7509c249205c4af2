// A person's data is sent, worked with and erased; the worker that had it in memory is killed. The others' goes on, and of that person nothing can be
// found in any file of the broker.
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pino } from "pino";
import { expect, test } from "vitest";
import { readKeyRecord, subjectHash } from "../../engine/sealing/key-record.ts";
import { Millrace } from "../../engine/sdk/index.ts";
import { appTopics } from "../../engine/task/app-topics.ts";
import { topicSpecs } from "../../engine/worker/topic-specs.ts";
import { openKafkaLog } from "../../engine/log/kafka/kafka-log.ts";
import { askDigest } from "../../engine/replay/live-digests.ts";
import { rebuildDigest } from "../../engine/replay/verify.ts";
import { until } from "../support/faults/until.ts";
import type { Came } from "./erasing-worker.ts";
import { startBroker } from "../support/kafka/start.ts";

const [ADA, GRACE] = ["Ada Lovelace", "Grace Hopper"];
const TOPICS = appTopics("shop");
/** What takes a day in production. */
const QUICK = { "segment.ms": "1000", "file.delete.delay.ms": "100", "max.compaction.lag.ms": "2000", "min.insync.replicas": "1" };

class Worker implements AsyncDisposable {
  readonly #process: ChildProcess;
  said = "";

  constructor(broker: string) {
    const file = path.join(import.meta.dirname, "erasing-worker.ts");
    this.#process = spawn(process.execPath, ["--conditions=@millrace/source", file, broker], { stdio: ["ignore", "pipe", "inherit"] });
    this.#process.stdout?.on("data", (chunk: Buffer) => (this.said += chunk.toString()));
  }

  has(...texts: readonly string[]): Promise<boolean> {
    return until(texts.join(), () => texts.every((text) => this.said.includes(text)), { insteadShow: () => this.said.slice(-4_000) });
  }

  async kill9(): Promise<void> {
    const gone = new Promise((resolve) => this.#process.once("exit", resolve));
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      this.#process.kill("SIGKILL");
      await gone;
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill9();
  }
}

test(
  "erased, nothing of a person is in any file of the broker, and what is about others goes on behind a kill -9",
  { timeout: 180_000 },
  async () => {
    await using closing = new AsyncDisposableStack();
    const folder = await mkdtemp(path.join(tmpdir(), "erasing-"));
    closing.defer(() => rm(folder, { recursive: true, force: true }));
    const broker = closing.use(await startBroker({ folder }));
    const log = await openKafkaLog({ brokers: [broker.address] });
    closing.defer(() => log.close());
    const [keys] = topicSpecs({ topics: TOPICS, partitions: 1, maxEventBytes: 1024 * 1024, fsync: "auto", erasable: true }).filter(
      ({ topic }) => topic === TOPICS.keys,
    );
    if (keys === undefined) throw new Error("no topic of keys");
    await log.createTopics([{ ...keys, settings: { ...keys.settings, ...QUICK } }]);

    const first = closing.use(new Worker(broker.address));
    await first.has("started\n");
    const kafka = { kind: "kafka" as const, brokers: [broker.address] };
    const sender = new Millrace({ id: "shop", partitions: 2, erasable: true, log: kafka, logger: pino({ level: "silent" }) });
    closing.defer(() => sender.stop());
    await sender.send([
      { name: "came", data: { name: ADA, user: "u1" } satisfies Came, key: "u1", subject: "ada" },
      { name: "came", data: { name: GRACE, user: "u2" } satisfies Came, key: "u2", subject: "grace" },
    ]);
    await first.has(`waits: ${ADA}`, `waits: ${GRACE}`, `handled: ${ADA}`, `handled: ${GRACE}`);
    const adas = await keyOf("ada");

    expect(await isInFiles(Buffer.from("$sealed"))).toBe(true);
    expect(await isInFiles(adas)).toBe(true);
    expect(await sender.erase("ada")).toEqual({ keys: 1 });
    await first.kill9();
    const second = closing.use(new Worker(broker.address));
    await second.has("started\n");
    for (const [user, subject, name] of [
      ["u1", "ada", "Ada again"],
      ["u2", "grace", GRACE],
    ] as const) {
      await sender.send({ name: "paid", data: { name, user }, key: user, subject });
    }
    await second.has(`done: hello ${GRACE}, ${GRACE}`, "RUN_FAILED", "SubjectErasedError");
    expect(second.said).not.toContain(ADA);

    await until("the key's bytes are gone", async () => !(await isInFiles(adas)));
    for (const name of [ADA, GRACE, "Ada again"]) expect(await isInFiles(Buffer.from(name))).toBe(false);
    // Whoever has the log alone, and no key, comes to the state of the live tasks.
    for (const partition of [0, 1]) {
      const live = await askDigest({ log, topics: TOPICS, partition, partitions: 2, timeoutMs: 10_000 });
      expect(live).not.toBeNull();
      const rebuilt = await rebuildDigest({ log, topics: TOPICS, partition, ...(live === null ? {} : { untilLsn: live.lsn }) });
      expect(rebuilt.digest).toBe(live?.digest);
    }

    async function keyOf(subject: string): Promise<Buffer> {
      const reader = log.openReader({ topic: TOPICS.keys, partition: 0, from: 0 });
      try {
        for (;;) {
          for (const record of (await reader.next()).records) {
            const read = readKeyRecord(record);
            if (read?.name.startsWith(subjectHash("shop", subject)) === true && read.bytes !== null) return read.bytes;
          }
        }
      } finally {
        reader.close();
      }
    }

    async function isInFiles(looked: Buffer): Promise<boolean> {
      for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
        if (!entry.isFile()) continue;
        const content = await readFile(path.join(entry.parentPath, entry.name)).catch(() => Buffer.alloc(0));
        if (content.includes(looked)) return true;
      }
      return false;
    }
  },
);
