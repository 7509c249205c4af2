// How many steps of a live run may execute, where its function's flow limits that. A slot that a step is done with serves the run's next step,
// unless the record gave it to another run; one that nothing of the run has use for goes back.

/** A step with code of its own. */
interface SlotUser {
  /** It has the slot that it asked for. */
  slotted(): void;
}

export interface RunSlotsHost {
  /** So many steps, in all, wait for one. */
  ask(count: number): void;
  giveBack(count: number): void;
}

export class RunSlots {
  readonly #host: RunSlotsHost;
  /** Below 0 for the moment between two records of a frame. */
  #free: number;
  /** Given back, and the record does not say so yet. */
  #returning = 0;
  #waiting: SlotUser[] = [];

  /** `held`: of the record, when the handler was called. */
  constructor(held: number, host: RunSlotsHost) {
    this.#free = held;
    this.#host = host;
  }

  /** True: it may begin. Else it is told when it may. */
  take(user: SlotUser): boolean {
    if (this.#free > 0 && this.#waiting.length === 0) {
      this.#free -= 1;
      return true;
    }
    if (this.#waiting.includes(user)) return false;
    this.#waiting.push(user);
    this.#host.ask(this.#waiting.length);
    return false;
  }

  /** It stands in the record that the run has so many more, or fewer. */
  changed(by: number): void {
    const own = Math.min(Math.max(0, -by), this.#returning);
    this.#returning -= own;
    this.#free += by + own;
    this.#serve();
  }

  /** What a step came to stands in the record: its slot is free, as far as the run still has it. Served when the frame's records are through. */
  ended(): void {
    this.#free += 1;
    queueMicrotask(() => this.#serve());
  }

  /** The run does nothing but wait: the record takes all its slots. */
  rested(): void {
    this.#free = 0;
  }

  calledOff(user: SlotUser): void {
    const index = this.#waiting.indexOf(user);
    if (index >= 0) this.#waiting.splice(index, 1);
  }

  /** The handler awaits its steps, and all that could begin has begun. */
  quiet(): void {
    if (this.#free <= 0 || this.#waiting.length > 0) return;
    const unused = this.#free;
    this.#free = 0;
    this.#returning += unused;
    this.#host.giveBack(unused);
  }

  #serve(): void {
    while (this.#free > 0) {
      const user = this.#waiting.shift();
      if (user === undefined) return;
      this.#free -= 1;
      user.slotted();
    }
  }
}
