// Which of a sender's messages are new (R7). A number that is known is a duplicate; one that is too high tells that some are missing.
import type { MessagesReceived } from "../records.ts";
import type { PartitionState } from "../state.ts";
import type { SenderState } from "./state.ts";

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
  /** The sender's log lost frames that it had acknowledged: what they told is known here, and is told otherwise now. */
  | { readonly kind: "rewritten" };

const NOBODY: SenderState = { sequence: 0, epoch: -1, nonce: -1 };

export function arrivalOf(last: SenderState = NOBODY, letter: Numbered): Arrival {
  if (isRewritten(last, letter)) return { kind: "rewritten" };
  if (letter.sequence <= last.sequence) return { kind: "duplicate" };
  if (letter.sequence === last.sequence + 1) return { kind: "new" };
  return { kind: "gap", from: last.sequence + 1, to: letter.sequence - 1 };
}

/** Numbers and owners count up together: what was decided later has the higher number, and one number has one who decided it. */
function isRewritten(last: SenderState, { sequence, epoch, nonce }: Numbered): boolean {
  if (last.sequence === 0) return false;
  if (epoch === last.epoch) return nonce !== last.nonce;
  return sequence > last.sequence ? epoch < last.epoch : sequence === last.sequence || epoch > last.epoch;
}

export function evolveMessagesReceived(state: PartitionState, { from, through, epoch, nonce }: MessagesReceived): void {
  state.senders.set(from, { sequence: through, epoch, nonce });
}
