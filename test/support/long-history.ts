// Journals with a long past: what many runs that are over have left behind, written as their owner would have.
import { deriveRunId, stepKey } from "../../engine/core/ids.ts";
import { encodeClaim } from "../../engine/journal/entry.ts";
import { encodeFrame } from "../../engine/journal/frame-formats.ts";
import type { Log, TopicPartition } from "../../engine/log/log.ts";
import type { JournalRecord } from "../../engine/workflow/records.ts";

const FRAME_RECORDS = 50;
const APPEND_FRAMES = 20;

export interface History {
  readonly decisions: number;
  /** So many of the last runs are still open. */
  readonly openRuns: number;
}

/** Fills an empty journal. */
export async function writeHistory(log: Log, journal: TopicPartition, { decisions: count, openRuns }: History): Promise<void> {
  const { baseOffset: epoch } = await log.append(journal, [
    { key: null, value: encodeClaim({ nonce: 1, replaces: -1, worker: "history", time: 0 }) },
  ]);
  let frame: JournalRecord[] = [];
  let batch: { key: null; value: Buffer }[] = [];
  let lsn = 1;
  let written = 0;
  const flush = async (): Promise<void> => {
    if (batch.length > 0) await log.append(journal, batch);
    batch = [];
  };
  for (const record of decisions(journal.partition, count, openRuns)) {
    frame.push(record);
    written += 1;
    if (frame.length < FRAME_RECORDS && written < count) continue;
    lsn += 1;
    batch.push({ key: null, value: encodeFrame({ epoch, nonce: 1, lsn, time: lsn, inputs: [], records: frame }) });
    frame = [];
    if (batch.length >= APPEND_FRAMES) await flush();
  }
  await flush();
}

function* decisions(partition: number, count: number, openRuns: number): Iterable<JournalRecord> {
  const alone = { parent: null, startBy: null, finishBy: null, cancels: [], needs: [], singleton: null };
  const data = JSON.stringify({ email: "somebody@example.com", plan: "basic", referrer: "a friend" });
  let made = 0;
  for (let index = 0; made < count; index++) {
    const run = deriveRunId(index, partition, "three", `events-${partition}-${index}`);
    const event = {
      id: `mr:history.${partition}:${index}`,
      name: "user/signed.up",
      data,
      time: index,
      key: null,
      topic: "events",
      partition,
      offset: index,
      appendedAt: index,
      corrects: null,
      trace: null,
    };
    const began = index;
    const isLast = count - made <= openRuns;
    const all: JournalRecord[] = [
      { type: "RunsStarted", event, runs: [{ id: run, functionId: "three", ...alone }], batch: [] },
      { type: "StepCompleted", run, step: stepKey("create user", 0), output: '{"id":12345,"email":"somebody@example.com"}', began },
      { type: "StepCompleted", run, step: stepKey("send welcome email", 0), output: '{"sent":true}', began },
      { type: "StepCompleted", run, step: stepKey("add to mailing list", 0), output: "true", began },
      { type: "RunCompleted", run, output: '{"done":true}' },
    ];
    for (const record of isLast ? all.slice(0, 1) : all) {
      if (made >= count) return;
      made += 1;
      yield record;
    }
  }
}
