// Today's code over past runs of a function, without side effects and without a write: which of them would be others, and where.
import pino from "pino";
import { stepId, type StepKey } from "../../core/ids.ts";
import type { RegisteredFunction } from "../../execution/function.ts";
import { Deadlines } from "../../execution/in-process/deadlines.ts";
import { IdleRuns } from "../../execution/in-process/idle-runs.ts";
import type { Sealing } from "../../core/sealing.ts";
import { openedRun, type OpenedRun } from "../history/opened-run.ts";
import { openHistory, type HistoryOptions } from "../history/history.ts";
import type { PastRun } from "../history/past-run.ts";
import { otherAmbient, plainAmbient, replaceAmbient, within } from "./ambient.ts";
import type { EventSchemas } from "./asks.ts";
import { judge } from "./judge.ts";
import { rehearse, type Rehearsed, type RehearsalOptions } from "./rehearse.ts";
import type { WrittenEvents } from "./written-events.ts";
import { isChange, REPORT_FORMAT, VERDICTS, type Difference, type DryRunReport, type RunReport, type Verdict } from "./report.ts";

export interface DryRunOptions extends Omit<HistoryOptions, "functionId" | "onProgress"> {
  /** The app's id. */
  readonly app: string;
  /** Today's code. */
  readonly function: RegisteredFunction;
  /** Ids of steps that are computed again, beside those that are declared pure. */
  readonly recompute?: readonly string[];
  /** How long the code of one run may take. Default 10 s. */
  readonly limitMs?: number;
  /** How long the code of one run may take to ask for what is next, while it waits for something else. Default 250 ms. */
  readonly graceMs?: number;
  /** Of events that steps send. Default: none has one. */
  readonly schemas?: EventSchemas;
  /** Reads what past runs sent by a schema. Default: such events are compared by name and key alone. */
  readonly written?: Pick<WrittenEvents, "read">;
  /** Default 1 MiB. */
  readonly maxEventBytes?: number;
  readonly onProgress?: (progress: DryRunProgress) => void;
}

/** `finding`: how much of the journals was searched for runs, 0 to 1. */
export type DryRunProgress = { readonly finding: number } | { readonly done: number; readonly total: number; readonly changed: number };

/** Calls that are under way at once: most of their time they wait for their turn. */
const TOGETHER = 256;

/** @throws ConfigurationError `INVALID_EXPRESSION`; JournalError, LogError */
export async function dryRun(options: DryRunOptions): Promise<DryRunReport> {
  const { function: registered, onProgress, since, until, where, recompute = [] } = options;
  const history = await openHistory({
    ...options,
    functionId: registered.id,
    onProgress: (finding) => onProgress?.({ finding }),
  });
  const counts = Object.fromEntries(VERDICTS.map((verdict) => [verdict, 0])) as Record<Verdict, number>;
  const runs: (RunReport | null)[] = [];
  let done = 0;
  let changed = 0;
  const notAskedFor = new Set(recompute);
  const rehearsal = rehearsalOptions(options);
  const { written, sealing = null } = options;
  const giveBack = replaceAmbient();
  try {
    await together(history.runs(), async (told, place) => {
      const opened = await openedRun(written === undefined ? told : await written.read(told), sealing);
      const found =
        opened === null
          ? erasedRun(told)
          : await look(opened.past, registered, rehearsal, (asked) => {
              if (notAskedFor.size > 0) for (const step of asked) notAskedFor.delete(stepId(step));
            });
      const report = found === null || opened === null ? found : sealedReport(found, opened, sealing);
      counts[report?.verdict ?? "same"] += 1;
      runs[place] = report;
      done += 1;
      if (report !== null && report.verdict !== "erased") changed += 1;
      onProgress?.({ done, total: history.total, changed });
    });
  } finally {
    giveBack();
    rehearsal.deadlines.close();
  }
  return {
    format: REPORT_FORMAT,
    app: options.app,
    function: registered.id,
    since: since === undefined ? null : iso(since),
    until: until === undefined ? null : iso(until),
    where: where ?? null,
    recompute,
    notAskedFor: [...notAskedFor],
    madeAt: iso(Date.now()),
    total: done,
    counts,
    missing: history.missing.map(({ partition, offset, time, beheaded }) => ({
      partition,
      offset,
      time: time === null ? null : iso(time),
      runs: beheaded,
    })),
    runs: runs.filter((run) => run !== null),
  };
}

