// step.sendEvent: events that go out with the frame that records them, so exactly once.
import { ConfigurationError } from "../../../core/configuration-error.ts";
import type { EventBody } from "../../../workflow/event/cloud-event.ts";
import type { EventToOwe } from "../../../workflow/step/send-events.ts";
import { failureOf, wishOf } from "../../failure.ts";
import { checkedEvent, type CheckedEvent, type LooseEvent } from "../../outgoing-event.ts";
import { AskedStep, type Place } from "../asked-step.ts";
import type { StepKind } from "../step-kind.ts";

export interface Outgoing {
  readonly event: CheckedEvent;
  readonly given: unknown;
}

const MAX_EVENTS = 1_000;
/** They stand in one frame (R15). */
const MAX_BYTES = 1024 * 1024;

export class SendStep extends AskedStep {
  #events: readonly Outgoing[];

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
    this.#events = checked.map((event, index) => ({ event, given: events[index]?.data }));
  }

  override get kind(): StepKind {
    return "sendEvent";
  }

  /** The data of each also as it was given. */
  get events(): readonly Outgoing[] {
    return this.#events;
  }

  override begin(): void {
    if (!this.live.mayBegin(this)) return;
    this.isBegun = true;
    const began = this.live.now();
    try {
      const written = this.#events.map((outgoing) => this.#written(outgoing));
      if (isReady(written)) return this.#send(written, began);
      Promise.all(written.map(async (event) => event)).then(
        (events) => this.#send(events, began),
        (error: unknown) => this.#fail(error, began),
      );
    } catch (error) {
      this.#fail(error, began);
    }
  }

  #written({ event, given }: Outgoing): EventToOwe | Promise<EventToOwe> {
    const { name, data, key, id, time, trace } = event;
    const plain = { name, data, key, id, time, trace };
    const body = this.live.host.bodyOf?.(event, given);
    if (body === undefined) return plain;
    // Of a subject it is sealed for it: then nothing else stands anywhere.
    const owed = (written: EventBody): EventToOwe => ({
      ...plain,
      ...(event.subject === null ? {} : { data: String(written.value) }),
      body: written,
    });
    if (!(body instanceof Promise)) return owed(body);
    const later = body.then(owed);
    // Where another event of the step is refused at once, nobody waits for this one.
    later.catch(() => {});
    return later;
  }

  #send(written: readonly EventToOwe[], began: number): void {
    const { live, key: step } = this;
    // A process that traces nothing passes the trace on.
    const attributes = { "messaging.operation.type": "send", "messaging.batch.message_count": written.length };
    const trace = live.spans?.sends("send events", this, attributes) ?? live.event.trace;
    const events = trace === null ? written : written.map((event) => ({ ...event, trace: event.trace ?? trace }));
    live.submit({ type: "SendEvents", run: live.id, step, events, began });
  }

  /** Data that does not fit stays so: there are no further attempts. */
  #fail(thrown: unknown, began: number): void {
    const { live, key } = this;
    const { host } = live;
    const wish = wishOf(thrown, live.now());
    const error = failureOf(thrown);
    live.submit({ type: "FailStep", run: live.id, step: key, attempt: 0, began, error, wish, retries: 0, random: host.random() });
  }

  protected override release(): void {
    this.#events = [];
  }
}

function isReady(events: readonly (EventToOwe | Promise<EventToOwe>)[]): events is readonly EventToOwe[] {
  return !events.some((event) => event instanceof Promise);
}
