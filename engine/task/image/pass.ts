// A pass over the state: the cells that changed since the one before, all as they are after one and the same frame. What is large is read
// later, a little at a time, while the task goes on; a run, or a cell of flow, that is about to change meanwhile is read before it does.
import type { RunId, StepKey } from "../../core/ids.ts";
import { keyedBody } from "../../workflow/image/keyed-cells.ts";
import { queuesOf, WINDOW_PREFIX, type Queue } from "../../workflow/image/queues.ts";
import { bodyWithoutSteps, bodyWithSteps, runKey, stepBody, stepCellKey } from "../../workflow/image/run-cells.ts";
import { SMALL_CELLS } from "../../workflow/image/small-cells.ts";
import type { PartitionState } from "../../workflow/state.ts";
import { waitKey } from "../../workflow/wait/wait-table.ts";
import type { Changed } from "./changed.ts";

export interface CellText {
  readonly key: string;
  /** Null: the cell is gone. */
  readonly body: string | null;
}

/** How much of a queue is in the image: cells from `first` on, and all before `growing` as they will stay. */
export interface QueueMark {
  readonly first: number;
  readonly growing: number;
}

export interface PassOptions {
  /** At the end of a frame: nothing is decided after it. */
  readonly state: PartitionState;
  readonly changed: Changed;
  /** By prefix. */
  readonly queues: ReadonlyMap<string, QueueMark>;
  /** Runs whose steps have cells of their own. Those that come to have them are added. */
  readonly apart: Set<RunId>;
  /** Cells are to be written even where they are known to be there as they are. */
  readonly isWhole: boolean;
}

export class PassGivenUpError extends Error {
  constructor() {
    super("the pass was given up");
    this.name = "PassGivenUpError";
  }
}

export class Pass {
  readonly lsn: number;
  readonly isWhole: boolean;
  /** Where its end leaves the queues. */
  readonly queues = new Map<string, QueueMark>();
  readonly #state: PartitionState;
  readonly #apart: Set<RunId>;
  readonly #pending: Map<RunId, ReadonlySet<StepKey> | null>;
  /** Keys. */
  readonly #pendingFlow: Set<string>;
  /** What was taken at the beginning, to be made into text when its turn comes. */
  readonly #taken: readonly { readonly key: string; readonly body: (() => string) | null }[];
  #ready: CellText[] = [];
  #readyCharacters = 0;
  #isGivenUp = false;

  constructor({ state, changed, queues, apart, isWhole }: PassOptions) {
    this.lsn = state.lsn;
    this.isWhole = isWhole;
    this.#state = state;
    this.#apart = apart;
    this.#pending = changed.runs;
    this.#pendingFlow = changed.flow;
    for (const [key, { write }] of Object.entries(SMALL_CELLS)) this.#put(key, write(state));
    const taken: { key: string; body: (() => string) | null }[] = [];
    for (const [id, steps] of changed.ended) {
      taken.push({ key: runKey(id), body: null }, ...steps.map((step) => ({ key: stepCellKey(id, step), body: null })));
      apart.delete(id);
    }
    for (const queue of queuesOf(state)) {
      taken.push(...cellsOfQueue(queue, queues.get(queue.prefix)));
      this.queues.set(queue.prefix, { first: queue.first, growing: queue.growing });
    }
    const remembered = queues.get(WINDOW_PREFIX)?.growing ?? 0;
    for (const number of changed.kept) {
      const kept = state.window.get(number);
      // One that came since is among its queue's.
      if (kept === undefined || number >= remembered) continue;
      const asItIs = { ...kept };
      taken.push({ key: WINDOW_PREFIX + number, body: () => JSON.stringify(asItIs) });
    }
    for (const { run, step } of changed.waits.values()) {
      const wait = state.waits.get(run, step);
      taken.push({ key: `wait/${waitKey(run, step)}`, body: wait === undefined ? null : () => JSON.stringify(wait) });
    }
    this.#taken = taken;
  }

  /** Characters that wait to be written, since what they say has changed meanwhile. */
  get waitingCharacters(): number {
    return this.#readyCharacters;
  }

  /** What was not read will not be as it was then. */
  giveUp(): void {
    this.#isGivenUp = true;
  }

  /** The run is about to change. */
  beforeRun(id: RunId): void {
    if (this.#pending.has(id)) this.#read(id);
  }

  /** The cell is about to come, go or change. */
  beforeFlow(key: string): void {
    if (this.#pendingFlow.has(key)) this.#readFlow(key);
  }

  /** Each cell once; what is gone comes before what may have its key again. @throws PassGivenUpError */
  *cells(): Iterable<CellText> {
    for (const cell of this.#allCells()) {
      yield cell;
      if (this.#isGivenUp) throw new PassGivenUpError();
    }
  }

  *#allCells(): Iterable<CellText> {
    for (const { key, body } of this.#taken) yield { key, body: body === null ? null : body() };
    for (const key of this.#pendingFlow) {
      this.#readFlow(key);
      yield* this.#takeReady();
    }
    for (const id of this.#pending.keys()) {
      this.#read(id);
      yield* this.#takeReady();
    }
    yield* this.#takeReady();
  }

  #read(id: RunId): void {
    const changed = this.#pending.get(id) ?? null;
    this.#pending.delete(id);
    const run = this.#state.runs.peek(id);
    if (run === undefined) return;
    const isNew = !this.#apart.has(id);
    const whole = isNew ? bodyWithSteps(run) : null;
    if (whole !== null) {
      this.#put(runKey(id), whole);
      return;
    }
    this.#apart.add(id);
    this.#put(runKey(id), bodyWithoutSteps(run));
    let place = 0;
    for (const [key, step] of run.steps) {
      if (isNew || changed === null || changed.has(key)) this.#put(stepCellKey(id, key), stepBody(place, key, step));
      place += 1;
    }
  }

  #readFlow(key: string): void {
    this.#pendingFlow.delete(key);
    this.#put(key, keyedBody(this.#state, key));
  }

  #put(key: string, body: string | null): void {
    this.#ready.push({ key, body });
    this.#readyCharacters += body?.length ?? 0;
  }

  #takeReady(): readonly CellText[] {
    const ready = this.#ready;
    this.#ready = [];
    this.#readyCharacters = 0;
    return ready;
  }
}

function cellsOfQueue(queue: Queue, mark: QueueMark | undefined): { readonly key: string; readonly body: (() => string) | null }[] {
  const { prefix, first } = queue;
  const gone = [];
  for (let number = mark?.first ?? first; number < first; number++) gone.push({ key: prefix + number, body: null });
  const from = Math.max(first, mark?.growing ?? 0);
  return [...gone, ...queue.from(from).map(({ number, body }) => ({ key: prefix + number, body }))];
}
