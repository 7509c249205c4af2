// Who owns the partition (R3): the claim in force, by its offset and nonce.
import type { Claim } from "../../../schemas/journal/generated.ts";
import { evolveHandlersLost } from "../consumer/suspicion.ts";
import { evolveOwnerReplaced, isOwnerLost } from "../run/suspicion.ts";
import type { PartitionState } from "../state.ts";

export const NO_EPOCH = -1;

/** Folds a claim that stands at `offset`. Returns whether it counts. */
export function evolveClaim(state: PartitionState, claim: Claim, offset: number): boolean {
  if (claim.replaces !== epochInForce(state)) return false;
  if (isOwnerLost(state, claim.worker)) {
    evolveOwnerReplaced(state);
    evolveHandlersLost(state);
  }
  state.owner = { epoch: offset, nonce: claim.nonce, worker: claim.worker };
  state.farewell = null;
  // The claim's time is for people: a claimant may not have learned the log's time yet.
  state.lsn += 1;
  return true;
}

export function epochInForce(state: PartitionState): number {
  return state.owner?.epoch ?? NO_EPOCH;
}

export function isOwner(state: PartitionState, frame: { readonly epoch: number; readonly nonce: number }): boolean {
  return state.owner !== null && state.owner.epoch === frame.epoch && state.owner.nonce === frame.nonce;
}
