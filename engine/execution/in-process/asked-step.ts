// A step that the handler asked for, and awaits.
import type { StepKey } from "../../core/ids.ts";
import type { StepContext } from "../function.ts";
import { Abortable } from "./abortable.ts";
import type { LiveRun } from "./live-run.ts";

export class AskedStep {
  readonly live: LiveRun;
  readonly key: StepKey;
  readonly id: string;
  readonly kind: "run" | "sleep";
  readonly #settled = Promise.withResolvers<unknown>();
  body: ((context: StepContext) => unknown) | null = null;
  retries = 0;
  timeoutMs = 0;
  /** The attempt that runs now or comes next. */
  attempt = 0;
  executing = false;
  /** When its first attempt began, milliseconds since 1970 by the log's clock; null where none did. */
  began: number | null = null;
  /** The last attempt whose end was submitted. */
  reported = -1;
  /** Milliseconds since 1970 by the log's clock, where time is all that the step waits for. */
  waitsUntil: number | null = null;
  #abortable: Abortable | null = null;

  constructor(live: LiveRun, key: StepKey, id: string, kind: AskedStep["kind"]) {
    this.live = live;
    this.key = key;
    this.id = id;
    this.kind = kind;
  }

  get promise(): Promise<unknown> {
    return this.#settled.promise;
  }

  get abortable(): Abortable {
    this.#abortable ??= new Abortable();
    return this.#abortable;
  }

  /** For the next attempt: the last one's may be aborted. */
  renewAbortable(): void {
    this.#abortable = null;
  }

  succeed(value: unknown): void {
    this.body = null;
    this.#settled.resolve(value);
  }

  fail(error: Error): void {
    this.body = null;
    // The handler may await it later than this turn, or never.
    this.promise.catch(() => {});
    this.#settled.reject(error);
  }

  timedOut(): void {
    this.live.stepTimedOut(this);
  }
}
