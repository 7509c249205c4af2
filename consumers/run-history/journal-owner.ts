// Which entries of a journal count: the same as the engine's fold says (R3, R5), with no more than the claim in force in hand.
import type { Claim, Frame } from "../../schemas/journal/generated.ts";

export interface Owner {
  /** Offset of the claim in force; -1: nobody claimed yet; null: it is not known, since something is missing or cannot be read. */
  readonly epoch: number | null;
  readonly nonce: number;
  /** Of the last entry that counted; 0 where that is not known either. */
  readonly lsn: number;
}

export const NOBODY: Owner = { epoch: -1, nonce: -1, lsn: 0 };
/** The journal does not begin with its first entry. */
export const UNKNOWN: Owner = { epoch: null, nonce: -1, lsn: 0 };

/** Null: it does not count. */
export function ownerAfterClaim(owner: Owner, claim: Claim, offset: number): Owner | null {
  if (owner.epoch !== null && claim.replaces !== owner.epoch) return null;
  const isNumbered = owner.epoch === NOBODY.epoch || owner.lsn > 0;
  return { epoch: offset, nonce: claim.nonce, lsn: isNumbered ? owner.lsn + 1 : 0 };
}

export interface Counted {
  readonly owner: Owner;
  /** So many frames before it are not there. */
  readonly missing: number;
}

/** Null: it does not count: an old owner's, or a duplicate. */
export function ownerAfterFrame(owner: Owner, { epoch, nonce, lsn }: Frame): Counted | null {
  // Whoever wrote the first frame after what is not known owned the partition there.
  if (owner.epoch !== null && (epoch !== owner.epoch || nonce !== owner.nonce)) return null;
  if (lsn <= owner.lsn) return null;
  return { owner: { epoch, nonce, lsn }, missing: owner.lsn === 0 ? 0 : lsn - owner.lsn - 1 };
}

/** An entry could not be read: it may have been a claim. */
export function ownerAfterDamage(owner: Owner): Owner {
  return { ...owner, epoch: null };
}
