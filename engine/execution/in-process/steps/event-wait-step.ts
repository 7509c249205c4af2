// step.waitForEvent: an event that is compared with the one that began the run.
import { ConfigurationError } from "../../../core/configuration-error.ts";
import { durationMs } from "../../../core/duration.ts";
import type { StepKey } from "../../../core/ids.ts";
import { checkCondition } from "../../../workflow/expression/check.ts";
import { conditionOf } from "../../../workflow/expression/condition.ts";
import { asItIs, factsOf } from "../../../workflow/expression/event-facts.ts";
import { interestOf, MAX_BINDINGS, type Interest } from "../../../workflow/expression/match.ts";
import { parsePath, pathText } from "../../../workflow/expression/path.ts";
import type { StepState } from "../../../workflow/state.ts";
import { SIGNAL_EVENT } from "../../../workflow/wait/signal-event.ts";
import type { StartWait } from "../../../workflow/wait/start.ts";
import { viewOfEvent } from "../../event-view.ts";
import { checkEventName } from "../../outgoing-event.ts";
import type { WaitForEvent } from "../../step-tools.ts";
import type { Place } from "../asked-step.ts";
import { checkStepOptions, waitTimeoutMs } from "../step-options.ts";
import type { StepKind } from "../step-kind.ts";
import { WaitingStep } from "./waiting-step.ts";

const OPTIONS = ["event", "match", "if", "timeout", "lookback"];

export class EventWaitStep extends WaitingStep {
  readonly #wait: WaitForEvent;
  readonly #timeoutMs: number;
  readonly #lookbackMs: number;
  readonly #after: StepKey | null;

  /** @throws ConfigurationError `INVALID_STEP`, `INVALID_EVENT`, `INVALID_EXPRESSION`, `INVALID_DURATION` */
  constructor(place: Place, id: string, wait: WaitForEvent) {
    checkStepOptions(`step "${id}"`, wait, OPTIONS);
    const { event, match, if: condition, timeout, lookback = 0 } = wait;
    checkEventName(event);
    if (event === SIGNAL_EVENT) throw new ConfigurationError("INVALID_STEP", `step "${id}": signals are awaited by step.waitForSignal`);
    // Also where the record has the answer: code that is wrong is so each time.
    if (match !== undefined) parsePath(match);
    if (condition !== undefined) checkCondition(condition, ["event", "async"]);
    const timeoutMs = waitTimeoutMs(id, timeout);
    const lookbackMs = durationMs(lookback);
    super(place, id);
    this.#wait = wait;
    this.#timeoutMs = timeoutMs;
    this.#lookbackMs = lookbackMs;
    this.#after = place.live.continuesAfter;
  }

  override get kind(): StepKind {
    return "wait";
  }

  override input(resting: boolean): StartWait {
    const { live } = this;
    const interest = interestOf(this.#wait, factsOf(live.event, asItIs));
    this.#warn(interest);
    return {
      type: "StartWait",
      run: live.id,
      step: this.key,
      after: this.#after,
      event: this.#wait.event,
      path: interest.path ?? "",
      value: interest.value ?? "",
      condition: interest.condition,
      bindings: interest.bindings,
      timeoutMs: this.#timeoutMs,
      lookbackMs: this.#lookbackMs,
      purpose: "step",
      replaces: false,
      resting,
    };
  }

  protected override valueOf(outcome: StepState): unknown {
    return outcome.status === "resolved" && outcome.event !== null ? viewOfEvent(outcome.event) : null;
  }

  #warn({ path, value, isTooLarge }: Interest): void {
    const { live, id } = this;
    const { event, match, if: condition = "" } = this.#wait;
    const place = { function: live.functionId, step: id, runId: live.id };
    const what = `step "${id}" of function "${live.functionId}" waits for ${event}`;
    const problem = live.host.problemOfWait?.(this.#wait, live.event.name) ?? null;
    if (problem !== null) {
      live.host.warnOnce(
        { code: "WAIT_AGAINST_SCHEMA", ...place },
        `${what}, and is not as the events' schemas are: ${problem}. Correct it, else it may wait in vain`,
      );
      return;
    }
    if (isTooLarge === true) {
      live.host.warnOnce(
        { code: "CONDITION_TOO_LARGE", ...place },
        `${what}, and its if refers to more than ${MAX_BINDINGS} characters of the event that began the run: no event can match, and it waits for its time-out. Compare with less of it`,
      );
    } else if (path === null) {
      live.host.warnOnce(
        { code: "WAIT_WITHOUT_KEY", ...place },
        `${what} and compares no value: all such waits live in one partition, and each such event is compared with all of them. Give it a match, or an if with an equality`,
      );
    } else if (value === null) {
      const missing = match ?? comparedPath(condition);
      live.host.warnOnce(
        { code: "WAIT_CANNOT_MATCH", ...place, path: missing },
        `${what}, but in the event ${live.event.name}, which began the run, there is no text, number or boolean at ${missing}: no event can match, and it waits for its time-out. Further such waits of this step are not told of`,
      );
    }
  }
}

/** Where in the event that began the run the value stands that is the key. */
function comparedPath(condition: string): string {
  const other = conditionOf(condition, "wait").key?.other;
  return other?.in === "event" ? pathText(other.path) : condition;
}
