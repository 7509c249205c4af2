// Time-outs of steps and functions: one timer for all, since there are tens of thousands a second and hardly any comes due.

export interface Deadlined {
  /** Null while nothing is counted; nobody changes it but `Deadlines`. */
  deadline: Deadline | null;
  timedOut(): void;
}

/** A link of a queue: coming and going is to cost nothing that grows with the queue. */
export interface Deadline {
  readonly item: Deadlined;
  readonly queue: Queue;
  /** On `performance.now()`'s scale. */
  readonly at: number;
  before: Deadline | null;
  after: Deadline | null;
}

/** All with the same time-out, in the order in which they came: the first is the next to come due. */
interface Queue {
  first: Deadline | null;
  last: Deadline | null;
}

export class Deadlines {
  /** By time-out. */
  readonly #queues = new Map<number, Queue>();
  #timer: NodeJS.Timeout | null = null;
  #timerAt = Number.POSITIVE_INFINITY;

  /** Begins, or begins anew, to count. `now`: on `performance.now()`'s scale. */
  add(item: Deadlined, timeoutMs: number, now = performance.now()): void {
    this.remove(item);
    let queue = this.#queues.get(timeoutMs);
    if (queue === undefined) this.#queues.set(timeoutMs, (queue = { first: null, last: null }));
    const at = now + timeoutMs;
    const deadline: Deadline = { item, queue, at, before: queue.last, after: null };
    if (queue.last === null) queue.first = deadline;
    else queue.last.after = deadline;
    queue.last = deadline;
    item.deadline = deadline;
    if (at < this.#timerAt) this.#arm(at);
  }

  remove(item: Deadlined): void {
    const { deadline } = item;
    if (deadline === null) return;
    const { queue, before, after } = deadline;
    if (before === null) queue.first = after;
    else before.after = after;
    if (after === null) queue.last = before;
    else after.before = before;
    item.deadline = null;
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
      for (let { first } = queue; first !== null && first.at <= now; { first } = queue) {
        this.remove(first.item);
        due.push(first.item);
      }
      if (queue.first !== null) next = Math.min(next, queue.first.at);
      // Users may compute their time-outs: what nobody uses is forgotten.
      else this.#queues.delete(timeoutMs);
    }
    for (const item of due) item.timedOut();
    if (next < this.#timerAt) this.#arm(next);
  }
}
