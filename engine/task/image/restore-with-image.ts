// Builds a partition's state from its image and the journal from there on; where there is none, or it proves nothing, from the whole journal:
// slower, never wrong (R1).
import type { ImageTrailer } from "../../../schemas/journal/generated.ts";
import { decodeEntry } from "../../journal/entry.ts";
import { JournalError } from "../../journal/errors.ts";
import type { Log, TopicPartition } from "../../log/log.ts";
import type { PartitionState } from "../../workflow/state.ts";
import { restore, type Restored, type RestoreOptions } from "../restore.ts";
import type { ImageContents } from "./contents.ts";
import { LogError } from "../../log/errors.ts";
import { readerUntil } from "../../log/reader-until.ts";
import { list, loadImage, type LoadedImage, type LoadOptions } from "./load-image.ts";

export interface RestoreWithImageOptions extends Omit<RestoreOptions, "from" | "untilLsn"> {
  /** Where the image is. */
  readonly image: TopicPartition;
  /** There is an image, and it is no good; or nobody can tell. */
  readonly onRejected: (reason: string) => void;
  /** The state is as of the image, before the rest of the journal is folded; where the image is not used, after all of it is. */
  readonly onReady: (contents: ImageContents | null) => void;
}

export interface RestoredWithImage extends Restored {
  /** Frame up to which the image went, null where it was not used. */
  readonly imageLsn: number | null;
}

/** @throws JournalError, LogError */
export async function restoreWithImage(options: RestoreWithImageOptions): Promise<RestoredWithImage> {
  const { log, journal, image: target, state, signal, onRejected, onReady } = options;
  const image = await loadOrTell({ log, target, partitions: state.partitions, signal }, journal, onRejected);
  let contents = image?.contents ?? null;
  if (image?.kind === "loaded") {
    const { trailer } = image;
    const refusal = await refusalOf(log, journal, trailer, signal);
    if (refusal === null) {
      adopt(state, image.state);
      onReady(contents);
      return { ...(await restore({ ...options, from: trailer.offset })), imageLsn: trailer.lsn };
    }
    onRejected(refusal);
    contents = await list({ log, target, signal });
  }
  if (image?.kind === "rejected") onRejected(image.reason);
  const restored = await restore(options);
  onReady(contents);
  return { ...restored, imageLsn: null };
}

/**
 * Null where the topic cannot be read: no image stops a partition. But where the journal has lost its beginning there is nothing else to go by, and what
 * is in the way, such as a key that is missing, may be mended. @throws LogError
 */
async function loadOrTell(
  options: LoadOptions,
  journal: TopicPartition,
  onRejected: (reason: string) => void,
): Promise<LoadedImage | null> {
  try {
    return await loadImage(options);
  } catch (error) {
    const isOver = options.signal.aborted || (error instanceof LogError && (error.code === "LOG_CLOSED" || error.code === "LOG_ABORTED"));
    if (isOver || !(error instanceof LogError) || (await options.log.earliestOffset(journal)) > 0) throw error;
    onRejected(`it cannot be read (${error.code}: ${error.message})`);
    return null;
  }
}

/** What is loaded goes where everybody looks. */
export function adopt(state: PartitionState, loaded: PartitionState): void {
  Object.assign(state, loaded, { watcher: state.watcher, open: state.open });
}

/**
 * Null where the journal holds the very frame after which the image is as it is: then it is an image of this journal's fold. Its author had the
 * acknowledgement of that frame, and the proof that it counts, before it wrote anything.
 */
export async function refusalOf(log: Log, journal: TopicPartition, trailer: ImageTrailer, signal: AbortSignal): Promise<string | null> {
  const { lsn, offset } = trailer;
  const start = await log.earliestOffset(journal);
  if (start > offset) return `the journal begins at offset ${start}, behind frame ${lsn} at ${offset}, which the image is of`;
  const end = await log.latestOffset(journal);
  if (end <= offset) return `the journal ends at offset ${end}, before frame ${lsn} at ${offset}, which the image is of`;
  const isThere = await holdsFrame(log, journal, trailer, signal);
  return isThere ? null : `frame ${lsn}, which the image is of, is not at offset ${offset} of the journal`;
}

async function holdsFrame(log: Log, journal: TopicPartition, trailer: ImageTrailer, signal: AbortSignal): Promise<boolean> {
  const { offset, epoch, nonce, lsn } = trailer;
  using reader = readerUntil(log, { ...journal, from: offset, mode: "bulk", maxBufferedBytes: 64 * 1024 }, signal);
  for (;;) {
    signal.throwIfAborted();
    const { records, nextOffset } = await reader.next();
    const found = records.find((record) => record.offset === offset);
    if (found === undefined && nextOffset <= offset) continue;
    const entry = found === undefined ? null : readEntry(found.value);
    if (entry?.kind === "claim") return offset === epoch && entry.claim.nonce === nonce;
    return entry?.kind === "frame" && entry.frame.epoch === epoch && entry.frame.nonce === nonce && entry.frame.lsn === lsn;
  }
}

function readEntry(value: Buffer | null): ReturnType<typeof decodeEntry> | null {
  try {
    return decodeEntry(value);
  } catch (error) {
    // The fold will say so, in its own words.
    if (error instanceof JournalError) return null;
    throw error;
  }
}
