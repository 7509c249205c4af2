// Time-outs of steps and functions: one timer for all, since there are tens of thousands a second and hardly any comes due.

export interface Deadlined {
  timedOut(): void;
}

export class Deadlines {
  /** By time-out, in the order of their beginning: the first of each is the next to come due. */
  readonly #queues = new Map<number, Map<Deadlined, number>>();
  readonly #timeouts = new Map<Deadlined, number>();
  #timer: NodeJS.Timeout | null = null;
  #timerAt = Number.POSITIVE_INFINITY;

  /** Begins, or begins anew, to count. */
  add(item: Deadlined, timeoutMs: number): void {
    this.remove(item);
    let queue = this.#queues.get(timeoutMs);
    if (queue === undefined) this.#queues.set(timeoutMs, (queue = new Map<Deadlined, number>()));
    const at = performance.now() + timeoutMs;
    queue.set(item, at);
    this.#timeouts.set(item, timeoutMs);
    if (at < this.#timerAt) this.#arm(at);
  }

  remove(item: Deadlined): void {
    const timeoutMs = this.#timeouts.get(item);
    if (timeoutMs === undefined) return;
    this.#timeouts.delete(item);
    this.#queues.get(timeoutMs)?.delete(item);
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timerAt = Number.POSITIVE_INFINITY;
    this.#queues.clear();
    this.#timeouts.clear();
  }

  #arm(at: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timerAt = at;
    const wait = Math.min(Math.max(at - performance.now(), 1), 2 ** 31 - 1);
    this.#timer = setTimeout(() => this.#sweep(), wait).unref();
  }

  #sweep(): void {
    this.#timerAt = Number.POSITIVE_INFINITY;
    const now = performance.now();
    const due: Deadlined[] = [];
    let next = Number.POSITIVE_INFINITY;
    for (const queue of this.#queues.values()) {
      for (const [item, at] of queue) {
        if (at > now) {
          next = Math.min(next, at);
          break;
        }
        due.push(item);
      }
    }
    for (const item of due) {
      this.remove(item);
      item.timedOut();
    }
    if (next < this.#timerAt) this.#arm(next);
  }
}
