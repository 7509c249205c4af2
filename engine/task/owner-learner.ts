// Who owned a partition where reading of its journal begins, when that is not at its beginning (R3): learned from what is there.
import { isOwner } from "../workflow/ownership/claim.ts";
import type { PartitionState } from "../workflow/state.ts";
import { readEntry } from "./fold.ts";

/** What was read from the middle turned out to be of an owner that was replaced: read again, with this epoch. */
export class OtherEpoch extends Error {
  readonly epoch: number;

  constructor(epoch: number) {
    super("another epoch was in force where reading began");
    this.epoch = epoch;
  }
}

/** Owners that claimed before the first entry are known by their frames: of several, the one that claimed last is in force. */
export class OwnerLearner {
  readonly #state: PartitionState;
  readonly #from: number;
  readonly #epoch: number | undefined;
  #knowsNumber = false;

  /** `epoch`: the one in force at `from`, where an earlier reading has learned it. */
  constructor(state: PartitionState, from: number, epoch: number | undefined) {
    this.#state = state;
    this.#from = from;
    this.#epoch = epoch;
  }

  /** Nothing that follows tells more. */
  get isSure(): boolean {
    const { owner } = this.#state;
    return this.#knowsNumber && owner !== null && owner.epoch >= this.#from;
  }

  /** At an entry that is about to be taken. @throws OtherEpoch */
  look(offset: number, value: Buffer | null): void {
    const state = this.#state;
    if (this.isSure) return;
    const entry = readEntry(state.partition, offset, value);
    if (entry.kind === "claim") state.owner ??= { epoch: this.#epoch ?? entry.claim.replaces, nonce: -1, worker: "" };
    if (entry.kind !== "frame") return;
    const { frame } = entry;
    if (frame.epoch < this.#from && (this.#epoch ?? frame.epoch) === frame.epoch) {
      if (state.owner !== null && frame.epoch > state.owner.epoch) throw new OtherEpoch(frame.epoch);
      state.owner ??= { epoch: frame.epoch, nonce: frame.nonce, worker: "" };
    }
    if (this.#knowsNumber || !isOwner(state, frame)) return;
    state.lsn = frame.lsn - 1;
    this.#knowsNumber = true;
  }
}
