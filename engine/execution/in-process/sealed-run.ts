// What a run is given and says, where its data is sealed: opened on the way in, sealed for the same subject on the way out. So nothing of it
// stands in the log, the image or a history but under the subject's key.
import { NOT_TOLD, readSealed, type Opened, type Sealing } from "../../core/sealing.ts";
import type { Input } from "../../workflow/decide.ts";
import type { Failure, TriggerEvent } from "../../workflow/records.ts";
import type { EventToOwe } from "../../workflow/step/send-events.ts";
import type { StepState } from "../../workflow/state.ts";
import { openedText, sealedWithin } from "../opened-text.ts";

const CODE = "SUBJECT_ERASED";

/** What code gets in the place of data that nobody can read any more. */
export const SUBJECT_ERASED: Failure = {
  name: "SubjectErasedError",
  message: `${CODE}: the data is of a subject that was erased, so nothing can be done with it any more`,
  stack: null,
};

export class SealedRun {
  readonly #sealing: Sealing;
  /** Of the events that it was begun by, those that are sealed. */
  readonly #begunBy: readonly string[];
  /** Of the events that its handler was given since it was called, the same. */
  readonly #learned: string[] = [];
  #model: string | null;

  /** `events`: those that it was begun by. */
  constructor(sealing: Sealing, events: readonly TriggerEvent[]) {
    this.#sealing = sealing;
    this.#begunBy = events.flatMap((event) => sealedWithin(event) ?? []);
    this.#model = this.#begunBy[0] ?? null;
  }

  /** Something of what it was begun by, or of what its handler knows, nobody may read any more. */
  get isErased(): boolean {
    const erasedOf = (sealed: string): boolean => this.#sealing.isErased(sealed);
    return this.#begunBy.some(erasedOf) || this.#learned.some(erasedOf);
  }

  /** What the run says is sealed like this: what it was begun by, else the first that it waited for. Null: it is not sealed. */
  get model(): string | null {
    return this.#model;
  }

  /** Null: one was erased. A promise: a key is not known yet; then ask again. */
  events(events: readonly TriggerEvent[]): readonly TriggerEvent[] | null | Promise<void> {
    const opened: TriggerEvent[] = [];
    for (const event of events) {
      const one = this.event(event);
      if (one === null || one instanceof Promise) return one;
      opened.push(one);
    }
    return opened;
  }

  /** Null: it was erased. A promise: its key is not known yet; then ask again. */
  event(event: TriggerEvent): TriggerEvent | null | Promise<void> {
    const opened = openedText(this.#sealing, event.data, event.name);
    if (opened.kind === "unknown") return opened.known;
    if (opened.kind === "erased") return null;
    return opened.text === event.data ? event : { ...event, data: opened.text };
  }

  /** As the handler gets it. */
  outcome(state: StepState): StepState | Promise<StepState> {
    switch (state.status) {
      case "completed":
        return state.output === null ? state : this.#then(state, this.#sealing.open(state.output), (output) => ({ ...state, output }));
      case "failed":
        return { ...state, error: this.#failure(state.error) };
      case "retrying":
        return this.#cursor({ ...state, error: this.#failure(state.error) });
      case "iterating":
        return this.#cursor(state);
      case "resolved":
        return this.#resolved(state);
      default:
        return state;
    }
  }

  input(input: Input): Input {
    if (this.#model === null) return input;
    switch (input.type) {
      case "CompleteStep":
      case "CompleteRun":
        return input.output === null ? input : { ...input, output: this.#seal(input.output) };
      case "AdvanceIteration":
        return input.cursor === null ? input : { ...input, cursor: this.#seal(input.cursor) };
      case "FailStep":
      case "FailRunAttempt":
        return { ...input, error: this.#sealed(input.error) };
      case "InvokeChild":
        return { ...input, data: this.#seal(input.data) };
      case "SendEvents":
        return { ...input, events: input.events.map((event) => this.#sealedEvent(event)) };
      default:
        return input;
    }
  }

  /** Sealed data is JSON, whatever schema the data itself was checked by; what is for a subject of its own is sealed already. */
  #sealedEvent(event: EventToOwe): EventToOwe {
    const { body, ...rest } = event;
    const isSealed = body !== undefined && readSealed(body.value.toString()) !== null;
    return isSealed ? event : { ...rest, data: this.#seal(event.data) };
  }

  /** As a trace has it, which outlives what is erased. */
  told(error: Failure): Failure {
    return this.#model === null ? error : { name: error.name, message: NOT_TOLD, stack: null };
  }

  #resolved(state: StepState & { readonly status: "resolved" }): StepState | Promise<StepState> {
    if (state.event === null) return state;
    const opened = this.event(state.event);
    if (opened instanceof Promise) return opened.then(() => this.outcome(state));
    const sealed = sealedWithin(state.event);
    this.#model ??= sealed;
    if (opened === null) return erased(state);
    if (sealed !== null) this.#learned.push(sealed);
    return { ...state, event: opened };
  }

  #cursor<State extends StepState & { readonly cursor?: string | null }>(state: State): StepState | Promise<StepState> {
    const { cursor } = state;
    return cursor === null || cursor === undefined
      ? state
      : this.#then(state, this.#sealing.open(cursor), (text) => ({ ...state, cursor: text }));
  }

  #then<State extends StepState>(state: State, opened: Opened, open: (text: string) => StepState): StepState | Promise<StepState> {
    if (opened.kind === "open") return open(opened.text);
    if (opened.kind === "unknown") return opened.known.then(() => this.outcome(state));
    return erased(state);
  }

  /** What an error says may be told of later, and nobody waits for its text. */
  #failure(error: Failure): Failure {
    const text = (sealed: string): string => {
      const opened = this.#sealing.open(sealed);
      return opened.kind === "open" ? opened.text : SUBJECT_ERASED.message;
    };
    if (readSealed(error.message) === null) return error;
    return { name: error.name, message: text(error.message), stack: error.stack === null ? null : text(error.stack) };
  }

  #sealed(error: Failure): Failure {
    if (error.name === SUBJECT_ERASED.name) return error;
    return { name: error.name, message: this.#seal(error.message), stack: error.stack === null ? null : this.#seal(error.stack) };
  }

  #seal(text: string): string {
    return this.#model === null ? text : this.#sealing.sealLike(this.#model, text);
  }
}

/** A step whose result is gone fails, for good. */
function erased(state: StepState): StepState {
  return { status: "failed", attempt: 0, error: SUBJECT_ERASED, order: "order" in state ? state.order : -1 };
}
