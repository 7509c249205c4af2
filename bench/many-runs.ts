// A run history of many runs, as a busy app has it: some functions, some events, most runs completed, some failed by messages that are hardly ever
// the same, some not over. Made by projecting a journal that nobody wrote, so that its tables are what they would be.
import { deriveRunId, stepKey } from "../engine/core/ids.ts";
import { encodeClaim } from "../engine/journal/entry.ts";
import { encodeFrame } from "../engine/journal/frame-formats.ts";
import { hashOf } from "../engine/task/frame-queue.ts";
import type { JournalRecord, TriggerEvent } from "../engine/workflow/records.ts";
import type { RunHistory } from "../consumers/run-history/run-history-sink.ts";

const FRAME_RUNS = 25;
const BATCH_FRAMES = 40;
const TOPIC = "shop.journal";
export const FUNCTIONS = 40;
export const BEGINNING = Date.UTC(2026, 0, 1);
/** Between two runs. */
export const STEP_MS = 100;

/** `told` hears of how many runs there are. */
export function projectManyRuns(history: RunHistory, runs: number, told: (count: number) => void): void {
  let offset = 0;
  let lsn = 1;
  let values = [encodeClaim({ nonce: 1, replaces: -1, worker: "bench", time: 0 })];
  const flush = (): void => {
    const records = values.map((value, index) => ({ offset: offset + index, value, timestamp: 0, key: null, headers: {} }));
    const last = records.at(-1);
    if (last === undefined) return;
    history.write({
      topic: TOPIC,
      partition: 0,
      from: offset,
      records,
      next: last.offset + 1,
      last: { offset: last.offset, hash: hashOf(last) },
    });
    offset = last.offset + 1;
    values = [];
  };
  for (let from = 0; from < runs; from += FRAME_RUNS) {
    const records = Array.from({ length: Math.min(FRAME_RUNS, runs - from) }, (_, index) => recordsOf(from + index)).flat();
    lsn += 1;
    values.push(encodeFrame({ epoch: 0, nonce: 1, lsn, time: BEGINNING + from * STEP_MS, inputs: [], records }));
    if (values.length < BATCH_FRAMES) continue;
    flush();
    told(from);
  }
  flush();
}

function recordsOf(n: number): readonly JournalRecord[] {
  // The first functions have most of the runs.
  const functionId = `function-${Math.floor(FUNCTIONS * (spread(n) / 100) ** 2)}`;
  const event = eventOf(n, functionId);
  const run = deriveRunId(event.time, 0, functionId, String(n));
  const alone = { parent: null, startBy: null, finishBy: null, cancels: [], needs: [], singleton: null };
  const kind = spread(n * 7 + 3);
  if (kind === 99) {
    const { id: eventId, topic, partition, offset } = event;
    return [{ type: "RunSkipped", run, functionId, gate: "singleton", reason: "another is live", eventId, topic, partition, offset }];
  }
  const began = event.time;
  const begun: JournalRecord[] = [
    { type: "RunsStarted", event, runs: [{ id: run, functionId, ...alone }], batch: [] },
    { type: "StepCompleted", run, step: stepKey("work", 0), output: `{"done":${n}}`, began },
  ];
  if (kind < 85) return [...begun, { type: "RunCompleted", run, output: `{"n":${n}}` }];
  if (kind < 95) {
    const message = `${n % 3 === 0 ? "connection refused by" : "time-out while asking"} host-${n % 997}.example.com for order ${n}`;
    return [...begun, { type: "RunFailed", run, error: { name: "FetchError", message, stack: `FetchError: ${message}\n    at work` } }];
  }
  if (kind < 97) return [...begun, { type: "RunCancelled", run, reason: "not needed" }];
  return [...begun, { type: "SleepStarted", run, step: stepKey("nap", 0), wakeAt: began + 86_400_000, resting: true }];
}

function eventOf(n: number, functionId: string): TriggerEvent {
  const time = BEGINNING + n * STEP_MS;
  return {
    id: `shop-${n.toString(36).padStart(8, "0")}`,
    name: `${functionId.replace("function", "order")}/${n % 5 === 0 ? "changed" : "placed"}`,
    data: `{"order":${n},"email":"somebody@example.com"}`,
    time,
    key: `customer-${n % 50_000}`,
    topic: "shop.events",
    partition: 0,
    offset: n,
    appendedAt: time,
    corrects: null,
    trace: null,
  };
}

/** 0 to 99, as if by chance. */
function spread(n: number): number {
  return (Math.imul(n + 1, 2_654_435_761) >>> 8) % 100;
}
