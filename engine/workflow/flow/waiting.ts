// Who waits for which need, in the order in which it lets them in: steps of runs that have begun before runs that have not, the former in the
// order in which they asked, the latter by share, priority and arrival. It follows from folded state, and nothing is folded from it.
import type { RunId } from "../../core/ids.ts";
import type { Line } from "./rows.ts";

export type Waiter =
  { readonly kind: "ask"; readonly run: RunId; readonly number: number } | Lease | { readonly kind: "line"; readonly line: Line };

/** A partition that wants permits of a pool. */
interface Lease {
  readonly kind: "lease";
  readonly pool: string;
  readonly to: number;
  readonly number: number;
}

/** What is parked: a run, a line, or by a text of its own a partition. */
type Subject = string | Line;

/** Of a line: how much its share had, and its first row. */
export interface Rank {
  readonly pass: number;
  readonly score: number;
  readonly number: number;
}

interface Parked extends Rank {
  readonly waiter: Waiter;
  readonly stamp: number;
}

export class Waiting {
  readonly #parked = new Map<string, Parked[]>();
  /** What is parked, and with which entry; others are stale. */
  readonly #stamps = new Map<Subject, number>();
  readonly #places = new Map<Subject, string>();
  #nextStamp = 1;
  /** Needs that may let somebody in. */
  readonly #open = new Set<string>();
  /** Steps that ask for it, by need: of all runs, parked here or elsewhere. */
  readonly #asking = new Map<string, number>();
  /** Came, or came to be the first of its line, and was not looked at yet. */
  readonly #fresh = new Set<Line>();
  readonly #freshAsks = new Map<RunId, number>();
  readonly #freshLeases = new Map<string, Lease>();
  /** Needs by permits of which some may have to be asked for; true where some are free that others want. */
  readonly #review = new Map<string, boolean>();
  #isAllNew = false;
  /** When it is looked at again, by time alone. */
  readonly #armed = new Map<string, number>();

  /** Whether anybody may be let in. */
  get isIdle(): boolean {
    const isNobodyNew = this.#fresh.size === 0 && this.#freshAsks.size === 0 && this.#freshLeases.size === 0;
    return this.#open.size === 0 && isNobodyNew && this.#review.size === 0 && !this.#isAllNew;
  }

