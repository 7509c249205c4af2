// step.sendEvent: events that go out with the frame that records them, so exactly once.
import { ConfigurationError } from "../../../core/configuration-error.ts";
import { checkedEvent, type CheckedEvent, type LooseEvent } from "../../outgoing-event.ts";
import { AskedStep, type Place } from "../asked-step.ts";
import type { StepKind } from "../step-kind.ts";

const MAX_EVENTS = 1_000;
/** They stand in one frame (R15). */
const MAX_BYTES = 1024 * 1024;

export class SendStep extends AskedStep {
  #events: readonly CheckedEvent[];

  /** @throws ConfigurationError `INVALID_STEP`, `INVALID_EVENT`, `EVENT_TOO_LARGE`, `NOT_JSON` */
  constructor(place: Place, id: string, events: readonly LooseEvent[]) {
    if (events.length === 0 || events.length > MAX_EVENTS) {
      throw new ConfigurationError("INVALID_STEP", `step "${id}" sends 1 to ${MAX_EVENTS} events, not ${events.length}. Use several steps`);
    }
    const checked = events.map((event) => checkedEvent(event, place.live.host.maxEventBytes));
    const bytes = checked.reduce((sum, event) => sum + event.bytes, 0);
    if (bytes > MAX_BYTES) {
      throw new ConfigurationError(
        "EVENT_TOO_LARGE",
        `the events of step "${id}" have ${bytes} bytes together; ${MAX_BYTES} may go out with one step. Use several steps, or send where the data is`,
      );
    }
    super(place, id);
    this.#events = checked;
  }

  override get kind(): StepKind {
    return "sendEvent";
  }

  override begin(): void {
    if (!this.live.mayBegin(this)) return;
    this.isBegun = true;
    const events = this.#events.map(({ name, data, key, id, time }) => ({ name, data, key, id, time }));
    this.live.submit({ type: "SendEvents", run: this.live.id, step: this.key, events, began: this.live.now() });
  }

  protected override release(): void {
    this.#events = [];
  }
}
