// Opening a partition with a long past: by its image and what came after it, and by the whole journal.
import { Meters } from "../engine/observability/meters.ts";
import { pino } from "pino";
import { systemClock } from "../engine/core/clock.ts";
import { stepKey, type RunId } from "../engine/core/ids.ts";
import { encodeClaim } from "../engine/journal/entry.ts";
import { encodeFrame } from "../engine/journal/frame-formats.ts";
import type { Log } from "../engine/log/log.ts";
import { silentLogger } from "../engine/observability/logger.ts";
import { openLog } from "../engine/sdk/open-log.ts";
import { foldEntry } from "../engine/task/fold.ts";
import { ImageKeeper } from "../engine/task/image/image-keeper.ts";
import { restore } from "../engine/task/restore.ts";
import { stateDigest } from "../engine/task/state-digest.ts";
import { epochInForce } from "../engine/workflow/ownership/claim.ts";
import { emptyState, type PartitionState } from "../engine/workflow/state.ts";
import { writeHistory } from "../test/support/long-history.ts";
import type { BenchLog } from "./bench-log.ts";

/** Decisions after the image was made: as many as a busy partition makes until the next. */
const TAIL_RECORDS = 10_000;
const FRAME_RECORDS = 50;
const ROUNDS = 3;

export async function restoreCheckpoint({
  log,
  records,
  runs,
  say,
}: {
  log: BenchLog;
  records: number;
  /** That are open at the end. */
  runs: number;
  say: (line: string) => void;
}): Promise<object> {
  const { signal } = new AbortController();
  const opened = await openLog(log.options, pino({ level: "warn" }, pino.destination(2)), signal);
  const journal = { topic: `${log.unique}.journal`, partition: 0 };
  const image = { topic: `${log.unique}.state`, partition: 0 };
  const settings = { "max.message.bytes": "4194304" };
  await opened.createTopics([
    { topic: journal.topic, partitions: 1, settings },
    { topic: image.topic, partitions: 1, settings: { ...settings, "cleanup.policy": "compact" } },
  ]);
  say(`writing ${records} decisions`);
  await writeHistory(opened, journal, { decisions: records, openRuns: runs });
  const written = await writeImage(opened, journal, image, signal);
  say(`wrote an image of ${written.cells} cells in ${written.seconds} s`);
  const zeros: number[] = [];
  const checkpoints: number[] = [];
  const digests = new Set<string>();
  let openRuns = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const folded = emptyState(0, 1);
    zeros.push(await timed(() => restore({ log: opened, journal, state: folded, signal })));
    const restored = emptyState(0, 1);
    const keeper = keeperOf(opened, image, restored, signal);
    checkpoints.push(await timed(() => keeper.restore({ log: opened, journal, state: restored, signal })));
    if (keeper.contents === null || keeper.contents.listed !== null) throw new Error("the image was not used");
    digests.add(stateDigest(folded)).add(stateDigest(restored));
    openRuns = restored.runs.size;
    say(`from zero ${zeros.at(-1)} s, from the checkpoint ${checkpoints.at(-1)} s`);
  }
  await opened.close();
  return {
    bench: "restore-checkpoint",
    log: log.kind,
    records,
    open_runs: openRuns,
    tail_records: TAIL_RECORDS,
    from_zero_s: Math.min(...zeros),
    from_checkpoint_s: Math.min(...checkpoints),
    digest_equal: digests.size === 1,
    from_zero_s_rounds: zeros,
    from_checkpoint_s_rounds: checkpoints,
    image_cells: written.cells,
    image_write_s: written.seconds,
  };
}

type Place = Parameters<Log["append"]>[0];

/** As an owner does that restored from the journal; then it works on. */
async function writeImage(log: Log, journal: Place, image: Place, signal: AbortSignal): Promise<{ cells: number; seconds: number }> {
  const state = emptyState(0, 1);
  const keeper = keeperOf(log, image, state, signal);
  await keeper.restore({ log, journal, state, signal });
  const nonce = 2;
  const claim = encodeClaim({ nonce, replaces: epochInForce(state), worker: "bench", time: 0 });
  const { baseOffset: epoch } = await log.append(journal, [{ key: null, value: claim }]);
  foldEntry(state, epoch, claim);
  keeper.open({ epoch, nonce }, { lsn: state.lsn, offset: epoch });
  const seconds = await timed(() => keeper.refresh(600_000));
  const open: readonly RunId[] = [...state.runs.keys()];
  for (let at = 0; at < TAIL_RECORDS; at += FRAME_RECORDS) {
    const lsn = state.lsn + 1 + at / FRAME_RECORDS;
    await log.append(journal, [
      { key: null, value: encodeFrame({ epoch, nonce, lsn, time: lsn, inputs: [], records: stepsOf(open, at) }) },
    ]);
  }
  return { cells: keeper.contents?.index.count ?? 0, seconds };
}

function stepsOf(open: readonly RunId[], from: number) {
  return Array.from({ length: FRAME_RECORDS }, (_, index) => {
    const number = from + index;
    const run = open[number % open.length];
    if (run === undefined) throw new Error("no run is open");
    return {
      type: "StepCompleted",
      run,
      step: stepKey("later", Math.floor(number / open.length)),
      output: '{"sent":true}',
      began: 0,
    } as const;
  });
}

function keeperOf(log: Log, target: Place, state: PartitionState, signal: AbortSignal): ImageKeeper {
  return new ImageKeeper({
    log,
    target,
    state,
    clock: systemClock,
    logger: silentLogger,
    signal,
    meters: new Meters(),
    isFrameOpen: () => false,
  });
}

async function timed(act: () => Promise<unknown>): Promise<number> {
  const since = performance.now();
  await act();
  return Math.round(performance.now() - since) / 1_000;
}
