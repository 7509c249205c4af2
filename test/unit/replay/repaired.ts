// Past runs that are repeated by today's code, on the log in memory that they are on: dry run, apply, and the app that executes.
import pino from "pino";
import { isChange, type DryRunReport } from "../../../engine/replay/dry-run/report.ts";
import { applyReruns, type Applied, type ApplyOptions } from "../../../engine/replay/rerun/apply.ts";
import { rebuildDigest } from "../../../engine/replay/verify.ts";
import type { MillraceOptions } from "../../../engine/sdk/app-options.ts";
import { Millrace } from "../../../engine/sdk/millrace.ts";
import type { JournalRecord } from "../../../engine/workflow/records.ts";
import { until } from "../../support/faults/until.ts";
import { TOPICS, type Code, type Past } from "./past-app.ts";

export interface RepairOptions {
  readonly partitions?: number;
  readonly erasable?: boolean;
  /** Of the function `f`. */
  readonly function?: Partial<Parameters<Millrace["createFunction"]>[0]>;
  /** Schemas of its events. */
  readonly events?: NonNullable<MillraceOptions["events"]>;
  readonly others?: Readonly<Record<string, Code>>;
  /** Beside executing. */
  readonly meanwhile?: (app: Millrace) => Promise<unknown>;
  /** When it is over. Default: so many ends of runs as there are re-runs. */
  readonly until?: (records: readonly JournalRecord[]) => boolean;
}

export interface Repaired {
  readonly report: DryRunReport;
  readonly applied: Applied;
  /** All that was decided while today's code was there. */
  readonly records: readonly JournalRecord[];
}

const ENDS = new Set(["RunCompleted", "RunFailed", "RunCancelled", "RunParked"]);

export function apply(before: Past, options: Partial<ApplyOptions> = {}): Promise<Applied> {
  return applyReruns({
    log: before.log,
    topics: TOPICS,
    partitions: 1,
    functionId: "f",
    operation: "op",
    chosen: null,
    emit: "changed",
    whileRunning: "refuse",
    whereCancelled: "skip",
    rate: 0,
    ...options,
  });
}

export function chosenOf({ runs }: DryRunReport): NonNullable<ApplyOptions["chosen"]> {
  return new Map(
    runs.filter(({ verdict }) => isChange(verdict)).map(({ run, original, keep }) => [original ?? run, { run, keep }] as const),
  );
}

/** Dry run, apply, execute. */
export async function repair(before: Past, code: Code, how: Partial<ApplyOptions> = {}, options: RepairOptions = {}): Promise<Repaired> {
  const report = await before.dryRun(code);
  const applied = await apply(before, { chosen: chosenOf(report), ...how });
  const records = await executed(before, code, applied, options);
  return { report, applied, records };
}

/** Today's app until its re-runs are over. What it decided is proved to be what its journal says (R1). */
export async function executed(
  before: Past,
  code: Code,
  { told }: Applied,
  { partitions = 1, function: more, others = {}, events, meanwhile, erasable = false, until: isOver }: RepairOptions = {},
): Promise<readonly JournalRecord[]> {
  const records: JournalRecord[] = [];
  const again = new Set<string>(told.values());
  const app = new Millrace(
    { id: "app", partitions, logger: pino({ level: "silent" }), stopGraceMs: 0, erasable, ...(events === undefined ? {} : { events }) },
    { log: before.log, divergenceGraceMs: 5, random: () => 0, onFrame: (_, frame) => void records.push(...frame.records) },
  );
  app.createFunction({ id: "f", triggers: [{ event: "go" }], retries: 0, ...more }, code);
  for (const [id, other] of Object.entries(others)) app.createFunction({ id, triggers: [] }, other);
  await app.start();
  await meanwhile?.(app);
  const over =
    isOver ?? ((all) => all.filter((record) => ENDS.has(record.type) && "run" in record && again.has(record.run)).length === again.size);
  await until("the re-runs are over", () => over(records), { timeoutMs: 10_000, insteadShow: () => records });
  for (let partition = 0; partition < partitions; partition++) {
    const live = await until("the partition is owned", async () => (await app.digests()).get(partition) ?? null);
    const rebuilt = await rebuildDigest({ log: before.log, topics: TOPICS, partition, untilLsn: live.lsn });
    if (rebuilt.digest !== live.digest) throw new Error(`partition ${partition}: live and rebuilt state differ at ${live.lsn}`);
  }
  await app.stop();
  return records;
}

export interface Sent {
  readonly id: string;
  readonly data: string;
  readonly corrects: string | null;
}

/** Events that went out. */
export function sentIn(records: readonly JournalRecord[]): readonly Sent[] {
  return records.flatMap((record) =>
    record.type === "EmissionOwed" && record.target === "events"
      ? [
          {
            id: record.headers["ce_id"]?.toString() ?? "",
            data: record.value?.toString() ?? "",
            corrects: record.headers["ce_corrects"]?.toString() ?? null,
          },
        ]
      : [],
  );
}
