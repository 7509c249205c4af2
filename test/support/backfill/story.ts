// Random stories of a function that comes, changes and goes, and of backfills of it, while owners die: in the end one backfill from the beginning
// must have left each event that the function wants with one run of it.
import fc from "fast-check";
import { entryThatCounts } from "../../../engine/task/fold.ts";
import { isOver } from "../../../engine/workflow/backfill/state.ts";
import { encodeEvent } from "../../../engine/workflow/event/cloud-event.ts";
import type { FlowSpec } from "../../../engine/workflow/flow/spec.ts";
import type { JournalRecord } from "../../../engine/workflow/records.ts";
import { emptyState } from "../../../engine/workflow/state.ts";
import { turns } from "../fake-clock.ts";
import { FlowCrowd, TOPICS, type FlowFunction } from "../flow/crowd.ts";

const PARTITIONS = 2;
const F = "fresh";
const LAST = "last";

const partition = fc.nat(PARTITIONS - 1);
const names = fc.constantFrom("go", "went", "other");
/** Null: no deployment of it. */
const triggers = fc.constantFrom<readonly string[] | null>(null, ["go"], ["went"], ["go", "went"]);
const flow = fc.constantFrom<FlowSpec | undefined>(
  undefined,
  undefined,
  { concurrency: [{ limit: 1, key: "event.data.k", scope: "fn" }] },
  { concurrency: [{ limit: 2, scope: "fn" }] },
  { throttle: { limit: 20, periodMs: 1_000, burst: 5 } },
  { batch: { maxSize: 3, timeoutMs: 700 } },
  { batch: { maxSize: 4, timeoutMs: 300, key: "event.data.k" }, concurrency: [{ limit: 1, scope: "fn" }] },
);

const happening = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant("events" as const),
      name: names,
      partition,
      count: fc.constantFrom(1, 3, 20, 20),
      k: fc.nat(3),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("copy" as const), partition, which: fc.nat(1_000) }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("time" as const), ms: fc.constantFrom<number>(1, 50, 400, 1_500, 4_000) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("turns" as const), count: fc.nat(20) }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("deployment" as const), triggers }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("backfill" as const), rate: fc.constantFrom(0, 0, 4, 40) }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant("control" as const), action: fc.constantFrom("pause", "resume", "cancel"), which: fc.nat(3) }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("death" as const), partition }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("usurper" as const), partition }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("freeze" as const), partition, ms: fc.constantFrom(700, 4_000) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("hand-over" as const), partition }) },
);
type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never;

const fate = fc.oneof(
  { weight: 10, arbitrary: fc.constant({ kind: "well" as const }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("lost answers" as const), count: fc.integer({ min: 1, max: 2 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("late" as const), turns: fc.nat(30) }) },
);

export interface BackfillStory {
  readonly flow: FlowSpec | undefined;
  readonly maxActiveRuns: number;
  readonly maxQueuedRuns: number;
  readonly happenings: readonly Happening[];
  readonly last: readonly string[];
  readonly lastRate: number;
  /** While the last backfill goes on. */
  readonly meanwhile: readonly Happening[];
  readonly fates: readonly (typeof fate extends fc.Arbitrary<infer T> ? T : never)[];
}

const harmless = fc.oneof(
  { weight: 2, arbitrary: happening.filter(({ kind }) => !["deployment", "backfill", "control"].includes(kind)) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("death" as const), partition }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("time" as const), ms: fc.constantFrom<number>(600, 1_500) }) },
);

export const backfillStory: fc.Arbitrary<BackfillStory> = fc.record({
  flow,
  maxActiveRuns: fc.constantFrom(1_000, 1_000, 4),
  maxQueuedRuns: fc.constantFrom(1_000_000, 20),
  happenings: fc.array(happening, { minLength: 8, maxLength: 30, size: "max" }),
  last: fc.constantFrom<readonly string[]>(["go"], ["went"], ["go", "went"]),
  lastRate: fc.constantFrom<number>(0, 4, 4, 20),
  meanwhile: fc.array(harmless, { minLength: 4, maxLength: 14, size: "max" }),
  fates: fc.array(fate, { maxLength: 60, size: "max" }),
});

/** What came to be covered. */
export interface Covered {
  /** Runs that backfills started, and events that they passed over. */
  started: number;
  skipped: number;
  /** Backfills that went on under another owner than the one they began under. */
  moved: number;
}

interface Sent {
  readonly partition: number;
  readonly id: string;
  readonly name: string;
  readonly k: number;
}

