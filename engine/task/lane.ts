// One for a process, shared by its tasks: the runs that owners died with pass through it in groups, the least suspicious first, the most
// suspicious alone. So a process that dies again has died of few, and others were called, and got somewhere, before.
import { groupSize, LONE_SUSPICION } from "../workflow/run/suspicion.ts";

/** The longest time for what is called to get somewhere, before others are called that are more suspicious. */
export const PATIENCE_MS = 10_000;

/** So long for a group of this suspicion: the smaller groups get, the more it matters which of them a process died of. */
export function patienceMs(suspicion: number): number {
  return Math.min(1_000 * 2 ** Math.max(suspicion - 1, 0), PATIENCE_MS);
}

export interface Suspect {
  /** How often owners died with it. */
  readonly suspicion: number;
  /** An owner died while it was called alone: it is called first, before others are there to be blamed or to blame. */
  readonly isUrgent: boolean;
  /** It is its turn, until it leaves. `alone`: nothing else begins in this process meanwhile. */
  begin(alone: boolean): void;
}

export class Lane {
  /** By suspicion, in the order in which they came. */
  readonly #waiting = new Map<number, Set<Suspect>>();
  readonly #urgent = new Set<Suspect>();
  readonly #inside = new Set<Suspect>();
  readonly #whenLoud = new Set<() => void>();
  /** So many ask for time before anybody enters. */
  #heldBack = 0;
  #isQuiet = false;
  #isChoosing = false;

  /** A run is called alone: no other is to begin, and what is new waits as well. */
  get isQuiet(): boolean {
    return this.#isQuiet;
  }

  /** Calls back whenever runs may begin again, until the returned function is called. */
  whenLoud(callback: () => void): () => void {
    this.#whenLoud.add(callback);
    return () => void this.#whenLoud.delete(callback);
  }

  /** Nobody enters until the returned function is called: there are runs that are less suspicious. */
  holdBack(): () => void {
    let isHeld = true;
    this.#heldBack += 1;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.#heldBack -= 1;
      this.#choose();
    };
  }

  /** Its turn may come at once. */
  enter(suspect: Suspect): void {
    this.#peersOf(suspect).add(suspect);
    this.#choose();
  }

  /** Whether it waits still or its turn has come. */
  leave(suspect: Suspect): void {
    this.#stopWaiting(suspect);
    if (!this.#inside.delete(suspect)) return;
    if (this.#isQuiet) {
      this.#isQuiet = false;
      for (const callback of this.#whenLoud) callback();
    }
    this.#choose();
  }

  /** Whoever begins may leave at once, which comes back here. */
  #choose(): void {
    if (this.#isChoosing) return;
    this.#isChoosing = true;
    while (this.#inside.size === 0) {
      const group = this.#next();
      if (group.length === 0) break;
      this.#begin(group);
    }
    this.#isChoosing = false;
  }

  #next(): readonly Suspect[] {
    if (this.#urgent.size > 0) return [...this.#urgent.values().take(1)];
    if (this.#heldBack > 0 || this.#waiting.size === 0) return [];
    const least = Math.min(...this.#waiting.keys());
    const peers = this.#waiting.get(least) ?? new Set();
    return [...peers.values().take(groupSize(least, peers.size))];
  }

  #begin(group: readonly Suspect[]): void {
    for (const suspect of group) {
      this.#stopWaiting(suspect);
      this.#inside.add(suspect);
    }
    const isAlone = group.every(({ suspicion }) => suspicion >= LONE_SUSPICION);
    this.#isQuiet = isAlone;
    for (const suspect of group) if (this.#inside.has(suspect)) suspect.begin(isAlone);
  }

  #peersOf({ suspicion, isUrgent }: Suspect): Set<Suspect> {
    if (isUrgent) return this.#urgent;
    let peers = this.#waiting.get(suspicion);
    if (peers === undefined) this.#waiting.set(suspicion, (peers = new Set()));
    return peers;
  }

  #stopWaiting(suspect: Suspect): void {
    this.#urgent.delete(suspect);
    const peers = this.#waiting.get(suspect.suspicion);
    if (peers?.delete(suspect) === true && peers.size === 0) this.#waiting.delete(suspect.suspicion);
  }
}
