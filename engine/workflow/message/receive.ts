// Which of a sender's messages are new (R7). A number that is known is a duplicate; one that is too high tells that some are missing.
import type { MessagesReceived } from "../records.ts";
import type { PartitionState } from "../state.ts";

export interface Numbered {
  readonly sequence: number;
  readonly epoch: number;
  readonly nonce: number;
}

export type Arrival =
  | { readonly kind: "new" }
  | { readonly kind: "duplicate" }
  /** Messages `from` to `to` are missing. */
  | { readonly kind: "gap"; readonly from: number; readonly to: number }
  /** Its number is known as that of another message: the sender's log lost frames that it had acknowledged. */
  | { readonly kind: "rewritten" };

export function arrivalOf(state: PartitionState, from: number, letter: Numbered): Arrival {
  const known = state.senders.get(from);
  const last = known?.sequence ?? 0;
  if (letter.sequence === last + 1) return { kind: "new" };
  if (letter.sequence > last) return { kind: "gap", from: last + 1, to: letter.sequence - 1 };
  const isOther = letter.sequence === last && (letter.epoch !== known?.epoch || letter.nonce !== known.nonce);
  return { kind: isOther ? "rewritten" : "duplicate" };
}

export function evolveMessagesReceived(state: PartitionState, { from, through, epoch, nonce }: MessagesReceived): void {
  state.senders.set(from, { sequence: through, epoch, nonce });
}