/** Returns everything that must not be. */
export async function play(told: BackfillStory, covered: Covered): Promise<readonly string[]> {
  const crowd = await FlowCrowd.open(PARTITIONS, functionsOf(told, ["go"]));
  crowd.maxActiveRuns = told.maxActiveRuns;
  crowd.maxQueuedRuns = told.maxQueuedRuns;
  crowd.declare(functionsOf(told, null));
  let at = 0;
  crowd.log.onAppend = () => {
    const next = told.fates[at++];
    if (next?.kind === "lost answers") return { lostAnswers: next.count };
    return next?.kind === "late" ? { after: () => turns(next.turns) } : null;
  };
  crowd.ownAll();
  const stage = new Stage(crowd, told);
  for (const next of told.happenings) await stage.happen(next);
  crowd.log.onAppend = () => null;
  for (const id of stage.backfills) await crowd.command({ type: "ControlBackfill", id, action: "cancel" });
  crowd.declare(functionsOf(told, told.last));
  let unrest = await crowd.settle();
  await crowd.command({ type: "StartBackfill", id: LAST, functionId: F, since: null, until: null, rate: told.lastRate });
  if (told.lastRate > 0) {
    await crowd.clock.advance(1_500);
    for (const place of crowd.places()) crowd.kill(place);
    crowd.ownAll();
  }
  for (const next of told.meanwhile) await stage.happen(next);
  for (let n = 0; n < 100 && (n === 0 || !(await isDone(crowd))); n++) unrest = await crowd.settle();
  const complaints = unrest === "" ? [] : [`they do not come to rest: ${unrest}`];
  if (!(await isDone(crowd))) complaints.push("the last backfill is not done");
  complaints.push(...(await judge(crowd, told, stage.sent, covered)));
  for (const { partition: of, task, end } of crowd.owners) {
    if (end !== null) continue;
    const { lsn, digest } = await task.digest();
    if ((await crowd.rebuiltDigest(of, lsn)) !== digest) complaints.push(`partition ${of} is rebuilt otherwise`);
  }
  for (const { code, fields } of crowd.said) if (/JOURNAL|SOURCE/.test(code)) complaints.push(`${code} ${JSON.stringify(fields)}`);
  await crowd.close();
  return complaints;
}

function functionsOf({ flow: limits }: BackfillStory, on: readonly string[] | null): readonly FlowFunction[] {
  const old: FlowFunction = { id: "old", triggers: ["go"], script: [] };
  const script = [{ kind: "step" as const, ms: 20 }];
  return on === null ? [old] : [old, { id: F, triggers: on, script, ...(limits === undefined ? {} : { flow: limits }) }];
}

class Stage {
  readonly sent: Sent[] = [];
  readonly backfills: string[] = [];
  readonly #crowd: FlowCrowd;
  readonly #story: BackfillStory;

  constructor(crowd: FlowCrowd, told: BackfillStory) {
    this.#crowd = crowd;
    this.#story = told;
  }

