// Some runs of a partition, folded by the engine's own fold while its journal is read, and handed on as they are over (R1).
import { must } from "../../core/errors.ts";
import type { RunId, StepKey } from "../../core/ids.ts";
import type { Frame } from "../../../schemas/journal/generated.ts";
import type { RerunState } from "../../workflow/run/rerun-state.ts";
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
    const children = new Map<string, StepOf>();
    let sending: Sending | null = null;
    for (const record of frame.records) {
      if (children.size > 0) noteChild(children, record);
      if (record.type === "RunsStarted") this.#start(record, frame.time);
      else if (record.type === "EmissionOwed") sending?.take(record);
      else {
        sending = null;
        const held = "run" in record ? this.#held.get(record.run) : undefined;
        if (held === undefined || !("run" in record)) continue;
        const end = endBy(record);
        if (end === null) sending = this.#tell(record, held, frame.time, children);
        else over.push(this.#end(record.run, held, end));
      }
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

  /** Something of a run that is recorded. Returns what is to be seen of its events, where it sends some. */
  #tell(record: JournalRecord & { readonly run: RunId }, held: Held, time: number, children: Map<string, StepOf>): Sending | null {
    // What limits a re-run is nobody's matter here, either.
    evolve(this.#state, record.type === "RerunStarted" ? { ...record, needs: [] } : record, time);
    if (!("step" in record)) return null;
    const asked = askedBy(record, time);
    if (asked !== null) held.asked.set(record.step, asked);
    if (record.type === "ChildInvoked") children.set(record.child, { held, step: record.step });
    if (record.type === "StepAdopted") this.#grow(held, record.outcome.length);
    if (record.type !== "StepCompleted") return null;
    this.#grow(held, record.output?.length ?? 0);
    const ids = idsIn(record);
    if (ids === null) return null;
    const grow = (bytes: number): void => this.#grow(held, bytes);
    return new Sending({ held, step: record.step, grow }, ids, this.#state.runs.get(record.run)?.rerun ?? null);
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

interface StepOf {
  readonly held: Held;
  readonly step: StepKey;
}

function noteChild(children: ReadonlyMap<string, StepOf>, record: JournalRecord): void {
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

interface SendingOf extends StepOf {
  /** So much more is held of its run. */
  readonly grow: (bytes: number) => void;
}

/** Of a step that may send: its events, by the ids that it results in. What a re-run does not send again is known from the original. */
class Sending {
  readonly #of: SendingOf;
  readonly #ids: readonly string[];
  readonly #events: (SentEvent | undefined)[];

  constructor(of: SendingOf, ids: readonly string[], rerun: RerunState | null) {
    this.#of = of;
    this.#ids = ids;
    const before = rerun === null || rerun.emit === "none" ? [] : Object.values(rerun.emitted).flat();
    this.#events = ids.map((id) => {
      const event = before.find((one) => one.id === id);
      return event === undefined ? undefined : { id, digest: event.digest, said: null };
    });
    this.#note();
  }

  take(record: EmissionOwed): void {
    const event = record.target === "events" ? sentBy(record) : null;
    const index = event === null ? -1 : this.#ids.indexOf(event.id);
    if (event === null || index === -1) return;
    this.#events[index] = event;
    this.#of.grow(record.value?.length ?? 0);
    this.#note();
  }

  /** As soon as all are known. */
  #note(): void {
    const events = this.#events.filter((event) => event !== undefined);
    if (events.length > 0 && events.length === this.#ids.length) this.#of.held.asked.set(this.#of.step, { kind: "send", events });
  }
}
