// The steps that a handler has asked for so far, and those of them that it awaits.
import { stepKey, type StepKey } from "../../core/ids.ts";
import type { AskedStep } from "./asked-step.ts";

export class AskedSteps {
  readonly #asked = new Map<StepKey, AskedStep>();
  readonly #pending = new Set<AskedStep>();
  /** By id: how often it was asked for, where that is more than once. */
  #occurrences: Map<string, number> | null = null;

  /** Of the next step with this id: they are counted in the order in which they are asked for, which follows from the record. */
  nextKey(id: string): StepKey {
    const first = stepKey(id, 0);
    if (!this.#asked.has(first)) return first;
    const occurrence = this.#occurrences?.get(id) ?? 1;
    (this.#occurrences ??= new Map()).set(id, occurrence + 1);
    return stepKey(id, occurrence);
  }

  add(step: AskedStep): void {
    this.#asked.set(step.key, step);
    this.#pending.add(step);
  }

  has(key: StepKey): boolean {
    return this.#asked.has(key);
  }

  step(key: StepKey): AskedStep | undefined {
    return this.#asked.get(key);
  }

  /** One that has no outcome yet, and was not called off. */
  pendingStep(key: StepKey): AskedStep | undefined {
    const step = this.#asked.get(key);
    return step !== undefined && this.#pending.has(step) ? step : undefined;
  }

  /** Those that the handler has no answer to. */
  get pending(): ReadonlySet<AskedStep> {
    return this.#pending;
  }

  /** It is awaited no more. Returns whether it was. */
  remove(step: AskedStep): boolean {
    return this.#pending.delete(step);
  }

  /** Takes out those whose branches were called off. */
  takeClosed(): readonly AskedStep[] {
    const closed = [...this.#pending].filter(({ branch }) => branch?.isClosed === true);
    for (const step of closed) this.#pending.delete(step);
    return closed;
  }

  /** Takes out all. */
  clear(): readonly AskedStep[] {
    const pending = [...this.#pending];
    this.#asked.clear();
    this.#pending.clear();
    return pending;
  }
}
