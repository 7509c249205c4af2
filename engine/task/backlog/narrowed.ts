// Narrows down where a frame stands, by looks at a few entries in between: for journals in which thousands of entries have no number.
import type { OffsetRange } from "./frame-places.ts";

export interface SeenFrame {
  readonly lsn: number;
  readonly offset: number;
}

/** So few entries are rather read one after the other. */
export const MAX_READ_THROUGH = 16;

/**
 * `look`: the first frame that stands from an offset on, up to another; null where none does. A late copy of an older frame may mislead: then the
 * frame is not in the range that is returned, or the range is not as narrow as it might be.
 */
export async function narrowed(
  lsn: number,
  range: OffsetRange,
  look: (from: number, to: number) => Promise<SeenFrame | null>,
): Promise<OffsetRange> {
  let { from, to } = range;
  // The end first: a run that waits was queued lately, as a rule, and little else happened since.
  for (let at = to; to - from > MAX_READ_THROUGH; at = Math.floor((from + to) / 2)) {
    const seen = await look(at, to);
    if (seen === null) to = at - 1;
    else if (seen.lsn === lsn) return { from: seen.offset, to: seen.offset };
    // Whether this frame counts or not: by then those before it had been there.
    else if (seen.lsn > lsn) to = Math.min(at - 1, lsn + seen.offset - seen.lsn);
    else {
      const least = seen.offset + lsn - seen.lsn;
      if (least <= to) from = least;
      else if (at < to) break;
    }
  }
  return { from, to };
}
