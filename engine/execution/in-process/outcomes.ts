// Outcomes on their way to a handler: in journal order, one a turn, each after the handler has gone quiet.
import type { StepKey } from "../../core/ids.ts";
import type { StepState } from "../../workflow/state.ts";

export interface OutcomesHost {
  isAsked(key: StepKey): boolean;
  deliver(key: StepKey, outcome: StepState): void;
  /** Everything that was recorded when the handler was called has been delivered, and the handler has gone quiet. */
  caughtUp(): void;
  /** The record's next outcome was not asked for, though the handler waits for others. */
  stuck(key: StepKey): void;
  /** Whether the handler waits for something that only comes after the next outcome. */
  blocked(): boolean;
  /** The handler has gone quiet, and nothing is on its way to it. */
  quiet(): void;
  /** How long a handler may do something of its own before it asks. */
  readonly graceMs: number;
}

export class Outcomes {
  readonly #host: OutcomesHost;
  #queue: { readonly key: StepKey; readonly outcome: StepState }[];
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
    setImmediate(() => {
      this.#busy = false;
      this.#pump();
    });
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
    this.#goneQuiet();
    this.#host.deliver(next.key, next.outcome);
  }

  #waitFor(key: StepKey): void {
    this.#grace ??= setTimeout(() => {
      this.#grace = null;
      if (this.#stopped || this.#host.isAsked(key)) return;
      if (this.#host.blocked()) this.#host.stuck(key);
      else this.#waitFor(key);
    }, this.#host.graceMs).unref();
  }
}

function inJournalOrder(steps: ReadonlyMap<StepKey, StepState>): { key: StepKey; outcome: StepState }[] {
  const found: { key: StepKey; outcome: StepState; order: number }[] = [];
  for (const [key, outcome] of steps) {
    if ("order" in outcome) found.push({ key, outcome, order: outcome.order });
  }
  return found.sort((a, b) => a.order - b.order);
}
