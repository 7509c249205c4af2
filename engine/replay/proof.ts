// What a partition's rebuilt state says of its live task, and of its image.
import type { LiveDigest } from "./live-digests.ts";
import type { VerifiedState } from "./verify.ts";

/** The live task, or the image, has another state than the journal says. */
export type Wrong = "state" | "image";

export const WRONG: Readonly<Record<Wrong, string>> = {
  state:
    "the running task has another state than its journal says. This is a bug in Millrace: please report it. The journal is right: restart the worker, which then rebuilds its state",
  image:
    "the image leads to another state than the journal. This is a bug in Millrace: please report it. Until then, stop the workers and delete the topic of the image",
};

export function isSameState(live: LiveDigest, { lsn, digest }: VerifiedState): boolean {
  return live.lsn === lsn && live.digest === digest;
}

/** `live`: null where no task answered. */
export function wrongIn(verified: VerifiedState, live: LiveDigest | null): Wrong | null {
  if (live !== null && !isSameState(live, verified)) return "state";
  const { image } = verified;
  return image !== undefined && "isEqual" in image && !image.isEqual ? "image" : null;
}
