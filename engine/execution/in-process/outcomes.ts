// Outcomes on their way to a handler: in journal order, one a turn, each after the handler has gone quiet.
import type { StepKey } from "../../core/ids.ts";
import type { StepState } from "../../workflow/state.ts";
import type { Answer } from "./rehearsal.ts";
import type { TakesTurns, Turns } from "./turns.ts";

export interface OutcomesHost {
  /** Null where a turn may call user code: that is called where its own run asked for it, which its async context tells. */
  readonly turns: Turns | null;
  isAsked(key: StepKey): boolean;
  /** A promise: it takes until then, and what follows waits for that. */
  deliver(key: StepKey, outcome: StepState): void | Promise<void>;
  /** Everything that was recorded when the handler was called has been delivered, and the handler has gone quiet. */
  caughtUp(): void;
  /** The record's next outcome was not asked for, though the handler waits for others. Returns whether it goes on without it. */
  stuck(key: StepKey): boolean;
  /** Whether an outcome that was not asked for may be one that no branch of the handler waits for any more. */
  mayBeLeftBehind(outcome: StepState): boolean;
  /** Whether the handler waits for something that only comes after the next outcome. */
  blocked(): boolean;
  /** The handler has gone quiet, and nothing is on its way to it. */
  quiet(): void;
  /** How long a handler may do something of its own before it asks. */
  readonly graceMs: number;
}

interface Waiting {
  readonly key: StepKey;
  readonly outcome: StepState;
}

/** What a step has come to that is computed when it is its turn. */
const NOT_COMPUTED: StepState = { status: "completed", output: null, order: -1 };

export class Outcomes implements TakesTurns {
  readonly #host: OutcomesHost;
  #queue: Waiting[];
  /** Nobody asked for them, and there may be nobody who will. */
  #passedOver: Map<StepKey, Waiting> | null = null;
  #recorded: number;
  #replaying: boolean;
  /** An outcome was delivered, and the handler's microtasks may not have run yet. */
  #busy = false;
  #grace: NodeJS.Timeout | null = null;
  #stopped = false;

  constructor(steps: ReadonlyMap<StepKey, StepState>, host: OutcomesHost) {
    this.#host = host;
    this.#queue = inJournalOrder(steps);
    this.#recorded = this.#queue.length;
    this.#replaying = this.#recorded > 0;
  }

  /** True until all that was recorded is delivered. */
  get replaying(): boolean {
    return this.#replaying;
  }

  /** An outcome was delivered in this turn. */
  get busy(): boolean {
    return this.#busy;
  }

  /** The handler is about to be called. */
  begin(): void {
    if (!this.#replaying) this.#host.caughtUp();
  }

  add(key: StepKey, outcome: StepState): void {
    this.#queue.push({ key, outcome });
    this.#pump();
  }

  /** Whether an outcome of this step is on its way. */
  has(key: StepKey): boolean {
    return this.#queue.some((waiting) => waiting.key === key);
  }

  /** The handler asks for this step. Returns whether its outcome was passed over: it is the next. */
  recall(key: StepKey): boolean {
    const waiting = this.#passedOver?.get(key);
    if (waiting === undefined) return false;
    this.#passedOver?.delete(key);
    this.#queue.unshift(waiting);
    if (this.#replaying) this.#recorded += 1;
    return true;
  }

  /** The handler asks for this step, and is given what is recorded of it, what its code comes to before all others, or nothing. */
  rehearse(key: StepKey, answer: Answer): void {
    if (answer === "record") {
      this.recall(key);
    } else {
      this.#passedOver?.delete(key);
      const index = this.#queue.findIndex((waiting) => waiting.key === key);
      if (index !== -1) this.#take(index, 1);
    }
    if (answer === "code") {
      this.#queue.unshift({ key, outcome: NOT_COMPUTED });
      if (this.#replaying) this.#recorded += 1;
    }
    this.asked();
  }

  /** The handler asked for another step. */
  asked(): void {
    if (this.#grace !== null) clearTimeout(this.#grace);
    this.#grace = null;
    // The handler is still running: what it asked for is answered when it has gone quiet.
    if (!this.#busy) this.#goneQuiet();
  }

  stop(): void {
    this.#stopped = true;
    this.#queue = [];
    if (this.#grace !== null) clearTimeout(this.#grace);
  }

  #goneQuiet(): void {
    this.#busy = true;
    // What is recorded is followed by steps that begin.
    if (this.#replaying || this.#host.turns === null) setImmediate(() => this.turn());
    else this.#host.turns.ask(this);
  }

  /** The handler has gone quiet. */
  turn(): void {
    this.#busy = false;
    this.#pump();
  }

  #pump(): void {
    if (this.#busy || this.#stopped) return;
    if (this.#replaying && this.#recorded === 0) {
      this.#replaying = false;
      this.#host.caughtUp();
    }
    const next = this.#queue[0];
    if (next === undefined) return this.#host.quiet();
    if (!this.#host.isAsked(next.key)) {
      this.#waitFor(next.key);
      return;
    }
    this.#queue.shift();
    if (this.#recorded > 0) this.#recorded -= 1;
    this.#busy = true;
    const given = this.#host.deliver(next.key, next.outcome);
    if (given === undefined) this.#goneQuiet();
    else void given.then(() => this.#goneQuiet());
  }

  #waitFor(key: StepKey): void {
    this.#grace ??= setTimeout(() => {
      this.#grace = null;
      if (this.#stopped || this.#host.isAsked(key)) return;
      const isBlocked = this.#host.blocked();
      if ((isBlocked || !this.#replaying) && this.#passOver()) this.#pump();
      else if (!isBlocked) this.#waitFor(key);
      else if (this.#host.stuck(key)) this.#goOnWithout();
    }, this.#host.graceMs).unref();
  }

  /** Nothing was delivered meanwhile: what follows and was not asked for either would be waited for in vain as well. */
  #passOver(): boolean {
    const isNeeded = ({ key, outcome }: Waiting): boolean => this.#host.isAsked(key) || !this.#host.mayBeLeftBehind(outcome);
    let count = this.#queue.findIndex(isNeeded);
    if (count === -1) count = this.#queue.length;
    this.#keep(this.#take(0, count));
    return count > 0;
  }

  #goOnWithout(): void {
    this.#keep(this.#take(0, 1));
    this.#pump();
  }

  #take(index: number, count: number): readonly Waiting[] {
    this.#recorded -= Math.max(0, Math.min(this.#recorded - index, count));
    return this.#queue.splice(index, count);
  }

  #keep(passedOver: readonly Waiting[]): void {
    this.#passedOver ??= new Map();
    for (const waiting of passedOver) this.#passedOver.set(waiting.key, waiting);
  }
}

function inJournalOrder(steps: ReadonlyMap<StepKey, StepState>): { key: StepKey; outcome: StepState }[] {
  const found: { key: StepKey; outcome: StepState; order: number }[] = [];
  for (const [key, outcome] of steps) {
    if ("order" in outcome) found.push({ key, outcome, order: outcome.order });
  }
  return found.sort((a, b) => a.order - b.order);
}
