// What a handler is given. Properties are made when they are asked for: most functions take few of them.
import type { Logger } from "pino";
import type { RunId } from "../../core/ids.ts";
import type { EventView } from "../event-map.ts";
import { viewOfEvent } from "../event-view.ts";
import type { FunctionContext } from "../function.ts";
import type { StepTools } from "../step-tools.ts";
import type { LiveRun } from "./live-run.ts";
import { Tools } from "./tools.ts";

export class HandlerContext implements FunctionContext {
  readonly event: EventView;
  readonly attempt: number;
  readonly step: StepTools;
  readonly #live: LiveRun;
  #events: readonly [EventView, ...EventView[]] | null = null;

  constructor(live: LiveRun, attempt: number) {
    this.#live = live;
    this.event = viewOfEvent(live.event);
    this.attempt = attempt;
    this.step = new Tools({ live, branch: null });
  }

  get events(): readonly [EventView, ...EventView[]] {
    return (this.#events ??= [this.event, ...this.#live.batch.map(viewOfEvent)]);
  }
  get runId(): RunId {
    return this.#live.id;
  }
  get rerunOf(): RunId | null {
    return this.#live.rerunOf;
  }
  get logger(): Logger {
    return this.#live.logger;
  }
  get signal(): AbortSignal {
    return this.#live.signal;
  }
}
