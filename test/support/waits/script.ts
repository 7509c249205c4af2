// Functions as lists: what a run does, one thing after the other. So a test can say what each of them may come to.
import { stepKey, type RunId, type StepKey } from "../../../engine/core/ids.ts";
import type { Invoker, InvokerHost } from "../../../engine/execution/invoker.ts";
import { asItIs, factsOf } from "../../../engine/workflow/expression/event-facts.ts";
import { interestOf } from "../../../engine/workflow/expression/match.ts";
import type { TriggerEvent } from "../../../engine/workflow/records.ts";
import type { RunState, StepState } from "../../../engine/workflow/state.ts";
import { isSettled } from "../../../engine/workflow/step/complete.ts";
import { SIGNAL_EVENT, SIGNAL_PATH, valueOfSignal } from "../../../engine/workflow/wait/signal-event.ts";

export type Action =
  | {
      readonly kind: "wait";
      readonly event: string;
      /** Null: nothing is compared. */
      readonly match: string | null;
      readonly if?: string;
      readonly timeoutMs: number | null;
      readonly lookbackMs: number;
    }
  | { readonly kind: "signal"; readonly signal: string; readonly timeoutMs: number | null; readonly replaces: boolean }
  | { readonly kind: "invoke"; readonly functionId: string; readonly timeoutMs: number | null }
  /** Takes so long, and provokes something at its beginning. */
  | { readonly kind: "step"; readonly ms: number; readonly provokes?: string }
  | { readonly kind: "sleep"; readonly ms: number };

export type Script = readonly Action[];

export function keyOf(index: number): StepKey {
  return stepKey(`s${index}`, 0);
}

interface Live {
  readonly run: Pick<RunState, "id" | "event" | "functionId">;
  readonly steps: Map<StepKey, StepState | null>;
}

export interface ScriptHost {
  /** Calls back after so long, unless the process ends before. */
  after(ms: number, act: () => void): void;
  /** A step begins, whoever executes it. */
  began(run: Live["run"], index: number, action: Extract<Action, { kind: "step" }>): void;
}

export class ScriptInvoker implements Invoker {
  readonly #scripts: ReadonlyMap<string, Script>;
  readonly #host: InvokerHost;
  readonly #around: ScriptHost;
  readonly #live = new Map<RunId, Live>();
  #closed = false;
  executing = 0;

  constructor(scripts: ReadonlyMap<string, Script>, host: InvokerHost, around: ScriptHost) {
    this.#scripts = scripts;
    this.#host = host;
    this.#around = around;
  }

  get liveRuns(): number {
    return this.#live.size;
  }

  liveRunsOf(functionId: string): number {
    let count = 0;
    for (const { run } of this.#live.values()) if (run.functionId === functionId) count += 1;
    return count;
  }

  canRun(functionId: string): boolean {
    return this.#scripts.has(functionId);
  }

  isLive(run: RunId): boolean {
    return this.#live.has(run);
  }

  start(run: RunState): void {
    const live = { run, steps: new Map<StepKey, StepState | null>(run.steps) };
    this.#live.set(run.id, live);
    this.#proceed(live);
  }

  settle(run: RunId, step: StepKey, outcome: StepState): void {
    const live = this.#live.get(run);
    if (live === undefined) return;
    live.steps.set(step, outcome);
    this.#proceed(live);
  }

  retry(): void {}

  slots(): void {}

  end(run: RunId): void {
    this.#live.delete(run);
  }

  quiesce(): Promise<void> {
    return Promise.resolve();
  }

  close(): void {
    this.#closed = true;
    this.#live.clear();
  }

  #proceed(live: Live): void {
    const { run, steps } = live;
    for (const [index, action] of (this.#scripts.get(run.functionId) ?? []).entries()) {
      const step = steps.get(keyOf(index));
      // Asked for, and not answered.
      if (step === null) return;
      if (step === undefined) {
        steps.set(keyOf(index), null);
        this.#begin(live, index, action);
        return;
      }
      if (isSettled(step)) continue;
      this.#live.delete(run.id);
      this.#host.rested(run.id);
      return;
    }
    steps.set(keyOf(-1), null);
    this.#host.submit({ type: "CompleteRun", run: run.id, output: JSON.stringify(run.functionId) });
  }

  #begin({ run, steps }: Live, index: number, action: Action): void {
    const place = { run: run.id, step: keyOf(index) };
    const wait = { type: "StartWait", ...place, after: index === 0 ? null : keyOf(index - 1), resting: true } as const;
    switch (action.kind) {
      case "wait":
        return this.#host.submit({ ...wait, ...interestIn(action, run.event), purpose: "step", replaces: false });
      case "signal": {
        const { signal, timeoutMs, replaces } = action;
        const target = { event: SIGNAL_EVENT, path: SIGNAL_PATH, value: valueOfSignal(signal), condition: null, bindings: null };
        return this.#host.submit({ ...wait, ...target, timeoutMs, lookbackMs: 0, purpose: "signal", replaces });
      }
      case "invoke": {
        const { functionId, timeoutMs } = action;
        const { data } = run.event;
        return this.#host.submit({ type: "InvokeChild", ...place, functionId, data, timeoutMs, detached: false, resting: true });
      }
      case "sleep":
        return this.#host.submit({ type: "StartSleep", ...place, wakeAt: null, durationMs: action.ms, resting: true });
      case "step":
        return this.#host.whenProved(() => this.#execute({ run, steps }, index, action));
    }
  }

  #execute({ run }: Live, index: number, action: Extract<Action, { kind: "step" }>): void {
    if (this.#closed || !this.#live.has(run.id)) return;
    const began = this.#host.now();
    this.#around.began(run, index, action);
    this.#around.after(action.ms, () => {
      if (this.#closed) return;
      this.#host.submit({ type: "CompleteStep", run: run.id, step: keyOf(index), output: null, began });
    });
  }
}

function interestIn({ event, match, if: condition, timeoutMs, lookbackMs }: Extract<Action, { kind: "wait" }>, trigger: TriggerEvent) {
  const wanted = { ...(match === null ? {} : { match }), ...(condition === undefined ? {} : { if: condition }) };
  const interest = interestOf(wanted, factsOf(trigger, asItIs));
  return { event, timeoutMs, lookbackMs, ...interest, path: interest.path ?? "", value: interest.value ?? "" };
}
