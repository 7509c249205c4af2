// A failed run is repeated over HTTP, from a server that has none of the code, and the worker that executes the re-run is killed as it does.
import { fork, type ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test, vi } from "vitest";
import { silentLogger } from "../../engine/observability/logger.ts";
import { readerUntil } from "../../engine/log/reader-until.ts";
import { decodeEntry } from "../../engine/journal/entry.ts";
import { Millrace } from "../../engine/sdk/millrace.ts";
import { silentPino } from "../../engine/sdk/testing.ts";
import { createServer } from "../../server/app.ts";
import { RerunAnswer, RunPage, RunResult, ShownRun } from "../../server/contract/runs.ts";
import { Hub } from "../../server/live-hub.ts";
import { openWholeHistory } from "../../server/whole-history.ts";
import { kafkaBrokers } from "../support/kafka/brokers.ts";
import type { BillOptions } from "../support/reruns/bill-process.ts";

const PARTITIONS = 2;
const SCRIPT = path.join(import.meta.dirname, "../support/reruns/bill-process.ts");

test(
  "a re-run with another output goes on where its killed worker left it, computes nothing that it took over, and is begun once",
  { timeout: 120_000 },
  async () => {
    const directory = await mkdtemp(path.join(tmpdir(), "millrace-edited-"));
    const notes = path.join(directory, "notes");
    const log = { kind: "kafka" as const, brokers: kafkaBrokers(), sessionTimeoutMs: 6_000 };
    const options: BillOptions = { id: `bills-${randomUUID()}`, partitions: PARTITIONS, log, notes, taxMs: 2_000 };
    const workers: ChildProcess[] = [];
    const app = new Millrace({ id: options.id, partitions: PARTITIONS, log, logger: silentPino });
    const { topics } = app.parts;
    const { log: opened } = await app.parts.connect();
    const live = new Hub();
    const history = await openWholeHistory({
      file: path.join(directory, "history.db"),
      log: opened,
      topics,
      partitions: PARTITIONS,
      live,
      logger: silentLogger,
    });
    const served = { id: app.id, app, code: null, log: opened, topics, partitions: PARTITIONS, history: history.database };
    const server = createServer(served, { mode: "dev", access: { kind: "open" }, version: "0.0.0", logger: silentLogger, live, history });
    const { url } = await server.listen({ host: "127.0.0.1", port: 0 });
    const ask = async (where: string, body?: object): Promise<unknown> => {
      const init =
        body === undefined ? {} : { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" } };
      const response = await fetch(`${url}/api/v1${where}`, init);
      return response.json();
    };
    const noted = async (line: string): Promise<number> => (await readFile(notes, "utf8")).split("\n").filter((one) => one === line).length;
    try {
      workers.push(await started(options));
      await app.send({ name: "bill/asked", data: { amount: -10 }, id: "asked-1" });
      const failed = await vi.waitFor(
        async () => {
          const [run] = RunPage.parse(await ask("/runs?status=failed")).items;
          if (run === undefined) throw new Error("it has not failed yet");
          return run;
        },
        { timeout: 30_000, interval: 100 },
      );

      const { id } = RerunAnswer.parse(await ask(`/runs/${failed.id}/rerun`, { from: "tax#0", outputs: { "net#0": 30 } }));
      await vi.waitFor(async () => expect(await noted(`${id} tax`)).toBe(1), { timeout: 30_000, interval: 50 });
      await killed(workers.pop());
      workers.push(await started(options));

      const result = await vi.waitFor(
        async () => {
          const now = RunResult.parse(await ask(`/runs/${id}/wait?timeout=60`));
          expect(now.isOver).toBe(true);
          return now;
        },
        { timeout: 60_000 },
      );
      expect(result).toMatchObject({ status: "completed", output: "33" });
      expect([await noted(`${id} net`), await noted(`${id} tax`)]).toEqual([0, 2]);
      const shown = ShownRun.parse(await ask(`/runs/${id}`));
      expect(shown).toMatchObject({
        rerunOf: failed.id,
        steps: [{ key: "net#0", isAdopted: true, isEdited: true, output: "30" }, { key: "tax#0" }, {}],
      });
      const begun = await recordsOf(id);
      expect(begun.filter((type) => type === "RerunStarted" || type === "RunCompleted")).toEqual(["RerunStarted", "RunCompleted"]);
    } finally {
      await Promise.all(workers.map(killed));
      await server.close();
      await history.close();
      await app.stop();
      await rm(directory, { recursive: true, force: true });
    }

    /** Types of all records of a run, in all journals. */
    async function recordsOf(run: string): Promise<readonly string[]> {
      const types: string[] = [];
      for (let partition = 0; partition < PARTITIONS; partition++) {
        const journal = { topic: topics.journal, partition };
        const end = await opened.latestOffset(journal);
        using reader = readerUntil(opened, { ...journal, from: 0 }, undefined);
        for (let next = 0; next < end;) {
          const batch = await reader.next();
          next = batch.nextOffset;
          for (const { value } of batch.records) {
            const entry = decodeEntry(value);
            if (entry.kind !== "frame") continue;
            for (const record of entry.frame.records) if ("run" in record && record.run === run) types.push(record.type);
          }
        }
      }
      return types;
    }
  },
);

async function started(options: BillOptions): Promise<ChildProcess> {
  const child = fork(SCRIPT, [JSON.stringify(options)], { execArgv: ["--conditions=@millrace/source"] });
  await once(child, "message");
  return child;
}

async function killed(child: ChildProcess | undefined): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const over = once(child, "exit");
  child.kill("SIGKILL");
  await over;
}
