// What stands in a partition's journal, read and judged by the tests' own reading of the rules, not by the engine's fold:
// a claim counts if it replaces the claim in force (R3), a frame if it is of that claim and numbered next (R5).
import type { Claim, Frame, JournalRecord, Knock } from "../../../schemas/journal/generated.ts";
import { decodeEntry, type JournalEntry } from "../../../engine/journal/entry.ts";
import { JournalError } from "../../../engine/journal/errors.ts";
import type { StoredRecord } from "../../../engine/log/log.ts";

/** A claim that counts. */
export interface Ownership {
  readonly epoch: number;
  readonly claim: Claim;
  /** When the log took it, and when it took the claim that replaced this one. */
  readonly from: number;
  until: number;
}

export interface CountedFrame {
  readonly offset: number;
  /** When the log took it. */
  readonly at: number;
  readonly owner: Ownership;
  readonly frame: Frame;
}

export interface RecordedRun {
  readonly id: string;
  readonly functionId: string;
  readonly eventId: string;
  /** Where its event stood: `topic/partition@offset`. */
  readonly place: string;
  readonly partition: number;
  /** Every outcome that was recorded, by step: there may be one. */
  readonly outcomes: Map<string, { readonly at: number; readonly record: JournalRecord }[]>;
  /** There may be one. */
  readonly ends: JournalRecord[];
}

export class PartitionHistory {
  readonly partition: number;
  readonly owners: Ownership[] = [];
  readonly frames: CountedFrame[] = [];
  readonly knocks: { readonly offset: number; readonly at: number; readonly knock: Knock }[] = [];
  readonly runs = new Map<string, RecordedRun>();
  /** Entries that do not count: late claims, old owners' frames, second copies. */
  readonly passedOver: { readonly offset: number; readonly kind: "claim" | "frame" | "copy" }[] = [];
  /** Offset of the first entry that is none: a test put it there. Nothing after it is read. */
  unreadableFrom: number | null = null;
  openRuns = 0;
  #lsn = 0;
  #next = 0;

  constructor(partition: number) {
    this.partition = partition;
  }

  /** The longest time, in milliseconds, in which no decision was taken. */
  longestSilence(from: number, to: number): number {
    const times = [
      from,
      ...this.frames.filter(({ frame, at }) => frame.records.length > 0 && at > from && at < to).map(({ at }) => at),
      to,
    ];
    return times.reduce((longest, at, index) => Math.max(longest, at - (times[index - 1] ?? at)), 0);
  }

  add(record: StoredRecord): void {
    const where = `journal ${this.partition}@${record.offset}`;
    if (record.offset !== this.#next) throw new Error(`${where}: ${this.#next} was expected`);
    this.#next = record.offset + 1;
    const entry = readable(record);
    if (entry === null) {
      this.unreadableFrom ??= record.offset;
      return;
    }
    const owner = this.owners.at(-1);
    if (entry.kind === "knock") return void this.knocks.push({ offset: record.offset, at: record.timestamp, knock: entry.knock });
    if (entry.kind === "claim") {
      if (entry.claim.replaces !== (owner?.epoch ?? -1)) return void this.passedOver.push({ offset: record.offset, kind: "claim" });
      if (owner !== undefined) owner.until = record.timestamp;
      this.owners.push({ epoch: record.offset, claim: entry.claim, from: record.timestamp, until: Number.POSITIVE_INFINITY });
      this.#lsn += 1;
      return;
    }
    const { frame } = entry;
    if (owner === undefined || frame.epoch !== owner.epoch || frame.nonce !== owner.claim.nonce) {
      this.passedOver.push({ offset: record.offset, kind: "frame" });
      return;
    }
    if (frame.lsn <= this.#lsn) return void this.passedOver.push({ offset: record.offset, kind: "copy" });
    if (frame.lsn !== this.#lsn + 1) throw new Error(`${where}: frame ${frame.lsn} follows ${this.#lsn}`);
    this.#lsn = frame.lsn;
    this.frames.push({ offset: record.offset, at: record.timestamp, owner, frame });
    for (const decision of frame.records) this.#take(decision, record.timestamp);
  }

  #take(record: JournalRecord, at: number): void {
    if (record.type === "RunsStarted") {
      for (const { id, functionId } of record.runs) {
        if (this.runs.has(id)) throw new Error(`run ${id} was started twice`);
        this.runs.set(id, {
          id,
          functionId,
          eventId: record.event.id,
          place: `${record.event.topic}/${record.event.partition}@${record.event.offset}`,
          partition: this.partition,
          outcomes: new Map<string, { at: number; record: JournalRecord }[]>(),
          ends: [],
        });
        this.openRuns += 1;
      }
    } else if (record.type === "RunCompleted" || record.type === "RunFailed") {
      const run = this.#run(record.run);
      if (run.ends.length === 0) this.openRuns -= 1;
      run.ends.push(record);
    } else if (
      record.type === "StepCompleted" ||
      record.type === "SleepEnded" ||
      record.type === "WaitResolved" ||
      (record.type === "StepFailed" && record.retryAt === null)
    ) {
      const { outcomes } = this.#run(record.run);
      const before = outcomes.get(record.step);
      if (before === undefined) outcomes.set(record.step, [{ at, record }]);
      else before.push({ at, record });
    }
  }

  #run(id: string): RecordedRun {
    const run = this.runs.get(id);
    if (run === undefined) throw new Error(`run ${id} has records and no beginning`);
    return run;
  }
}

function readable(record: StoredRecord): JournalEntry | null {
  try {
    return decodeEntry(record.value);
  } catch (error) {
    if (error instanceof JournalError) return null;
    throw error;
  }
}

/** A worker's name tells its process. */
export function isOwnedBy({ claim }: Ownership, pid: number): boolean {
  return claim.worker.includes(`-${pid}-`);
}
