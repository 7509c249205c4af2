// Folding a journal: how fast a partition's state is rebuilt from its decisions.
import { deriveRunId, stepKey } from "../engine/core/ids.ts";
import { encodeClaim } from "../engine/journal/entry.ts";
import { encodeFrame } from "../engine/journal/frame-formats.ts";
import { pino } from "pino";
import { openLog } from "../engine/sdk/open-log.ts";
import { restore } from "../engine/task/restore.ts";
import type { JournalRecord } from "../engine/workflow/records.ts";
import { emptyState } from "../engine/workflow/state.ts";
import type { BenchLog } from "./bench-log.ts";

const FRAME_RECORDS = 50;
const APPEND_FRAMES = 20;

/** A journal such as `three-steps` leaves behind; the last thousand runs are still open. */
export async function restoreSpeed({
  log,
  records,
  say,
}: {
  log: BenchLog;
  records: number;
  say: (line: string) => void;
}): Promise<object> {
  const { signal } = new AbortController();
  const opened = await openLog(log.options, pino({ level: "warn" }, pino.destination(2)), signal);
  const journal = { topic: `${log.unique}.journal`, partition: 0 };
  await opened.createTopics([{ topic: journal.topic, partitions: 1, settings: { "max.message.bytes": "4194304" } }]);
  const { baseOffset: epoch } = await opened.append(journal, [
    { key: null, value: encodeClaim({ nonce: 1, replaces: -1, worker: "bench", time: 0 }) },
  ]);
  say(`writing ${records} decisions`);
  let frame: JournalRecord[] = [];
  let batch: { key: null; value: Buffer }[] = [];
  let lsn = 1;
  let written = 0;
  const flush = async (): Promise<void> => {
    if (batch.length > 0) await opened.append(journal, batch);
    batch = [];
  };
  for (const record of decisions(records)) {
    frame.push(record);
    written += 1;
    if (frame.length < FRAME_RECORDS && written < records) continue;
    lsn += 1;
    batch.push({ key: null, value: encodeFrame({ epoch, nonce: 1, lsn, time: lsn, inputs: [], records: frame }) });
    frame = [];
    if (batch.length >= APPEND_FRAMES) await flush();
  }
  await flush();
  const speeds: number[] = [];
  let openRuns = 0;
  for (let round = 0; round < 3; round++) {
    const state = emptyState(0, 1);
    const since = performance.now();
    const { records: folded } = await restore({ log: opened, journal, state, signal });
    speeds.push(Math.round(folded / ((performance.now() - since) / 1_000)));
    openRuns = state.runs.size;
    say(`folded ${folded} decisions, ${speeds.at(-1)} a second`);
  }
  await opened.close();
  return {
    bench: "restore",
    log: log.kind,
    records,
    records_per_s: Math.max(...speeds),
    records_per_s_rounds: speeds,
    open_runs: openRuns,
  };
}

function* decisions(count: number): Iterable<JournalRecord> {
  const OPEN = 1_000;
  const alone = { parent: null, startBy: null, finishBy: null, cancels: [] };
  const data = JSON.stringify({ email: "somebody@example.com", plan: "basic", referrer: "a friend" });
  let made = 0;
  for (let index = 0; made < count; index++) {
    const run = deriveRunId(index, 0, "three", `events-0-${index}`);
    const event = {
      id: `mr:bench.0:${index}`,
      name: "user/signed.up",
      data,
      time: index,
      key: null,
      topic: "events",
      partition: 0,
      offset: index,
      appendedAt: index,
    };
    const began = index;
    const isLast = count - made <= OPEN;
    const all: JournalRecord[] = [
      { type: "RunsStarted", event, runs: [{ id: run, functionId: "three", ...alone }] },
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
