// Messages to other tasks: owed in the frame that decides them, sent after its ack, confirmed by a later frame (R7). An owner that dies in
// between leaves them to its successor, and the receiver passes over what it knows.
import { decided, ignored, type Decision } from "../decision.ts";
import type { MessagesConfirmed, MessageSent } from "../records.ts";
import type { PartitionState } from "../state.ts";

export interface ConfirmMessages {
  readonly type: "ConfirmMessages";
  readonly to: number;
  readonly through: number;
}

export function messageSent(state: PartitionState, to: number, body: Buffer): MessageSent {
  return { type: "MessageSent", to, sequence: state.outboxes.get(to)?.next ?? 1, body };
}

export function evolveMessageSent(state: PartitionState, { to, sequence, body }: MessageSent): void {
  let outbox = state.outboxes.get(to);
  if (outbox === undefined) state.outboxes.set(to, (outbox = { next: 1, pending: new Map() }));
  outbox.next = sequence + 1;
  const { epoch, nonce } = state.owner ?? { epoch: -1, nonce: -1 };
  outbox.pending.set(sequence, { body, epoch, nonce });
}

export function evolveMessagesConfirmed(state: PartitionState, { to, through }: MessagesConfirmed): void {
  const pending = state.outboxes.get(to)?.pending;
  if (pending === undefined) return;
  for (const sequence of pending.keys()) {
    if (sequence > through) break;
    pending.delete(sequence);
  }
}

/** Of what is owed to this partition's own inbox, something is not decided yet: whatever is told later has to come behind it. */
export function isOwnOnItsWay({ partition, outboxes, senders }: PartitionState): boolean {
  return (outboxes.get(partition)?.next ?? 1) - 1 > (senders.get(partition)?.sequence ?? 0);
}

export function decideConfirmMessages(state: PartitionState, { to, through }: ConfirmMessages): Decision {
  const [first] = state.outboxes.get(to)?.pending.keys() ?? [];
  if (first === undefined || first > through) return ignored("already confirmed");
  return decided({ type: "MessagesConfirmed", to, through });
}
