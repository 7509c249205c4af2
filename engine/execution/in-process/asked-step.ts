// A step that the handler asked for, and awaits. What it does is said by its kind, a file each in steps/.
import type { StepKey } from "../../core/ids.ts";
import type { StepState } from "../../workflow/state.ts";
import { fromJson } from "../json.ts";
import { StepError } from "../user-errors.ts";
import type { Branch } from "./branch.ts";
import type { ExecutingStep } from "./executing.ts";
import type { LiveRun } from "./live-run.ts";
import type { StepKind } from "./step-kind.ts";

/** Where a step is asked for. */
export interface Place {
  readonly live: LiveRun;
  /** Null: the handler itself. */
  readonly branch: Branch | null;
}

export abstract class AskedStep {
  readonly live: LiveRun;
  readonly branch: Branch | null;
  readonly key: StepKey;
  readonly id: string;
  readonly #settled = Promise.withResolvers<unknown>();
  /** It is in the record, or on its way there: where it is called off, that must be recorded. */
  isBegun = false;
  /** Milliseconds since 1970 by the log's clock, where nothing is to be done before; Infinity where nobody knows. */
  waitsUntil: number | null = null;

  constructor({ live, branch }: Place, id: string) {
    this.live = live;
    this.branch = branch;
    this.id = id;
    this.key = live.keyFor(id);
  }

  abstract get kind(): StepKind;

  get promise(): Promise<unknown> {
    return this.#settled.promise;
  }

  /** Whether it waits for what is outside of the process, which needs no handler in memory. */
  get isOutside(): boolean {
    return false;
  }

  /** Whether what it waits for may come before `waitsUntil`. */
  get mayEndEarly(): boolean {
    return false;
  }

  /** Its code, as it runs now; null while none does. */
  get execution(): ExecutingStep | null {
    return null;
  }

  get isExecuting(): boolean {
    return false;
  }

  /** How far it is by the record, as long as that is no outcome. */
  note(_recorded: StepState): void {
    this.isBegun = true;
  }

  /** All that is recorded was delivered, and this is not: it begins, or goes on. */
  abstract begin(): void;

  /** The time of its next attempt has come. */
  retry(): void {}

  /** What it came to stands in the record: it has no use for its slot. */
  giveSlotBack(): void {}

  /** What comes of it does not count any more. */
  abort(_reason: string): void {}

  settle(outcome: StepState): void {
    if (outcome.status === "failed") this.#fail(new StepError(this.id, outcome.error));
    else this.#settled.resolve(this.valueOf(outcome));
    this.release();
  }

  /** What the handler gets for an outcome that is no failure. */
  protected valueOf(outcome: StepState): unknown {
    return outcome.status === "completed" ? fromJson(outcome.output) : undefined;
  }

  /** It has an outcome: what it held to come by it may be forgotten. */
  protected release(): void {}

  #fail(error: Error): void {
    // The handler may await it later than this turn, or never.
    this.promise.catch(() => {});
    this.#settled.reject(error);
  }
}