function erasedRun(past: PastRun): RunReport {
  const detail = "its data was erased, so that nothing can be said of it";
  return reportOf(past, [], { verdict: "erased", step: null, detail, was: null, is: null }, []);
}

/** A report is kept, as what it tells of is. */
function sealedReport(report: RunReport, { model }: OpenedRun, sealing: Sealing | null): RunReport {
  if (model === null || sealing === null) return report;
  const seal = (text: string | null): string | null => (text === null ? null : sealing.sealLike(model, text));
  const sealed = <Found extends Difference>(found: Found): Found => ({ ...found, was: seal(found.was), is: seal(found.is) });
  return { ...sealed(report), later: report.later.map(sealed) };
}

function rehearsalOptions({ app, recompute, limitMs, graceMs, maxEventBytes, schemas }: DryRunOptions): RehearsalOptions {
  const deadlines = new Deadlines();
  return {
    deadlines,
    idle: new IdleRuns(deadlines),
    logger: pino({ level: "silent" }),
    app,
    maxEventBytes: maxEventBytes ?? 1024 * 1024,
    recompute: new Set(recompute),
    graceMs: graceMs ?? 250,
    limitMs: limitMs ?? 10_000,
    ...(schemas === undefined ? {} : { schemas }),
  };
}

/** Null: it would be the same. */
async function look(
  past: PastRun,
  registered: RegisteredFunction,
  options: RehearsalOptions,
  onAsked: (asked: ReadonlySet<StepKey>) => void,
): Promise<RunReport | null> {
  const { id } = past.state;
  const first = await within(plainAmbient(id), () => rehearse(past, registered, options));
  onAsked(first.asked);
  const second = await within(otherAmbient(id), () => rehearse(past, registered, options));
  const [difference, ...later] = judge(past, first, second);
  if (difference === undefined) return null;
  return reportOf(past, await keptBy(past, first, difference, () => rehearse(asRerun(past), registered, options)), difference, later);
}

/** What a re-run takes over: the code may ask whether it is one, and go another way then. */
async function keptBy(
  { state }: PastRun,
  first: Rehearsed,
  { verdict }: Difference,
  rehearseAgain: () => Promise<Rehearsed>,
): Promise<readonly StepKey[]> {
  if (!isChange(verdict) || first.kept.length === 0 || state.rerun !== null) return first.kept;
  const { kept } = await within(plainAmbient(state.id), rehearseAgain);
  return kept;
}

function asRerun(past: PastRun): PastRun {
  const { state } = past;
  return { ...past, state: { ...state, rerun: { original: state.id, operation: "", emit: "changed", emitted: {}, waits: {} } } };
}

function reportOf(
  { partition, state, end, original }: PastRun,
  keep: readonly StepKey[],
  difference: Difference,
  later: readonly Difference[],
): RunReport {
  const { id: run, functionId, startedAt, event } = state;
  return {
    run,
    partition,
    functionId,
    original,
    startedAt: iso(startedAt),
    ended: end.kind,
    event: { id: event.id, name: event.name, key: event.key },
    ...difference,
    keep,
    later,
  };
}

/** The first that fails ends it. Some of them at a time; the rest stays where it is read from. */
async function together<T>(items: AsyncIterable<T>, work: (item: T, place: number) => Promise<void>): Promise<void> {
  const underWay = new Set<Promise<void>>();
  const failures: unknown[] = [];
  let place = 0;
  for await (const item of items) {
    const one = work(item, place++)
      .catch((error: unknown) => void failures.push(error))
      .finally(() => underWay.delete(one));
    underWay.add(one);
    if (underWay.size >= TOGETHER) await Promise.race(underWay);
    if (failures.length > 0) break;
  }
  await Promise.all(underWay);
  if (failures.length > 0) throw failures[0];
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
