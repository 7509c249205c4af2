// A shape is what waits have in common: the name of an event, and the path in it that is compared. Events are told to the partition of the
// value at that path, which decides the waits for it (DESIGN §7).

export interface ShapeState {
  readonly event: string;
  /** Empty: nothing is compared, and one partition decides all waits for events of this name. */
  readonly path: string;
  /** From which position of each source on events are told, by `topic/partition`. What came before is told when it is asked for. */
  readonly from: ReadonlyMap<string, number>;
}

/** How far back the events of a shape are known to the partition that decides, as all others told it. */
export interface ScanState {
  readonly event: string;
  readonly path: string;
  /** Number of the last scan that was asked for, from 1. */
  readonly round: number;
  /** From when on it is known, once that scan is answered. */
  readonly since: number;
  /** Who has not answered it. */
  readonly waiting: ReadonlySet<number>;
  /** From when on the next one is to reach, which is asked for when this one is answered; null where none is needed. */
  readonly next: number | null;
}

export function shapeKey(event: string, path: string): string {
  return `${event}\n${path}`;
}
