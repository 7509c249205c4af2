// Builds each partition's state again from the first entry of its journal, and holds it against what its owner had.
import type { Log } from "../../engine/log/log.ts";
import { rebuildDigest } from "../../engine/replay/verify.ts";
import { many, type Finding } from "./finding.ts";
import type { OwnDigest } from "./messages.ts";
import { PARTITIONS } from "./stage.ts";

export async function compareDigests(log: Log, journal: string, owned: readonly OwnDigest[]): Promise<Finding> {
  const compared = await Promise.all(
    owned.map(async ({ partition, lsn, digest }) => {
      const rebuilt = await rebuildDigest({ log, topics: { journal }, partition, untilLsn: lsn });
      return { partition, isEqual: rebuilt.digest === digest && rebuilt.lsn === lsn };
    }),
  );
  const different = compared.filter(({ isEqual }) => !isEqual).map(({ partition }) => partition);
  if (different.length > 0)
    return { holds: false, text: `rebuilt from the journal, partitions ${different.join(", ")} are not what their owners had` };
  return {
    holds: new Set(owned.map(({ partition }) => partition)).size === PARTITIONS,
    text: `${many(owned.length, "partition")} rebuilt from the journal: each has the digest that its owner had`,
  };
}