  async happen(next: Happening): Promise<void> {
    const crowd = this.#crowd;
    switch (next.kind) {
      case "events":
        for (let n = 0; n < next.count; n++) {
          await this.#send({ partition: next.partition, id: `e${this.sent.length}`, name: next.name, k: next.k });
        }
        return;
      case "copy": {
        const mine = this.sent.filter((one) => one.partition === next.partition);
        const first = mine[next.which % Math.max(1, mine.length)];
        if (first !== undefined) await this.#send(first);
        return;
      }
      case "time":
        return crowd.clock.advance(next.ms);
      case "turns":
        return turns(next.count);
      case "deployment":
        return crowd.declare(functionsOf(this.#story, next.triggers));
      case "backfill": {
        const id = `b${this.backfills.length}`;
        this.backfills.push(id);
        return crowd.command({ type: "StartBackfill", id, functionId: F, since: null, until: null, rate: next.rate });
      }
      case "control":
        return crowd.command({ type: "ControlBackfill", id: this.backfills.at(-1 - next.which) ?? "none", action: next.action });
      case "death":
        crowd.kill(next.partition);
        crowd.own(next.partition);
        return;
      case "usurper":
        crowd.own(next.partition);
        return;
      case "freeze":
        return crowd.freeze(next.partition, next.ms);
      case "hand-over":
        return crowd.handOver(next.partition);
    }
  }

  async #send(event: Sent): Promise<void> {
    this.sent.push(event);
    const { partition: to, id, name, k } = event;
    const record = encodeEvent({ id, name, key: `${k}`, data: JSON.stringify({ k }), time: this.#crowd.clock.wallMs(), source: "test" });
    await this.#crowd.log.appendAside({ topic: TOPICS.events, partition: to }, [record]);
  }
}

async function isDone(crowd: FlowCrowd): Promise<boolean> {
  for (const place of crowd.places()) {
    const backfill = (await crowd.rebuild(place)).backfills.get(LAST);
    if (backfill === undefined || !isOver(backfill)) return false;
  }
  return true;
}

/** Each event that the function wants by its last triggers has one run, and no event has two, whatever was deployed and backfilled before. */
async function judge(
  crowd: FlowCrowd,
  { last, flow: limits, maxActiveRuns }: BackfillStory,
  sent: readonly Sent[],
  covered: Covered,
): Promise<readonly string[]> {
  const complaints: string[] = [];
  const mayQueue = limits !== undefined || maxActiveRuns < 1_000;
  const runs = new Map<string, number>();
  for (const place of crowd.places()) {
    const state = emptyState(place, PARTITIONS);
    /** The last offset that each backfill gave. */
    const given = new Map<string, number>();
    const epochs = new Map<string, Set<number>>();
    for (const { offset, value } of await crowd.log.readAll({ topic: TOPICS.journal, partition: place })) {
      const entry = entryThatCounts(state, offset, value);
      if (entry?.kind !== "frame") continue;
      state.lsn = entry.frame.lsn;
      for (const record of entry.frame.records) {
        for (const key of startedBy(record)) runs.set(key, (runs.get(key) ?? 0) + 1);
        if (record.type !== "BackfillAdvanced") continue;
        covered.started += record.started;
        covered.skipped += record.skipped;
        epochs.set(record.id, (epochs.get(record.id) ?? new Set()).add(entry.frame.epoch));
      }
      // Runs that waited in a line start when they may.
      if (!mayQueue) complaints.push(...outOfOrder(entry.frame.records, given));
    }
    for (const by of epochs.values()) covered.moved += by.size > 1 ? 1 : 0;
    const backfill = (await crowd.rebuild(place)).backfills.get(LAST);
    if (backfill?.status !== "done") complaints.push(`partition ${place}: ${backfill?.status ?? "none"}, ${backfill?.reason ?? ""}`);
  }
  const records = await Promise.all(crowd.places().map((place) => crowd.log.readAll({ topic: TOPICS.events, partition: place })));
  const ofId = new Map<string, number>();
  for (const [place, all] of records.entries()) {
    for (const { offset, headers } of all) {
      const id = `${place} ${String(headers["ce_id"])}`;
      ofId.set(id, (ofId.get(id) ?? 0) + (runs.get(`${place}-${offset}`) ?? 0));
    }
  }
  for (const { partition: place, id, name } of sent) {
    const count = ofId.get(`${place} ${id}`) ?? 0;
    if (count > 1) complaints.push(`${id} of ${place} has ${count} runs`);
    if (count === 0 && last.includes(name)) complaints.push(`${id} of ${place} has no run`);
    if (count > 0 && name === "other") complaints.push(`${id} of ${place} has a run, and nobody wanted it`);
  }
  return [...new Set(complaints)];
}

function startedBy(record: JournalRecord): readonly string[] {
  if (record.type !== "RunsStarted") return [];
  const events = [record.event, ...record.batch];
  return record.runs
    .filter(({ functionId }) => functionId === F)
    .flatMap(() => events.map(({ partition: place, offset }) => `${place}-${offset}`));
}

/** What a backfill gives lies behind what it gave before. */
function outOfOrder(records: readonly JournalRecord[], given: Map<string, number>): readonly string[] {
  const complaints: string[] = [];
  const isStart = (record: JournalRecord): boolean =>
    record.type === "RunsStarted" && record.runs.some(({ functionId }) => functionId === F);
  // They stand in front of the record that says how far it is.
  let offsets: number[] = [];
  for (const record of records) {
    if (record.type === "RunsStarted" && isStart(record)) offsets.push(record.event.offset);
    if (record.type !== "BackfillAdvanced") continue;
    const { id, next, started } = record;
    for (const offset of started === 0 ? [] : offsets.slice(-started)) {
      const before = given.get(id) ?? -1;
      if (offset <= before || offset >= next) complaints.push(`backfill ${id} gave ${offset} after ${before}, up to ${next}`);
      given.set(id, offset);
    }
    offsets = [];
  }
  return complaints;
}
