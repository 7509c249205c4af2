// Time-outs of steps and functions: one timer for all, since there are tens of thousands a second and hardly any comes due.

export interface Deadlined {
  timedOut(): void;
}

export class Deadlines {
  /** By time-out: when each came, in that order, so that the first of each is the next to come due. */
  readonly #queues = new Map<number, Map<Deadlined, number>>();
  #timer: NodeJS.Timeout | null = null;
  #timerAt = Number.POSITIVE_INFINITY;

  /** Begins, or begins anew, to count. */
  add(item: Deadlined, timeoutMs: number): void {
    let queue = this.#queues.get(timeoutMs);
    if (queue === undefined) this.#queues.set(timeoutMs, (queue = new Map<Deadlined, number>()));
    const at = performance.now() + timeoutMs;
    queue.delete(item);
    queue.set(item, at);
    if (at < this.#timerAt) this.#arm(at);
  }

  /** `timeoutMs` as it was added with. */
  remove(item: Deadlined, timeoutMs: number): void {
    this.#queues.get(timeoutMs)?.delete(item);
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timerAt = Number.POSITIVE_INFINITY;
    this.#queues.clear();
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
    for (const [timeoutMs, queue] of this.#queues) {
      for (const [item, at] of queue) {
        if (at > now) {
          next = Math.min(next, at);
          break;
        }
        queue.delete(item);
        due.push(item);
      }
      // Users may compute their time-outs: what nobody uses is forgotten.
      if (queue.size === 0) this.#queues.delete(timeoutMs);
    }
    for (const item of due) item.timedOut();
    if (next < this.#timerAt) this.#arm(next);
  }
}
