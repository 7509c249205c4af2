// A past run as its code saw it: what is sealed in it is opened, so that it can be rehearsed and compared.
import type { StepKey } from "../../core/ids.ts";
import type { Sealing } from "../../core/sealing.ts";
import { SealedRun, SUBJECT_ERASED } from "../../execution/in-process/sealed-run.ts";
import type { TriggerEvent } from "../../workflow/records.ts";
import type { StepState } from "../../workflow/state.ts";
import type { AskedOf, SentEvent } from "./asked-of.ts";
import type { PastEnd, PastRun } from "./past-run.ts";

export interface OpenedRun {
  readonly past: PastRun;
  /** As what the run says is sealed: what is written down of it elsewhere is sealed like this, too. Null where nothing of it is. */
  readonly model: string | null;
}

/** Null where something of it was erased: nothing can be said of it any more. */
export async function openedRun(past: PastRun, sealing: Sealing | null): Promise<OpenedRun | null> {
  return sealing === null ? { past, model: null } : new Opening(past, sealing).run();
}

class Opening {
  readonly #past: PastRun;
  readonly #sealing: Sealing;
  readonly #sealed: SealedRun;
  #isErased = false;

  constructor(past: PastRun, sealing: Sealing) {
    const { event, flow } = past.state;
    this.#past = past;
    this.#sealing = sealing;
    this.#sealed = new SealedRun(sealing, [event, ...(flow?.batch ?? [])]);
  }

  async run(): Promise<OpenedRun | null> {
    const { state, end, asked } = this.#past;
    const event = await this.#event(state.event);
    const batch = await Promise.all((state.flow?.batch ?? []).map((one) => this.#event(one)));
    const steps = new Map<StepKey, StepState>();
    for (const [key, step] of state.steps) steps.set(key, await this.#outcome(step));
    const flow = state.flow === null ? null : { ...state.flow, batch };
    const opened = { ...state, event, flow, steps };
    const allAsked = new Map<StepKey, AskedOf>();
    for (const [key, one] of asked) allAsked.set(key, await this.#asked(one));
    const past = { ...this.#past, state: opened, end: await this.#end(end), asked: allAsked };
    return this.#isErased ? null : { past, model: this.#sealed.model };
  }

  async #event(event: TriggerEvent): Promise<TriggerEvent> {
    const opened = this.#sealed.event(event);
    if (opened instanceof Promise) return opened.then(() => this.#event(event));
    if (opened === null) this.#isErased = true;
    return opened ?? event;
  }

  async #outcome(step: StepState): Promise<StepState> {
    const outcome = await this.#sealed.outcome(step);
    if (outcome.status === "failed" && step.status !== "failed" && outcome.error.name === SUBJECT_ERASED.name) this.#isErased = true;
    return outcome;
  }

  async #text(text: string): Promise<string> {
    const opened = this.#sealing.open(text);
    if (opened.kind === "unknown") return opened.known.then(() => this.#text(text));
    if (opened.kind === "erased") this.#isErased = true;
    return opened.kind === "open" ? opened.text : "null";
  }

  async #end(end: PastEnd): Promise<PastEnd> {
    if (end.kind === "completed") return end.output === null ? end : { ...end, output: await this.#text(end.output) };
    if (end.kind !== "failed") return end;
    const { name, message, stack } = end.error;
    return { ...end, error: { name, message: await this.#text(message), stack: stack === null ? null : await this.#text(stack) } };
  }

  async #asked(of: AskedOf): Promise<AskedOf> {
    if (of.kind === "invoke") return of.data === null ? of : { ...of, data: await this.#text(of.data) };
    if (of.kind !== "send") return of;
    return { ...of, events: await Promise.all(of.events.map((event) => this.#sent(event))) };
  }

  async #sent(event: SentEvent): Promise<SentEvent> {
    const { said } = event;
    const { model } = this.#sealed;
    if (said === null || said.data === null) {
      return model === null ? event : { ...event, sealed: (json) => this.#sealing.sealLike(model, json) };
    }
    return { ...event, said: { ...said, data: await this.#text(said.data) } };
  }
}
