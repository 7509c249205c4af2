// What must hold of a crowd's past, worked out from its journals record by record, and from what handlers saw.
import { decodeEntry } from "../../../engine/journal/entry.ts";
import { foldEntry } from "../../../engine/task/fold.ts";
import { evolve } from "../../../engine/workflow/evolve.ts";
import { isHeld, kindOf } from "../../../engine/workflow/flow/limits/need-kind.ts";
import { roomAt } from "../../../engine/workflow/flow/limits/needs.ts";
import type { Line } from "../../../engine/workflow/flow/lines/rows.ts";
import { isOwner } from "../../../engine/workflow/ownership/claim.ts";
import type { JournalRecord, StartedRun, TriggerEvent } from "../../../engine/workflow/records.ts";
import { evolveInputRead } from "../../../engine/workflow/source/source.ts";
import { emptyState, type PartitionState } from "../../../engine/workflow/state.ts";
import { TOPICS, type Execution, type FlowCrowd, type FlowFunction } from "./crowd.ts";

/** Everything that must not be, in words. */
export async function judge(crowd: FlowCrowd, functions: readonly FlowFunction[]): Promise<readonly string[]> {
  const found: string[] = [];
  const fates = new Fates();
  const ends: PartitionState[] = [];
  for (const partition of crowd.places()) {
    const executions = Map.groupBy(
      crowd.executions.filter((one) => one.partition === partition && one.isInForce),
      ({ lsn }) => lsn,
    );
    const complain = (text: string): void => void found.push(`partition ${partition}: ${text}`);
    ends.push(
      await foldAll(crowd, partition, new Watch(complain, fates, functions), (state) => judgeExecutions(state, executions, complain)),
    );
  }
  found.push(...fates.unaccounted(await eventsOf(crowd), functions));
  found.push(...leftOvers(ends));
  return found;
}

async function foldAll(
  crowd: FlowCrowd,
  partition: number,
  watch: Watch,
  framed: (state: PartitionState) => void,
): Promise<PartitionState> {
  const state = emptyState(partition, crowd.partitions);
  for (const { offset, value } of await crowd.log.readAll({ topic: TOPICS.journal, partition })) {
    const entry = decodeEntry(value);
    if (entry.kind !== "frame") {
      foldEntry(state, offset, value);
      continue;
    }
    const { frame } = entry;
    if (!isOwner(state, frame) || frame.lsn <= state.lsn) continue;
    state.lsn = frame.lsn;
    state.time = frame.time;
    for (const record of frame.records) {
      watch.before(state, record);
      evolve(state, record, frame.time);
      watch.after(state, record);
    }
    for (const input of frame.inputs) evolveInputRead(state, input, frame.time);
    framed(state);
  }
  return state;
}

/** No more steps of a run executed than it held slots for, by the last frame that its owner knew to be in the journal. */
function judgeExecutions(
  state: PartitionState,
  executions: ReadonlyMap<number, readonly Execution[]>,
  complain: (text: string) => void,
): void {
  for (const { run, step, ofRun } of executions.get(state.lsn) ?? []) {
    const flow = [...state.runs.values()].find(({ id }) => id === run)?.flow ?? null;
    if (flow === null || flow.needs.length === 0 || flow.slots >= ofRun) continue;
    complain(`${ofRun} steps of ${run} execute, the last is ${step}, and it has ${flow.slots} slots, at ${state.lsn}`);
  }
}

class Watch {
  readonly #complain: (text: string) => void;
  readonly #fates: Fates;
  readonly #functions: readonly FlowFunction[];
  /** Of runs that stood in a line. */
  readonly #scores = new Map<string, number>();

  constructor(complain: (text: string) => void, fates: Fates, functions: readonly FlowFunction[]) {
    this.#complain = complain;
    this.#fates = fates;
    this.#functions = functions;
  }

  before(state: PartitionState, record: JournalRecord): void {
    if (record.type === "RunQueued") this.#scores.set(record.run, record.score);
    if (record.type === "RunsStarted") {
      for (const run of record.runs) {
        this.#starting(state, run);
        this.#limited(run, record.event);
      }
    }
    if (record.type === "SlotsGiven") this.#giving(state, record.run);
    this.#fates.before(state, record);
  }

