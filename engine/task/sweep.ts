// What flow remembers and has no use for any more: cells whose time is over are forgotten, permits that nobody uses go back. A little at each
// tick, going on from where the last one ended, so that a million cells are no long turn (R16). Nothing depends on when that happens.
import type { Clock } from "../core/clock.ts";
import type { Input } from "../workflow/decide.ts";
import type { FlowCell, PermitState } from "../workflow/flow/state.ts";
import type { PartitionState } from "../workflow/state.ts";

/** Looked at in a tick, of each kind. */
const MAX_LOOKS = 20_000;
/** In a record, and in a tick: more than a partition may come to remember meanwhile. */
const MAX_FORGOTTEN = 5_000;
const MAX_FORGOTTEN_CHARACTERS = 256 * 1024;
/** Permits that nobody used for so long go back. */
const IDLE_MS = 5_000;

export interface SweepOptions {
  readonly state: PartitionState;
  readonly clock: Clock;
  /** Milliseconds since 1970 by the log's clock. */
  readonly now: () => number;
  readonly submit: (input: Input) => void;
}

/** As seen since it was idle first. */
interface Idle {
  readonly since: number;
  /** As few were idle at a time. */
  count: number;
}

export class Sweep {
  readonly #options: SweepOptions;
  #cells: Iterator<readonly [string, FlowCell], undefined> | null = null;
  #permits: Iterator<readonly [string, PermitState], undefined> | null = null;
  #idle = new Map<string, Idle>();
  /** Those of them that this walk came by. */
  #idleNow = new Map<string, Idle>();

  constructor(options: SweepOptions) {
    this.#options = options;
  }

  /** Called twice a second. */
  tick(): void {
    this.#forgetCells();
    this.#returnPermits();
  }

  #forgetCells(): void {
    const { state, now, submit } = this.#options;
    const at = now();
    const keys: string[] = [];
    let characters = 0;
    this.#cells ??= state.flow.cells.entries();
    for (let n = 0; n < MAX_LOOKS && keys.length < MAX_FORGOTTEN && characters < MAX_FORGOTTEN_CHARACTERS; n++) {
      const next = this.#cells.next();
      if (next.done === true) {
        this.#cells = null;
        break;
      }
      const [key, { until }] = next.value;
      if (until > at) continue;
      keys.push(key);
      characters += key.length;
    }
    if (keys.length > 0) submit({ type: "ForgetCells", keys });
  }

  #returnPermits(): void {
    const { state } = this.#options;
    this.#permits ??= state.flow.permits.entries();
    const idle: { readonly need: string; readonly count: number }[] = [];
    for (let n = 0; n < MAX_LOOKS; n++) {
      const next = this.#permits.next();
      if (next.done === true) {
        this.#permits = null;
        // What is gone, or in use, is not in the new one.
        this.#idle = this.#idleNow;
        this.#idleNow = new Map();
        break;
      }
      const [need, permits] = next.value;
      const count = this.#idleAt(need, permits);
      if (count > 0) idle.push({ need, count });
    }
    for (const { need, count } of idle) this.#options.submit({ type: "ReturnIdlePermits", need, count });
  }

  /** How many go back. */
  #idleAt(need: string, { granted, used }: PermitState): number {
    const { state, clock } = this.#options;
    const count = granted - used;
    if (count <= 0 || state.flow.waiting.isWanted(need)) return 0;
    const now = clock.monotonicMs();
    const known = this.#idle.get(need);
    const seen: Idle = { since: known?.since ?? now, count: Math.min(known?.count ?? count, count) };
    if (now - seen.since >= IDLE_MS) return seen.count;
    this.#idleNow.set(need, seen);
    return 0;
  }
}
