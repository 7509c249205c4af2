// How a task comes to its partition's state: by what a standby has folded ahead of time, and the journal from there on; else by its image, or by
// the journal alone (R1).
import type { PartitionState } from "../workflow/state.ts";
import { adopt, restoreWithImage, type RestoredWithImage, type RestoreWithImageOptions } from "./image/restore-with-image.ts";
import { restore } from "./restore.ts";

/** The fold of a journal up to `next`, the first offset that is not folded. */
export interface FoldedAhead {
  readonly state: PartitionState;
  readonly next: number;
}

export interface BringUpOptions extends RestoreWithImageOptions {
  /** Null where there is none, or it is no good. */
  readonly ahead?: FoldedAhead | null;
}

/** @throws JournalError, LogError */
export async function bringUp({ ahead = null, ...options }: BringUpOptions): Promise<RestoredWithImage> {
  if (ahead === null) return restoreWithImage(options);
  adopt(options.state, ahead.state);
  const restored = await restore({ ...options, from: ahead.next });
  // The owner before has gone on writing the image since.
  options.onReady(null);
  return { ...restored, imageLsn: null };
}