  after(state: PartitionState, record: JournalRecord): void {
    if (record.type === "RunsStarted") for (const { needs } of record.runs) this.#withinLimits(state, needs, record.type);
    else if (record.type === "SlotsGiven") this.#withinLimits(state, state.runs.peek(record.run)?.flow?.needs ?? [], record.type);
    this.#counted(state, record.type);
  }

  /** Slots that are given, and permits that are granted, are there. */
  #withinLimits(state: PartitionState, needs: readonly string[], type: string): void {
    for (const need of needs) {
      const isCounted = kindOf(need) === "pool" || kindOf(need) === "permit";
      if (isCounted && roomAt(state, need, state.time) < 0) this.#complain(`${type} at ${state.lsn} takes more of ${need} than there is`);
    }
  }

  /** What limits count is what runs hold. */
  #counted(state: PartitionState, type: string): void {
    const sums = new Map<string, number>();
    for (const { flow } of state.runs.values()) {
      if (flow !== null) for (const need of flow.needs) sums.set(need, (sums.get(need) ?? 0) + flow.slots);
    }
    for (const [key, { used }] of [...state.flow.pools, ...state.flow.permits]) {
      if (used !== (sums.get(key) ?? 0))
        this.#complain(`after ${type} at ${state.lsn} ${used} of ${key} are used, and runs hold ${sums.get(key)}`);
      sums.delete(key);
    }
    for (const [need, sum] of sums) if (sum > 0) this.#complain(`after ${type} at ${state.lsn} nobody counts ${sum} of ${need}`);
  }

  /** It has all the limits that its function declares. */
  #limited({ id, functionId, needs }: StartedRun, { data }: TriggerEvent): void {
    const { k } = JSON.parse(data) as { readonly k: number };
    const { concurrency = [] } = this.#functions.find((one) => one.id === functionId)?.flow ?? {};
    for (const [index, { key, scope }] of concurrency.entries()) {
      const value = key === undefined ? "" : `n:${k}`;
      const pool = scope === "app" ? `app/${encodeURIComponent(key ?? "")}/${value}` : `fn/${functionId}/${index}/${value}`;
      if (!needs.some((need) => need === pool || need.endsWith(`@/${pool}`))) this.#complain(`run ${id} starts without ${pool}`);
    }
  }

  #starting(state: PartitionState, { id, functionId, needs }: StartedRun): void {
    if (state.runs.has(id)) this.#complain(`run ${id} is started while it is there`);
    if (state.flow.cells.has(`pause/${functionId}`)) this.#complain(`run ${id} starts while ${functionId} is paused, at ${state.lsn}`);
    const row = state.flow.rows.get(id);
    const lines = [...state.flow.rows.lines()].filter((line) => line.functionId === functionId && line.gate === "home");
    if (row === undefined) {
      // It may have waited at another gate before they came.
      const score = this.#scores.get(id) ?? Number.POSITIVE_INFINITY;
      const passed = lines.find(
        (line) =>
          line.needs.length > 0 && line.needs.every(isHeld) && line.needs.join() === needs.join() && (line.head?.score ?? 0) < score,
      );
      if (passed !== undefined) this.#complain(`run ${id} starts before those in line for ${passed.needs.join()}, at ${state.lsn}`);
    } else if (!lines.some((line) => isFirst(line, id))) this.#complain(`run ${id} starts before others of its line, at ${state.lsn}`);
    const asking = this.#asking(state, needs);
    if (needs.length > 0 && asking.length > 0) this.#complain(`run ${id} starts before a step of ${asking[0]?.id}, at ${state.lsn}`);
  }

  #giving(state: PartitionState, id: string): void {
    const { needs, asks } = [...state.runs.values()].find((run) => run.id === id)?.flow ?? { needs: [], asks: [] };
    const [own] = asks;
    if (own === undefined) return this.#complain(`${id} is given what it has not asked for, at ${state.lsn}`);
    const before = this.#asking(state, needs).find(({ first }) => first < own);
    if (before !== undefined) this.#complain(`${id} is served before ${before.id}, which asked before, at ${state.lsn}`);
  }

  /** Who asks for the same. */
  #asking(state: PartitionState, needs: readonly string[]): readonly { readonly id: string; readonly first: number }[] {
    return state.runs.having("asking").flatMap((id) => {
      const flow = state.runs.peek(id)?.flow;
      const [first] = flow?.asks ?? [];
      return first !== undefined && flow?.needs.join() === needs.join() ? [{ id, first }] : [];
    });
  }
}

