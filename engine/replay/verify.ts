// Builds a partition's state from the first entry of its journal (R1). Its digest equals that of the live task at the same lsn, or one of the two
// is wrong; so does that of the state which its image and the rest of the journal make.
import type { Log } from "../log/log.ts";
import type { AppTopics } from "../task/app-topics.ts";
import { loadImage, type LoadedImage } from "../task/image/load-image.ts";
import { refusalOf } from "../task/image/restore-with-image.ts";
import { restore, type RestoreProgress } from "../task/restore.ts";
import { stateDigest } from "../task/state-digest.ts";
import { emptyState } from "../workflow/state.ts";

export interface RebuildOptions {
  readonly log: Log;
  readonly topics: Pick<AppTopics, "journal">;
  readonly partition: number;
  /** Number of the last frame to fold. Default: all that the journal holds now. */
  readonly untilLsn?: number;
  readonly onProgress?: (progress: RestoreProgress) => void;
  readonly signal?: AbortSignal;
}

export interface RebuiltState {
  /** Below `untilLsn` where the journal ends before it. */
  readonly lsn: number;
  readonly digest: string;
}

export interface VerifyOptions extends RebuildOptions {
  readonly topics: Pick<AppTopics, "journal" | "state">;
}

export interface VerifiedState extends RebuiltState {
  /** Of the image; not there where there is none, or it is of a later frame. */
  readonly image?: ImageVerdict;
}

export type ImageVerdict =
  /** Number of the frame that it is of; and whether it leads to the same state. */
  | { readonly lsn: number; readonly isEqual: boolean }
  /** It would not be used. */
  | { readonly rejected: string };

/** @throws JournalError where the journal cannot be folded; LogError */
export async function rebuildDigest(options: RebuildOptions): Promise<RebuiltState> {
  const { log, topics, partition, untilLsn, onProgress, signal = new AbortController().signal } = options;
  const state = emptyState(partition, 1);
  await restore({
    log,
    journal: { topic: topics.journal, partition },
    state,
    signal,
    ...(untilLsn === undefined ? {} : { untilLsn }),
    ...(onProgress === undefined ? {} : { onProgress }),
  });
  return { lsn: state.lsn, digest: stateDigest(state) };
}

/** The same, and the image compared with it. @throws JournalError, LogError */
export async function verify(options: VerifyOptions): Promise<VerifiedState> {
  const { log, topics, partition, signal = new AbortController().signal } = options;
  // Before the journal is read: so it is not of a frame that comes later.
  const image = await loadImage({ log, target: { topic: topics.state, partition }, partitions: 1, signal });
  const rebuilt = await rebuildDigest(options);
  const verdict = await judge(image, rebuilt, options, signal);
  return verdict === null ? rebuilt : { ...rebuilt, image: verdict };
}

async function judge(
  image: LoadedImage,
  rebuilt: RebuiltState,
  { log, topics, partition }: VerifyOptions,
  signal: AbortSignal,
): Promise<ImageVerdict | null> {
  if (image.kind === "none") return null;
  if (image.kind === "rejected") return { rejected: image.reason };
  const { state, trailer } = image;
  if (trailer.lsn > rebuilt.lsn) return null;
  const journal = { topic: topics.journal, partition };
  const rejected = await refusalOf(log, journal, trailer, signal);
  if (rejected !== null) return { rejected };
  await restore({ log, journal, state, signal, from: trailer.offset, untilLsn: rebuilt.lsn });
  return { lsn: trailer.lsn, isEqual: stateDigest(state) === rebuilt.digest };
}
