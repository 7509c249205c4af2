// The process that rebuilds partitions from the first entries of their journals, which takes a while and all of a processor.
import { MillraceError } from "../../engine/core/errors.ts";
import { isSameState, WRONG, wrongIn } from "../../engine/replay/proof.ts";
import { verify } from "../../engine/replay/verify.ts";
import type { LiveDigest } from "../../engine/replay/live-digests.ts";
import type { AppTopics } from "../../engine/task/app-topics.ts";
import { serveWork } from "../child/serve-work.ts";

export interface VerifyRequest {
  readonly topics: Pick<AppTopics, "journal" | "state">;
  /** By partition: what its owner said; null: none answered. */
  readonly live: readonly (LiveDigest | null)[];
}

export type VerifyTold =
  | { readonly kind: "progress"; readonly partition: number; readonly share: number; readonly records: number }
  | { readonly kind: "partition"; readonly partition: number; readonly verdict: Verdict };

export interface Verdict {
  readonly lsn: number;
  readonly digest: string;
  readonly isEqual: boolean | null;
  readonly problem: string | null;
}

serveWork(async (asked, log, tell) => {
  const { topics, live } = asked as VerifyRequest;
  const say = (told: VerifyTold): void => tell(told);
  for (const [partition, owner] of live.entries()) {
    say({ kind: "partition", partition, verdict: await verdictOf(partition, owner) });
  }
  return null;

  async function verdictOf(partition: number, owner: LiveDigest | null): Promise<Verdict> {
    try {
      const verified = await verify({
        log,
        topics,
        partition,
        ...(owner === null ? {} : { untilLsn: owner.lsn }),
        onProgress: ({ offset, end, records }) => say({ kind: "progress", partition, share: offset / Math.max(end, 1), records }),
      });
      const wrong = wrongIn(verified, owner);
      return {
        lsn: verified.lsn,
        digest: verified.digest,
        isEqual: owner === null ? null : isSameState(owner, verified),
        problem: wrong === null ? null : WRONG[wrong],
      };
    } catch (error) {
      // The others are as worth knowing.
      if (!(error instanceof MillraceError)) throw error;
      return { lsn: 0, digest: "", isEqual: null, problem: `${error.code}: ${error.message}` };
    }
  }
});
