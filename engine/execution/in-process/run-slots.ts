// How many steps of a live run may execute, where its function's flow limits that. A slot that a step is done with serves the run's next step,
// unless the record gave it to another run; one that nothing of the run has use for goes back.
//
// The record runs ahead of what is told here: it is told when it is acknowledged. Whatever the run does with its slots by itself counts here at
// once and is not told; so what is free here never is more than the record says.

/** A step with code of its own. */
interface SlotUser {
  /** It has the slot that it asked for. */
  slotted(): void;
}

export interface RunSlotsHost {
  /** So many more steps wait for one. */
  ask(count: number): void;
  giveBack(count: number): void;
}

interface Slots {
  free: number;
  /** Asked for and not given yet. */
  asked: number;
}

export class RunSlots {
  readonly #host: RunSlotsHost;
  #now: Slots;
  /** As it was before rests that the record has, and that were not told of yet, the first in front: what is told meanwhile is of then. */
  readonly #before: Slots[] = [];
  #waiting: SlotUser[] = [];

  /** Of the record, when the handler was called: how many it held, and how many it had asked for beside them. */
  constructor({ held, asked }: { readonly held: number; readonly asked: number }, host: RunSlotsHost) {
    this.#now = { free: held, asked };
    this.#host = host;
  }

  /** True: it may begin. Else it is told when it may. */
  take(user: SlotUser): boolean {
    if (this.#now.free > 0 && this.#waiting.length === 0) {
      this.#now.free -= 1;
      return true;
    }
    if (this.#waiting.includes(user)) return false;
    this.#waiting.push(user);
    if (this.#waiting.length > this.#now.asked) {
      this.#now.asked += 1;
      this.#host.ask(1);
    }
    return false;
  }

  /** It stands in the record that the run was given so many more, or that so many fewer are left to it. */
  changed(by: number): void {
    const told = this.#told;
    told.free += by;
    if (by > 0) told.asked = Math.max(told.asked - by, 0);
    this.#serve();
  }

  /** What a step came to stands in the record: its slot is free, as far as the run still has it. Served when the frame's records are through. */
  ended(): void {
    this.#told.free += 1;
    queueMicrotask(() => this.#serve());
  }

  /** The run does nothing but wait, which is on its way to the record: that takes all its slots, and what it asked for. */
  rests(): void {
    this.#before.push(this.#now);
    this.#now = { free: 0, asked: 0 };
  }

  /** The first of those rests is told of. */
  rested(isRecorded: boolean): void {
    const before = this.#before.shift();
    if (before === undefined || isRecorded) return;
    const told = this.#told;
    told.free += before.free;
    told.asked += before.asked;
    this.#serve();
  }

  calledOff(user: SlotUser): void {
    const index = this.#waiting.indexOf(user);
    if (index >= 0) this.#waiting.splice(index, 1);
  }

  /** The handler awaits its steps, and all that could begin has begun. What has no use goes back once the frame's records are through. */
  quiet(): void {
    if (this.#now.free <= 0) return;
    queueMicrotask(() => {
      const unused = this.#now.free;
      if (unused <= 0 || this.#waiting.length > 0) return;
      this.#now.free = 0;
      this.#host.giveBack(unused);
    });
  }

  get #told(): Slots {
    return this.#before[0] ?? this.#now;
  }

  #serve(): void {
    while (this.#now.free > 0) {
      const user = this.#waiting.shift();
      if (user === undefined) return;
      this.#now.free -= 1;
      user.slotted();
    }
  }
}
