// Some runs of a partition, folded by the engine's own fold while its journal is read, and handed on as they are over (R1).
import { must } from "../../core/errors.ts";
import type { RunId, StepKey } from "../../core/ids.ts";
import type { Frame } from "../../../schemas/journal/generated.ts";
import { evolve } from "../../workflow/evolve.ts";
import type { EmissionOwed, JournalRecord, RunsStarted, StepCompleted } from "../../workflow/records.ts";
import { emptyState, type PartitionState } from "../../workflow/state.ts";
import { askedBy, invokedWith, sentBy, type AskedOf, type SentEvent } from "./asked-of.ts";
import type { PastEnd, PastRun } from "./past-run.ts";

/** Beside its event and its results. */
const BYTES_A_RUN = 1_000;

export interface RecorderOptions {
  readonly partition: number;
  /** Whether this run is to be recorded. Asked once, when it starts. */
  readonly takes: (run: RunId) => boolean;
  /** The first run that this one repeats. */
  readonly originalOf: (run: RunId) => RunId | null;
}

interface Held {
  readonly asked: Map<StepKey, AskedOf>;
  bytes: number;
}

export class Recorder {
  readonly #options: RecorderOptions;
  readonly #state: PartitionState;
  readonly #held = new Map<RunId, Held>();
  #heldBytes = 0;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#state = emptyState(options.partition, 1);
  }

  /** Roughly, of the runs that are recorded and not over. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Returns the runs that were over by then. */
  take(frame: Frame): readonly PastRun[] {
    const over: PastRun[] = [];
    /** Children that were invoked in this frame, by their ids. */
    let children: Map<string, { readonly held: Held; readonly step: StepKey }> | null = null;
    let sending: { readonly held: Held; readonly step: StepKey; readonly ids: readonly string[]; readonly events: SentEvent[] } | null =
      null;
    for (const record of frame.records) {
      if (children !== null) noteChild(children, record);
      if (record.type === "RunsStarted") {
        this.#start(record, frame.time);
        continue;
      }
      if (record.type === "EmissionOwed") {
        if (sending !== null) note(sending, record);
        continue;
      }
      sending = null;
      if (!("run" in record)) continue;
      const held = this.#held.get(record.run);
      if (held === undefined) continue;
      const end = endBy(record);
      if (end !== null) {
        over.push(this.#end(record.run, held, end));
        continue;
      }
      evolve(this.#state, record, frame.time);
      if (!("step" in record)) continue;
      const asked = askedBy(record, frame.time);
      if (asked !== null) held.asked.set(record.step, asked);
      if (record.type === "ChildInvoked") (children ??= new Map()).set(record.child, { held, step: record.step });
      if (record.type !== "StepCompleted") continue;
      this.#grow(held, record.output?.length ?? 0);
      const ids = idsIn(record);
      if (ids !== null) sending = { held, step: record.step, ids, events: [] };
    }
    // Whoever waits for a time is of no interest: the table of runs is.
    this.#state.timers.reset([]);
    return over;
  }

  /** Those that are not over. */
  *rest(): Generator<PastRun> {
    for (const [run, held] of this.#held) yield this.#past(run, held, { kind: "running" });
  }

  #start(record: RunsStarted, time: number): void {
    const runs = record.runs.filter(({ id }) => this.#options.takes(id) && !this.#held.has(id));
    if (runs.length === 0) return;
    // What limits them, and what they keep others from, is nobody's matter here.
    const plain = runs.map((run) => ({ ...run, needs: [], singleton: null, startBy: null, finishBy: null }));
    evolve(this.#state, { ...record, runs: plain }, time);
    const bytes = record.batch.reduce((sum, event) => sum + event.data.length, record.event.data.length);
    for (const { id } of runs) {
      const held: Held = { asked: new Map(), bytes: 0 };
      this.#held.set(id, held);
      this.#grow(held, bytes + BYTES_A_RUN);
    }
  }

  #end(run: RunId, held: Held, end: PastEnd): PastRun {
    const past = this.#past(run, held, end);
    this.#state.runs.delete(run);
    this.#held.delete(run);
    this.#heldBytes -= held.bytes;
    return past;
  }

  #past(run: RunId, { asked }: Held, end: PastEnd): PastRun {
    const { partition, originalOf } = this.#options;
    const state = must(this.#state.runs.get(run), `run ${run}`);
    return { partition, state, end, asked, original: originalOf(run) };
  }

  #grow(held: Held, bytes: number): void {
    held.bytes += bytes;
    this.#heldBytes += bytes;
  }
}

function endBy(record: JournalRecord): PastEnd | null {
  switch (record.type) {
    case "RunCompleted":
      return { kind: "completed", output: record.output };
    case "RunFailed":
      return { kind: "failed", error: record.error };
    case "RunCancelled":
      return { kind: "cancelled", reason: record.reason };
    default:
      return null;
  }
}

function noteChild(children: ReadonlyMap<string, { readonly held: Held; readonly step: StepKey }>, record: JournalRecord): void {
  const invoked = invokedWith(record);
  const at = invoked === null ? undefined : children.get(invoked.child);
  const asked = at?.held.asked.get(at.step);
  if (invoked === null || at === undefined || asked?.kind !== "invoke") return;
  at.held.asked.set(at.step, { ...asked, data: invoked.data });
}

/** A step that sends results in the ids of its events, and they follow. */
function idsIn({ output }: StepCompleted): readonly string[] | null {
  if (output === null || !output.startsWith('{"ids":[')) return null;
  const { ids } = JSON.parse(output) as { readonly ids: readonly unknown[] };
  return ids.every((id) => typeof id === "string") ? ids : null;
}

function note(
  {
    held,
    step,
    ids,
    events,
  }: { readonly held: Held; readonly step: StepKey; readonly ids: readonly string[]; readonly events: SentEvent[] },
  record: EmissionOwed,
): void {
  const event = record.target === "events" ? sentBy(record) : null;
  // A run that repeats another does not send all of them again.
  if (event === null || !ids.includes(event.id)) return;
  events.push(event);
  held.asked.set(step, { kind: "send", events });
}
