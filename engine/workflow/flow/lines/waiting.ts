// Who waits for which need, in the order in which it lets them in: steps of runs that have begun before runs that have not, the former in the
// order in which they asked, the latter by share, priority and arrival. Partitions that want permits of a pool take turns with its own lines. It
// follows from folded state, and nothing is folded from it.
import type { RunId } from "../../../core/ids.ts";
import { AskLine } from "./ask-line.ts";
import { pop, push } from "./heap.ts";
import type { Line } from "./rows.ts";

export type Waiter = { readonly kind: "ask"; readonly line: AskLine } | Lease | { readonly kind: "line"; readonly line: Line };

/** A partition that wants permits of a pool. */
interface Lease {
  readonly kind: "lease";
  readonly pool: string;
  readonly to: number;
  readonly number: number;
}

/** What is parked: a line, or by a text of its own a partition. */
type Subject = string | Line | AskLine;

/** How much a line's share had, and its first row; else when it asked. */
export interface Rank {
  readonly pass: number;
  readonly score: number;
  readonly number: number;
}

interface Parked extends Rank {
  readonly waiter: Waiter;
  readonly stamp: number;
}

/** Heaps that are as short are not looked through for what is stale. */
const FEW = 16;

export class Waiting {
  /** Of each need, the next in front. */
  readonly #asks = new Map<string, Parked[]>();
  readonly #lines = new Map<string, Parked[]>();
  readonly #leases = new Map<string, Parked[]>();
  /** What is parked, and with which entry; others are stale. */
  readonly #stamps = new Map<Subject, number>();
  #nextStamp = 1;
  /** Needs that may let somebody in: steps, and others. */
  readonly #openToAsks = new Set<string>();
  readonly #open = new Set<string>();
  /** Pools where a partition had the last turn. */
  readonly #lineIsNext = new Set<string>();
  /** Steps that ask, by all that they need. */
  readonly #askLines = new Map<string, AskLine>();
  /** How many of them ask for it, parked here or elsewhere. */
  readonly #asking = new Map<string, number>();
  /** Came, or came to be the first of its line, and was not looked at yet. */
  readonly #fresh = new Set<Line>();
  readonly #freshAsks = new Set<AskLine>();
  readonly #freshLeases = new Map<string, Lease>();
  /** Needs by permits of which some may have to be asked for; true where some are free that others want. */
  readonly #review = new Map<string, boolean>();
  #isAllNew = false;
  /** When it is looked at again, by time alone. */
  readonly #armed = new Map<string, number>();

  /** Whether anybody may be let in. */
  get isIdle(): boolean {
    const isNobodyNew = this.#fresh.size === 0 && this.#freshAsks.size === 0 && this.#freshLeases.size === 0;
    const isClosed = this.#open.size === 0 && this.#openToAsks.size === 0;
    return isClosed && isNobodyNew && this.#review.size === 0 && !this.#isAllNew;
  }