  /** The need may have room. */
  freed(need: string): void {
    if (this.#parked.has(need)) this.#open.add(need);
  }

  /** All of them may. */
  freedAll(): void {
    for (const need of this.#parked.keys()) this.#open.add(need);
    this.#isAllNew = true;
  }

  /** Limits may be others than before. */
  takeAllNew(): boolean {
    const isAllNew = this.#isAllNew;
    this.#isAllNew = false;
    return isAllNew;
  }

  /** Permits of it may have to be asked for; `areWanted`: or given back, since some are free that others want. */
  review(need: string, areWanted = false): void {
    this.#review.set(need, areWanted || this.#review.get(need) === true);
  }

  takeReview(): { readonly need: string; readonly areWanted: boolean } | undefined {
    for (const [need, areWanted] of this.#review) {
      this.#review.delete(need);
      return { need, areWanted };
    }
    return undefined;
  }

  wanted(lease: Lease): void {
    this.#freshLeases.set(subjectOf(lease), lease);
  }

  /** Its first row is another one, or its first. */
  lineChanged(line: Line): void {
    if (line.size > 0) this.#fresh.add(line);
    else {
      this.#fresh.delete(line);
      this.#leave(line);
    }
  }

  asked(run: RunId, needs: readonly string[], number: number, count: number): void {
    for (const need of needs) this.#asking.set(need, this.asking(need) + count);
    if (!this.#places.has(run)) this.#freshAsks.set(run, number);
  }

  /** So many of its asks are answered, or called off. `next`: number of the next of them, null for none. */
  answered(run: RunId, needs: readonly string[], count: number, next: number | null): void {
    for (const need of needs) {
      const left = this.asking(need) - count;
      if (left > 0) this.#asking.set(need, left);
      else this.#asking.delete(need);
    }
    this.#leave(run);
    this.#freshAsks.delete(run);
    if (next !== null) this.#freshAsks.set(run, next);
  }

  get isAnyAsking(): boolean {
    return this.#asking.size > 0;
  }

  /** How many steps ask for it. */
  asking(need: string): number {
    return this.#asking.get(need) ?? 0;
  }

  /** How many are parked at it: asks one by one, lines by their rows. */
  demand(need: string, upTo: number): number {
    let count = 0;
    for (const { waiter, stamp } of this.#parked.get(need) ?? []) {
      if (this.#stampOf(waiter) !== stamp) continue;
      count += waiter.kind === "line" ? waiter.line.size : 1;
      if (count >= upTo) return upTo;
    }
    return count;
  }

  /** Whether anybody is parked at it. */
  isWanted(need: string): boolean {
    return this.first(need) !== undefined;
  }

  /** What came since the last time. */
  takeFresh(): Waiter | undefined {
    for (const [run, number] of this.#freshAsks) {
      this.#freshAsks.delete(run);
      return { kind: "ask", run, number };
    }
    for (const [subject, lease] of this.#freshLeases) {
      this.#freshLeases.delete(subject);
      return lease;
    }
    for (const line of this.#fresh) {
      this.#fresh.delete(line);
      if (line.size > 0) return { kind: "line", line };
      this.#leave(line);
    }
    return undefined;
  }

  openNeed(): string | undefined {
    const [need] = this.#open;
    return need;
  }

  /** It lets nobody in for now. */
  close(need: string): void {
    this.#open.delete(need);
  }

  /** Waits for this need from now on. */
  park(waiter: Waiter, need: string, rank: Rank): void {
    const subject = subjectOf(waiter);
    const stamp = this.#nextStamp++;
    this.#stamps.set(subject, stamp);
    this.#places.set(subject, need);
    let heap = this.#parked.get(need);
    if (heap === undefined) this.#parked.set(need, (heap = []));
    push(heap, { waiter, stamp, ...rank });
  }

  /** Who is the next to be let in. */
  first(need: string): Waiter | undefined {
    const heap = this.#parked.get(need);
    if (heap === undefined) return undefined;
    for (let top = heap[0]; top !== undefined; top = heap[0]) {
      if (this.#stampOf(top.waiter) === top.stamp) return top.waiter;
      pop(heap);
    }
    this.#parked.delete(need);
    return undefined;
  }

  /** Rank of the first, as it was when it was parked. */
  rankOfFirst(need: string): Rank | undefined {
    return this.first(need) === undefined ? undefined : this.#parked.get(need)?.[0];
  }

  leave(waiter: Waiter): void {
    if (waiter.kind === "lease") this.#freshLeases.delete(subjectOf(waiter));
    this.#leave(subjectOf(waiter));
  }

  /** Whether a timer is to be set for it: none is that comes as early. */
  arm(need: string, at: number, now: number): boolean {
    const armed = this.#armed.get(need);
    if (armed !== undefined && armed > now && armed <= at) return false;
    this.#armed.set(need, at);
    return true;
  }

  /** Its timer came. */
  disarm(need: string): void {
    this.#armed.delete(need);
    this.freed(need);
  }

  #leave(subject: Subject): void {
    this.#stamps.delete(subject);
    this.#places.delete(subject);
  }

  #stampOf(waiter: Waiter): number | undefined {
    return this.#stamps.get(subjectOf(waiter));
  }
}

function subjectOf(waiter: Lease): string;
function subjectOf(waiter: Waiter): Subject;
function subjectOf(waiter: Waiter): Subject {
  if (waiter.kind === "lease") return `${waiter.to}@/${waiter.pool}`;
  return waiter.kind === "ask" ? waiter.run : waiter.line;
}

function isBefore(a: Parked, b: Parked): boolean {
  const isLine = a.waiter.kind === "line";
  if (isLine !== (b.waiter.kind === "line")) return !isLine;
  if (a.pass !== b.pass) return a.pass < b.pass;
  return a.score === b.score ? a.number < b.number : a.score < b.score;
}

function push(heap: Parked[], item: Parked): void {
  let index = heap.length;
  heap.push(item);
  while (index > 0) {
    const parent = (index - 1) >> 1;
    const above = heap[parent];
    if (above === undefined || !isBefore(item, above)) break;
    heap[index] = above;
    index = parent;
  }
  heap[index] = item;
}

function pop(heap: Parked[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let index = 0;
  for (;;) {
    let child = 2 * index + 1;
    const [left, right] = [heap[child], heap[child + 1]];
    if (left === undefined) break;
    if (right !== undefined && isBefore(right, left)) child += 1;
    const below = heap[child];
    if (below === undefined || !isBefore(below, last)) break;
    heap[index] = below;
    index = child;
  }
  heap[index] = last;
}
