// For a wait that looks back further than this partition remembers, all partitions are asked to tell that part of the past again. Waits of one
// shape share a scan; the first wait of a new shape is the extreme.
import { decided, decidedAndTold, ignored, type Decision, type Message } from "../decision.ts";
import type { AskRescan, JournalRecord, RescanDone, ScanAnswered, ScanAsked, ScanWanted } from "../records.ts";
import type { PartitionState } from "../state.ts";
import { shapeKey, type ScanState } from "./shape.ts";
import { SINCE_SLACK_MS } from "./since.ts";
import type { WaitCell } from "./wait-table.ts";

export function evolveScanAsked(state: PartitionState, { event, path, round, since, partitions }: ScanAsked): void {
  const waiting = new Set(Array.from({ length: partitions }, (_, partition) => partition));
  state.scans.set(shapeKey(event, path), { event, path, round, since, waiting, next: null });
}

export function evolveScanWanted(state: PartitionState, { event, path, since }: ScanWanted): void {
  const key = shapeKey(event, path);
  const scan = state.scans.get(key);
  if (scan !== undefined) state.scans.set(key, { ...scan, next: Math.min(scan.next ?? since, since) });
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

export const NO_SCAN: Scan = { number: 0, records: [], messages: [] };

export function scanFor(state: PartitionState, wait: Pick<WaitCell, "event" | "path" | "since" | "knownSince">): Scan {
  const { event, path } = wait;
  const since = wait.knownSince - SINCE_SLACK_MS;
  const known = state.scans.get(shapeKey(event, path));
  const isRemembered = known !== undefined && since >= known.since && since > state.window.floor;
  if (isRemembered) return { number: scanUnderWay(state, known, wait.since - SINCE_SLACK_MS), records: [], messages: [] };
  const number = (known?.round ?? 0) + 1;
  if (known === undefined || known.waiting.size === 0) return { number, ...ask(state, event, path, number, since) };
  const isWanted = known.next !== null && known.next <= since;
  return { number, records: isWanted ? [] : [{ type: "ScanWanted", event, path, since }], messages: [] };
}

/** What others asked for that counts here as well is waited for. */
function scanUnderWay({ window }: PartitionState, { round, since, waiting, next }: ScanState, wanted: number): number {
  if (waiting.size === 0) return 0;
  return next !== null && (wanted < since || wanted <= window.floor) ? round + 1 : round;
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
  if (scan.waiting.size > 1 || scan.next === null) return decided(answered);
  const next = ask(state, event, path, round + 1, scan.next);
  return decidedAndTold([answered, ...next.records], next.messages);
}

function ask(state: PartitionState, event: string, path: string, round: number, since: number): Omit<Scan, "number"> {
  const body: AskRescan = { type: "AskRescan", event, path, round, since };
  return {
    records: [{ type: "ScanAsked", event, path, round, since, partitions: state.partitions }],
    messages: Array.from({ length: state.partitions }, (_, to) => ({ to, body })),
  };
}