  /** The need may have room. */
  freed(need: string): void {
    if (this.#asks.has(need)) this.#openToAsks.add(need);
    if (this.#lines.has(need) || this.#leases.has(need)) this.#open.add(need);
  }

  /** All of them may. */
  freedAll(): void {
    for (const need of this.#asks.keys()) this.#openToAsks.add(need);
    for (const heaps of [this.#lines, this.#leases]) for (const need of heaps.keys()) this.#open.add(need);
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

  /** Nobody has permits or slots of it any more, nor is to get some: what is known of it is of use only to those that wait for it. */
  dropped(need: string): void {
    if (this.isWanted(need)) return;
    this.#review.delete(need);
    this.#lineIsNext.delete(need);
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
    const name = nameOf(needs);
    let line = this.#askLines.get(name);
    if (line === undefined) this.#askLines.set(name, (line = new AskLine(needs)));
    line.add(run, number, count);
    if (line.head?.run === run) this.#freshAsks.add(line);
  }

  /** So many of its asks are answered, or called off. `next`: number of the next of them, null for none. */
  answered(run: RunId, needs: readonly string[], count: number, next: number | null): void {
    for (const need of needs) {
      const left = this.asking(need) - count;
      if (left > 0) this.#asking.set(need, left);
      else this.#asking.delete(need);
    }
    const name = nameOf(needs);
    const line = this.#askLines.get(name);
    if (line === undefined) return;
    line.remove(run, count, next);
    if (line.head !== undefined) {
      this.#freshAsks.add(line);
      return;
    }
    this.#askLines.delete(name);
    this.#freshAsks.delete(line);
    this.#leave(line);
  }

  get isAnyAsking(): boolean {
    return this.#asking.size > 0;
  }

  /** How many steps ask for it. */
  asking(need: string): number {
    return this.#asking.get(need) ?? 0;
  }

  /** How many are parked at it: steps, and rows of lines. */
  demand(need: string, upTo: number): number {
    let count = 0;
    for (const heaps of [this.#asks, this.#lines]) {
      for (const { waiter, stamp } of heaps.get(need) ?? []) {
        if (waiter.kind === "lease" || this.#stamps.get(subjectOf(waiter)) !== stamp) continue;
        count += waiter.line.size;
        if (count >= upTo) return upTo;
      }
    }
    return count;
  }

  /** Whether anybody is parked at it. */
  isWanted(need: string): boolean {
    return this.first(need) !== undefined;
  }

  /** Whether a run of this partition is. */
  isWantedHere(need: string): boolean {
    return this.#top(this.#asks, need) !== undefined || this.#top(this.#lines, need) !== undefined;
  }

  /** What came since the last time. */
  takeFresh(): Waiter | undefined {
    for (const line of this.#freshAsks) {
      this.#freshAsks.delete(line);
      return { kind: "ask", line };
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

  /** Steps of runs that have begun go first. */
  openNeed(): string | undefined {
    for (const need of this.#openToAsks) {
      if (this.#top(this.#asks, need) !== undefined) return need;
      this.#openToAsks.delete(need);
    }
    const [need] = this.#open;
    return need;
  }

  /** It lets nobody in for now. */
  close(need: string): void {
    this.#open.delete(need);
    this.#openToAsks.delete(need);
  }

  /** Waits for this need from now on. */
  park(waiter: Waiter, need: string, rank: Rank): void {
    const stamp = this.#nextStamp++;
    this.#stamps.set(subjectOf(waiter), stamp);
    const heaps = waiter.kind === "lease" ? this.#leases : waiter.kind === "ask" ? this.#asks : this.#lines;
    let heap = heaps.get(need);
    if (heap === undefined) heaps.set(need, (heap = []));
    push(heap, { waiter, stamp, ...rank }, isBefore);
    if (heap.length > FEW && heap.length > 2 * this.#stamps.size) this.#dropStale(heap);
  }

  /** Who is the next to be let in. */
  first(need: string): Waiter | undefined {
    return this.#first(need)?.waiter;
  }

  /** Rank of the first, as it was when it was parked. */
  rankOfFirst(need: string): Rank | undefined {
    return this.#first(need);
  }

  /** It was let in, or could have been. */
  hadTurn(need: string, { kind }: Waiter): void {
    if (kind === "lease") this.#lineIsNext.add(need);
    else if (kind === "line") this.#lineIsNext.delete(need);
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

  /** Needs that have a timer, and when it comes, milliseconds since 1970. */
  armed(): Iterable<readonly [string, number]> {
    return this.#armed;
  }

  get armedCount(): number {
    return this.#armed.size;
  }

  /** Its timer came. */
  disarm(need: string): void {
    this.#armed.delete(need);
    this.freed(need);
  }

  #first(need: string): Parked | undefined {
    const lease = this.#top(this.#leases, need);
    const ask = this.#top(this.#asks, need);
    // Partitions may ask for steps, too.
    if (ask !== undefined) return lease !== undefined && lease.number < ask.number ? lease : ask;
    const line = this.#top(this.#lines, need);
    if (line === undefined || lease === undefined) return line ?? lease;
    return this.#lineIsNext.has(need) ? line : lease;
  }

  #top(heaps: Map<string, Parked[]>, need: string): Parked | undefined {
    const heap = heaps.get(need);
    if (heap === undefined) return undefined;
    for (let top = heap[0]; top !== undefined; top = heap[0]) {
      if (this.#stamps.get(subjectOf(top.waiter)) === top.stamp) return top;
      pop(heap, isBefore);
    }
    heaps.delete(need);
    return undefined;
  }

  /** At least half of it is: a line whose every row comes before those that were there leaves an entry behind with each. */
  #dropStale(heap: Parked[]): void {
    const valid = heap.filter(({ waiter, stamp }) => this.#stamps.get(subjectOf(waiter)) === stamp);
    heap.length = 0;
    for (const entry of valid) push(heap, entry, isBefore);
  }

  #leave(subject: Subject): void {
    this.#stamps.delete(subject);
  }
}

function subjectOf(waiter: Lease): string;
function subjectOf(waiter: Waiter): Subject;
function subjectOf(waiter: Waiter): Subject {
  return waiter.kind === "lease" ? `${waiter.to}@/${waiter.pool}` : waiter.line;
}

export function isBefore(a: Rank, b: Rank): boolean {
  if (a.pass !== b.pass) return a.pass < b.pass;
  return a.score === b.score ? a.number < b.number : a.score < b.score;
}

/** No two lists of needs have the same, whatever is in their texts. */
function nameOf(needs: readonly string[]): string {
  const [only = ""] = needs;
  return needs.length === 1 ? only : JSON.stringify(needs);
}
