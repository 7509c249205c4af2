// What people tell a partition: a message to its inbox, which whoever owns it decides, now or when it runs again.
import { encodeMessage, encodeParcel } from "../journal/inbox.ts";
import type { Log } from "../log/log.ts";
import type { MessageBody } from "../workflow/records.ts";

export interface CommandTarget {
  readonly log: Log;
  readonly inbox: string;
  readonly partitions: number;
  readonly signal?: AbortSignal;
}

/** Of people: nothing counts their messages, so each is decided as it is. */
const FROM_PEOPLE = { from: -1, sequence: 0, epoch: -1, nonce: 0 };

/** Resolves when the log has it. @throws LogError */
export async function tellPartition({ log, inbox, signal }: CommandTarget, partition: number, command: MessageBody): Promise<void> {
  const { from, ...letter } = FROM_PEOPLE;
  const value = encodeParcel({ from, messages: [{ ...letter, body: encodeMessage(command) }] });
  await log.append({ topic: inbox, partition }, [{ key: null, value }], signal === undefined ? {} : { signal });
}
