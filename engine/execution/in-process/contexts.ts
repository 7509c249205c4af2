// What a handler and a step's body are given.
import type { Logger } from "pino";
import { ConfigurationError } from "../../core/configuration-error.ts";
import type { Duration } from "../../core/duration.ts";
import type { RunState } from "../../workflow/state.ts";
import { idempotencyKeyOf } from "../idempotency-key.ts";
import type { EventView, FunctionContext, StepContext, StepOptions, StepTools } from "../function.ts";
import type { Json } from "../json.ts";
import type { Abortable } from "./abortable.ts";
import type { AskedStep } from "./asked-step.ts";
import type { LiveRun } from "./live-run.ts";

/** Properties are made when they are asked for: most functions take few of them. */
export class HandlerContext implements FunctionContext {
  readonly event: EventView;
  readonly attempt: number;
  readonly step: StepTools;
  readonly #live: LiveRun;

  constructor(live: LiveRun, attempt: number) {
    this.#live = live;
    this.event = eventView(live.run);
    this.attempt = attempt;
    this.step = new Tools(live);
  }

  get runId(): RunState["id"] {
    return this.#live.run.id;
  }
  get logger(): Logger {
    return this.#live.logger;
  }
  get signal(): AbortSignal {
    return this.#live.signal;
  }
}

class Tools implements StepTools {
  readonly #live: LiveRun;

  constructor(live: LiveRun) {
    this.#live = live;
  }

  run<T>(step: string | StepOptions, body: (context: StepContext) => T | Promise<T>): Promise<Json<Awaited<T>>> {
    return this.#live.ask(step, body);
  }
  sleep(id: string, duration: Duration): Promise<void> {
    return this.#live.sleep(id, duration, null);
  }
  sleepUntil(id: string, time: Date | string | number): Promise<void> {
    const wakeAt = new Date(time).getTime();
    if (Number.isNaN(wakeAt)) throw new ConfigurationError("INVALID_STEP", `step "${id}": ${JSON.stringify(time)} is not a time`);
    return this.#live.sleep(id, null, wakeAt);
  }
}

export class BodyContext implements StepContext {
  readonly attempt: number;
  readonly #step: AskedStep;
  readonly #abortable: Abortable;

  constructor(step: AskedStep, attempt: number) {
    this.#step = step;
    this.#abortable = step.abortable;
    this.attempt = attempt;
  }

  get signal(): AbortSignal {
    return this.#abortable.signal;
  }
  get idempotencyKey(): string {
    return idempotencyKeyOf(this.#step.live.run.id, this.#step.key);
  }
  get logger(): Logger {
    return this.#step.live.logger;
  }
}

function eventView(run: RunState): EventView {
  const { id, name, data, time, key, topic, partition, offset } = run.event;
  return { id, name, data: JSON.parse(data) as unknown, time, key, source: topic === "" ? null : { topic, partition, offset } };
}
