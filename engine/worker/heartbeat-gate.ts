// R9: what another owner claimed is claimed again only while the group still assigns it to this worker, by a heartbeat since then.
import type { Clock } from "../core/clock.ts";
import type { Membership } from "../log/log.ts";
import { LogError } from "../log/errors.ts";

const POLL_MS = 50;

/** Resolves after a heartbeat that began after this call succeeded. @throws LogError `LOG_ABORTED` when the partition is no longer assigned. */
export async function afterHeartbeat(clock: Clock, membership: () => Membership | null, isAssigned: () => boolean): Promise<void> {
  const since = clock.monotonicMs();
  for (;;) {
    if (!isAssigned()) throw new LogError("LOG_ABORTED", "the partition is assigned to another worker now");
    if ((membership()?.lastHeartbeatAt() ?? Number.NEGATIVE_INFINITY) > since) return;
    await new Promise<void>((resolve) => void clock.setTimer(POLL_MS, resolve));
  }
}
