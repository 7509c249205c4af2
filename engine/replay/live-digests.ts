// What the owners of partitions say of their live state: asked by their inboxes, told in their journals.
import { randomId } from "../core/ids.ts";
import { tellAndHear, type HearingOptions } from "../task/tell-and-hear.ts";

export interface LiveDigest {
  /** Number of the frame after which the state had it. */
  readonly lsn: number;
  readonly digest: string;
}

/** Null where no owner answers in time: nobody runs the partition, or it has stopped. @throws LogError */
export async function askDigest(options: HearingOptions): Promise<LiveDigest | null> {
  const nonce = randomId();
  return tellAndHear(options, { type: "AskDigest", nonce }, (record) =>
    record.type === "DigestTold" && record.nonce === nonce ? { lsn: record.of, digest: record.digest } : null,
  );
}