function isFirst(line: Line, id: string): boolean {
  const rows = line.first(line.size);
  const first = rows.toSorted((a, b) => a.score - b.score || a.number - b.number)[0];
  return first?.run === id;
}

type Sent = Pick<TriggerEvent, "topic" | "partition" | "offset"> & { readonly name: string };

/** What became of events, function by function, and of children. */
class Fates {
  readonly #started = new Map<string, number>();
  /** By function and event, and by child. */
  readonly #fates = new Map<string, string[]>();
  readonly #children = new Set<string>();
  readonly #queued = new Map<string, { readonly functionId: string; readonly events: readonly TriggerEvent[] }>();

  before(state: PartitionState, record: JournalRecord): void {
    switch (record.type) {
      case "RunsStarted":
        for (const { id, functionId } of record.runs) {
          this.#started.set(id, (this.#started.get(id) ?? 0) + 1);
          for (const event of [record.event, ...record.batch]) this.#note(functionId, event, id, `started as ${id}`);
        }
        return;
      case "RunQueued":
        this.#queued.set(record.run, record);
        return;
      case "RunUnqueued": {
        const { functionId, events = [] } = this.#queued.get(record.run) ?? {};
        if (record.reason === null || functionId === undefined) return;
        for (const event of events) this.#note(functionId, event, record.run, `cancelled in line: ${record.reason}`);
        return;
      }
      case "RunSkipped":
        this.#note(record.functionId, record, record.run, `skipped at ${record.gate}: ${record.reason}`);
        return;
      case "EventHeld": {
        const held = state.flow.held.get(record.key);
        if (held?.gate === "debounce") for (const event of held.events) this.#note(held.functionId, event, held.run, "merged");
        return;
      }
      case "ChildInvoked":
        this.#children.add(record.child);
        return;
      default:
        return;
    }
  }

  #note(functionId: string, { topic, partition, offset }: Pick<Sent, "topic" | "partition" | "offset">, run: string, fate: string): void {
    const key = topic === "" ? run : `${functionId} ${topic}/${partition}/${offset}`;
    this.#fates.set(key, [...(this.#fates.get(key) ?? []), fate]);
  }

  unaccounted(events: readonly Sent[], functions: readonly FlowFunction[]): readonly string[] {
    const found: string[] = [];
    for (const [run, times] of this.#started) if (times > 1) found.push(`run ${run} was started ${times} times`);
    for (const { topic, partition, offset, name } of events) {
      for (const { id, triggers } of functions) {
        if (!triggers.includes(name)) continue;
        const fates = this.#fates.get(`${id} ${topic}/${partition}/${offset}`) ?? [];
        if (fates.length !== 1) found.push(`${name} at ${partition}/${offset}, for ${id}: ${fates.join(" and ") || "nothing came of it"}`);
      }
    }
    for (const child of this.#children) {
      const fates = this.#fates.get(child) ?? [];
      if (fates.length !== 1) found.push(`child ${child}: ${fates.join(" and ") || "nothing came of it"}`);
    }
    return found;
  }
}

async function eventsOf(crowd: FlowCrowd): Promise<readonly Sent[]> {
  const found: Sent[] = [];
  for (const partition of crowd.places()) {
    for (const { offset, headers } of await crowd.log.readAll({ topic: TOPICS.events, partition })) {
      const name = headers["ce_type"]?.toString() ?? "";
      found.push({ topic: TOPICS.events, partition, offset, name });
    }
  }
  return found;
}

/** Everybody is through: nobody holds or waits for anything, and permits are home. */
function leftOvers(states: readonly PartitionState[]): readonly string[] {
  const found: string[] = [];
  for (const { partition, flow, time, waits } of states) {
    for (const { run, step } of waits.values()) found.push(`partition ${partition}: ${run} is over, and waits at ${step}`);
    for (const [key, { used, leases, wants }] of flow.pools) {
      found.push(
        `partition ${partition}: of ${key} ${used} are used, leased ${JSON.stringify([...leases])}, wanted ${JSON.stringify([...wants])}`,
      );
    }
    for (const [need, permits] of flow.permits) found.push(`partition ${partition}: of ${need} ${JSON.stringify(permits)}`);
    for (const [key, { until, kind }] of flow.cells) {
      if (until <= time - 5_000 || kind === "singleton") found.push(`partition ${partition}: ${key} says nothing any more`);
    }
  }
  return found;
}
