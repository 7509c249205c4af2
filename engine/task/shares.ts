// Shares of what a partition may have in memory (R16). A function may start a run only while it has fewer active ones than there is room for in
// all: so one whose runs take long leaves half of the room to others, two leave a third, and a part is always free. Whoever is beyond its share
// joins a line, and is called when runs of any function end or come to rest (Choudhury and Hahne's dynamic thresholds, 1998).
import { FunctionCounts } from "../execution/function-counts.ts";
import type { Invoker } from "../execution/invoker.ts";
import type { StartRoom } from "../workflow/flow/limits/start-room.ts";
import type { RunsStarted } from "../workflow/records.ts";
import type { RunScheduler } from "./run-scheduler.ts";

export interface SharesOptions {
  readonly maxActiveRuns: number;
  /** How many the manifest has. */
  readonly functions: () => number;
  /** Whether its runs may come to be here at all. */
  readonly isWelcome?: (functionId: string) => boolean;
  readonly invoker: Pick<Invoker, "liveRuns" | "liveRunsOf">;
  readonly scheduler: Pick<RunScheduler, "waiting" | "waitingOf">;
}

export class Shares implements StartRoom {
  readonly #options: SharesOptions;
  /** Runs that are decided, in frames that are not acknowledged. */
  readonly #unstarted = new FunctionCounts();
  /** Needs at which runs wait for their function's share, by function; of each, who waited longest for a look comes first. */
  readonly #awaited = new Map<string, Set<string>>();

  constructor(options: SharesOptions) {
    this.#options = options;
  }

  /** Runs in memory that do something or will, and those that wait for their code to be called. */
  get active(): number {
    const { invoker, scheduler } = this.#options;
    return this.#unstarted.total + invoker.liveRuns + scheduler.waiting;
  }

  /** They stand in a frame. */
  decided({ runs }: RunsStarted): void {
    for (const { functionId } of runs) this.#unstarted.add(functionId);
  }

  /** The frame is acknowledged, and their code about to be called. */
  started({ runs }: RunsStarted): void {
    for (const { functionId } of runs) this.#unstarted.remove(functionId);
  }

  /**
   * Each start takes one from the room of all and adds one to its function's. Runs that were resumed may be more than is allowed: then every
   * function may have the part that would be its own if all of them were slow, whatever others have.
   */
  roomFor(functionId: string): number {
    const { maxActiveRuns, functions, isWelcome } = this.#options;
    if (isWelcome?.(functionId) === false) return 0;
    const own = this.#activeOf(functionId);
    const least = Math.max(Math.floor(maxActiveRuns / (functions() + 1)), 1);
    return Math.max(Math.ceil((maxActiveRuns - this.active - own) / 2), least - own);
  }

  awaited(functionId: string, need: string): void {
    let needs = this.#awaited.get(functionId);
    if (needs === undefined) this.#awaited.set(functionId, (needs = new Set()));
    needs.add(need);
  }

  get hasAwaited(): boolean {
    return this.#awaited.size > 0;
  }

  /** A need that has room now, of the function that has least. It is `awaited` again where somebody is left there. */
  next(isWanted: (need: string) => boolean): string | undefined {
    for (let functionId = this.#least(); functionId !== undefined; functionId = this.#least()) {
      const needs = this.#awaited.get(functionId) ?? [];
      for (const need of needs) {
        this.#called(functionId, need);
        if (isWanted(need)) return need;
      }
    }
    return undefined;
  }

  #called(functionId: string, need: string): void {
    const needs = this.#awaited.get(functionId);
    needs?.delete(need);
    if (needs?.size === 0) this.#awaited.delete(functionId);
  }

  #least(): string | undefined {
    let least: string | undefined;
    for (const functionId of this.#awaited.keys()) {
      if (this.roomFor(functionId) <= 0) continue;
      if (least === undefined || this.#activeOf(functionId) < this.#activeOf(least)) least = functionId;
    }
    return least;
  }

  #activeOf(functionId: string): number {
    const { invoker, scheduler } = this.#options;
    return this.#unstarted.of(functionId) + invoker.liveRunsOf(functionId) + scheduler.waitingOf(functionId);
  }
}
