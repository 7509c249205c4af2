// For a wait that looks back further than this partition remembers, all partitions are asked to tell that part of the past again. Waits of one
// shape share a scan; the first wait of a new shape is the extreme.
import { decided, decidedAndTold, ignored, type Decision, type Message } from "../decision.ts";
import type { AskRescan, JournalRecord, RescanDone, ScanAnswered, ScanAsked } from "../records.ts";
import type { PartitionState } from "../state.ts";
import { shapeKey, type ScanState } from "./shape.ts";
import { SINCE_SLACK_MS } from "./since.ts";
import type { WaitCell } from "./wait-table.ts";

export function evolveScanAsked(state: PartitionState, { event, path, round, since, partitions }: ScanAsked): void {
  const waiting = new Set(Array.from({ length: partitions }, (_, partition) => partition));
  state.scans.set(shapeKey(event, path), { event, path, round, since, waiting });
}

export function evolveScanAnswered(state: PartitionState, { from, event, path, round }: ScanAnswered): void {
  const key = shapeKey(event, path);
  const scan = state.scans.get(key);
  if (scan?.round !== round) return;
  state.scans.set(key, { ...scan, waiting: new Set([...scan.waiting].filter((partition) => partition !== from)) });
}

interface Scan {
  /** The scan that the wait needs, 0 for none. */
  readonly number: number;
  readonly records: readonly JournalRecord[];
  readonly messages: readonly Message[];
}

export function scanFor(state: PartitionState, wait: { readonly event: string; readonly path: string; readonly since: number }): Scan {
  const since = wait.since - SINCE_SLACK_MS;
  const known = state.scans.get(shapeKey(wait.event, wait.path));
  const isRemembered = known !== undefined && since >= known.since && since > state.window.floor;
  // A scan on its way that reaches back far enough is waited for.
  if (isRemembered) return { number: known.waiting.size > 0 ? known.round : 0, records: [], messages: [] };
  if (known !== undefined && known.waiting.size > 0) return { number: known.round + 1, records: [], messages: [] };
  return { number: (known?.round ?? 0) + 1, ...ask(state, wait.event, wait.path, known, since) };
}

export function isScanned(state: PartitionState, wait: WaitCell): boolean {
  const scan = state.scans.get(shapeKey(wait.event, wait.path));
  if (wait.scan === 0 || scan === undefined) return true;
  return scan.round > wait.scan || (scan.round === wait.scan && scan.waiting.size === 0);
}

export function decideRescanDone(state: PartitionState, from: number, { event, path, round }: RescanDone): Decision {
  const scan = state.scans.get(shapeKey(event, path));
  if (scan?.round !== round || !scan.waiting.has(from)) return ignored("it is answered already");
  const answered: JournalRecord = { type: "ScanAnswered", from, event, path, round };
  if (scan.waiting.size > 1) return decided(answered);
  const since = furthest(state, scan);
  if (since === null) return decided(answered);
  const next = ask(state, event, path, scan, since);
  return decidedAndTold([answered, ...next.records], next.messages);
}

/** How far back the waits look that came while the scan was on its way. */
function furthest(state: PartitionState, { event, path, round }: ScanState): number | null {
  let since: number | null = null;
  for (const wait of state.waits.values()) {
    if (wait.scan <= round || wait.event !== event || wait.path !== path) continue;
    since = Math.min(since ?? Number.POSITIVE_INFINITY, wait.since - SINCE_SLACK_MS);
  }
  return since;
}

function ask(state: PartitionState, event: string, path: string, known: ScanState | undefined, since: number): Omit<Scan, "number"> {
  const round = (known?.round ?? 0) + 1;
  const body: AskRescan = { type: "AskRescan", event, path, round, since };
  return {
    records: [{ type: "ScanAsked", event, path, round, since, partitions: state.partitions }],
    messages: Array.from({ length: state.partitions }, (_, to) => ({ to, body })),
  };
}
