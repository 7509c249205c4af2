// Decisions on their way into the journal: everything decided while an append was in flight goes together into the next frame (group commit).
import { crc32 } from "node:zlib";
import type { InputRead, JournalRecord, ProducerMark, StartedRun, TriggerEvent } from "../workflow/records.ts";
import type { StoredRecord } from "../log/log.ts";
import type { Once } from "../workflow/event/cloud-event.ts";
import { forgetOld, sourceKey } from "../workflow/source/source.ts";
import type { PartitionState, SourceState } from "../workflow/state.ts";

/** A frame is sealed when it is estimated to be larger; one decision may exceed it, up to what the intake lets in (R15). */
const TARGET_BYTES = 1024 * 1024;
const ID_OVERHEAD = 10;

export interface SealedFrame {
  readonly lsn: number;
  readonly time: number;
  readonly inputs: readonly InputRead[];
  readonly records: readonly JournalRecord[];
}

interface InputDraft {
  readonly source: SourceState;
  last: StoredRecord;
  readonly producers: Map<string, number>;
  readonly ids: Set<string>;
}

interface OpenFrame {
  readonly lsn: number;
  readonly time: number;
  bytes: number;
  readonly records: JournalRecord[];
  readonly inputs: Map<string, InputDraft>;
}

export class FrameQueue {
  readonly #state: PartitionState;
  readonly #now: () => number;
  #sealed: SealedFrame[] = [];
  /** Of each of them, about. */
  #sealedBytes: number[] = [];
  #open: OpenFrame | null = null;
  readonly #onSealed: () => void;
  /** Within so many calls of `together`. */
  #together = 0;

  /** `onSealed`: a frame ends, and nothing is decided yet that follows it. */
  constructor(state: PartitionState, now: () => number, onSealed: () => void = () => {}) {
    this.#state = state;
    this.#now = now;
    this.#onSealed = onSealed;
  }

  /** Something was decided that is in no sealed frame yet. */
  get isOpen(): boolean {
    return this.#open !== null;
  }

  get isEmpty(): boolean {
    return this.#open === null && this.#sealed.length === 0;
  }

  /** Frames that wait, the open one included. */
  get length(): number {
    return this.#sealed.length + (this.#open === null ? 0 : 1);
  }

  /** About how large the open frame is. */
  get openBytes(): number {
    return this.#open?.bytes ?? 0;
  }

  /** About how large all that waits is. */
  get queuedBytes(): number {
    let bytes = this.openBytes;
    for (const sealed of this.#sealedBytes) bytes += sealed;
    return bytes;
  }

  /** Number of the last frame that something was decided into. */
  get lastLsn(): number {
    return this.#state.lsn;
  }

  /**
   * The frame for the next decision, and its time: an estimate made at its first decision, never below the frame before.
   * A decision that would make the frame too large gets one of its own.
   */
  open(records: readonly JournalRecord[] = []): { readonly lsn: number; readonly time: number } {
    if (this.#open !== null && this.#open.bytes > 0 && this.#together === 0) {
      let bytes = this.#open.bytes;
      for (const record of records) bytes += estimateBytes(record);
      if (bytes > TARGET_BYTES) this.#seal(this.#open);
    }
    if (this.#open === null) {
      this.#state.lsn += 1;
      this.#state.time = Math.max(this.#state.time, this.#now());
      this.#open = { lsn: this.#state.lsn, time: this.#state.time, bytes: 0, records: [], inputs: new Map() };
    }
    return this.#open;
  }

  /** What is decided within stands in one frame: it is not sealed in between, only before. */
  together(decide: () => void): void {
    this.beginTogether();
    try {
      decide();
    } finally {
      this.endTogether();
    }
  }

  /** `together` for who is called for each decision. */
  beginTogether(): void {
    if (this.#together === 0 && this.#open !== null && this.#open.bytes > TARGET_BYTES / 2) this.#seal(this.#open);
    this.#together += 1;
  }

  endTogether(): void {
    this.#together -= 1;
  }

  /** Adds to the open frame. */
  add(record: JournalRecord): void {
    if (this.#open === null) return;
    this.#open.records.push(record);
    this.#open.bytes += estimateBytes(record);
  }

  /** The open frame's decisions used up this record of a source. */
  addInput(source: SourceState, record: StoredRecord, once: Once | null): void {
    if (this.#open === null) return;
    const key = sourceKey(source.topic, source.partition);
    let draft = this.#open.inputs.get(key);
    if (draft === undefined) this.#open.inputs.set(key, (draft = { source, last: record, producers: new Map(), ids: new Set() }));
    draft.last = record;
    if (once === null) return;
    if (once.by === "id") {
      draft.ids.add(once.key);
      this.#open.bytes += ID_OVERHEAD + 2 * once.key.length;
    } else {
      // Re-inserted: the order is that of the last use, as it is in state.
      const { producer, sequence } = once;
      const known = draft.producers.get(producer) ?? 0;
      if (known === 0) this.#open.bytes += ID_OVERHEAD + 2 * producer.length;
      draft.producers.delete(producer);
      draft.producers.set(producer, Math.max(known, sequence));
    }
  }

  /** What is decided next is decided now: a frame that was begun earlier takes no more. */
  renew(): void {
    if (this.#open !== null && this.#together === 0 && this.#open.time < this.#now()) this.#seal(this.#open);
  }

  /** Of the open frame; null where none is. */
  get openTime(): number | null {
    return this.#open?.time ?? null;
  }

  take(): SealedFrame | null {
    if (this.#sealed.length === 0 && this.#open !== null) this.#seal(this.#open);
    this.#sealedBytes.shift();
    return this.#sealed.shift() ?? null;
  }

  #seal(frame: OpenFrame): void {
    const inputs: InputRead[] = [];
    for (const { source, last, producers, ids } of frame.inputs.values()) {
      const hash = hashOf(last);
      source.hash = hash;
      forgetOld(source, frame.time);
      const marks: ProducerMark[] = [];
      for (const [producer, sequence] of producers) marks.push({ producer, sequence });
      inputs.push({
        topic: source.topic,
        partition: source.partition,
        next: last.offset + 1,
        last: last.offset,
        hash,
        producers: marks,
        ids: [...ids],
      });
    }
    this.#sealedBytes.push(frame.bytes);
    this.#sealed.push({ lsn: frame.lsn, time: frame.time, inputs, records: frame.records });
    this.#open = null;
    this.#onSealed();
  }
}

/** Tells a record from another at its offset, after its topic was made anew. */
export function hashOf(record: StoredRecord): number {
  let hash = record.key === null ? 0 : crc32(record.key);
  if (record.value !== null) hash = crc32(record.value, hash);
  // An event's id is a header; its data may be that of many.
  for (const name in record.headers) hash = crc32(record.headers[name] ?? "", crc32(name, hash));
  return hash | 0;
}

function estimateBytes(record: JournalRecord): number {
  const OVERHEAD = 120;
  switch (record.type) {
    case "StepCompleted":
    case "RunCompleted":
      return OVERHEAD + 2 * (record.output?.length ?? 0);
    case "RunsStarted":
      return (
        OVERHEAD + 2 * textOf(record.event) + eventBytes(record.batch) + record.runs.reduce((bytes, run) => bytes + startedBytes(run), 0)
      );
    case "RunQueued":
      return OVERHEAD + eventBytes(record.events) + textBytes(record.needs) + 2 * record.share.length;
    case "EventHeld":
      return OVERHEAD + 2 * (record.key.length + textOf(record.event));
    case "EventSpread":
      return OVERHEAD + 2 * textOf(record.event) + record.entries.reduce((bytes, { functionId }) => bytes + 30 + 2 * functionId.length, 0);
    case "CellSet":
      return OVERHEAD + 2 * (record.key.length + (record.text?.length ?? 0)) + 9 * record.numbers.length;
    case "CellsForgotten":
      return OVERHEAD + textBytes(record.keys);
    case "RunSkipped":
      return OVERHEAD + 2 * (record.reason.length + record.eventId.length);
    case "EmissionOwed":
      return OVERHEAD + (record.key?.length ?? 0) + (record.value?.length ?? 0) + headerBytes(record.headers);
    case "EventConsumed":
      return (
        OVERHEAD +
        2 * record.key.length +
        (record.event === null ? 0 : 2 * textOf(record.event)) +
        record.values.reduce((bytes, { value }) => bytes + 20 + 2 * (value?.length ?? 0), 0)
      );
    case "HandlingsTried":
    case "HandlingEnded":
      return OVERHEAD + 5 * record.numbers.length;
    case "HandlingFailed":
    case "StepFailed":
    case "RunFailed":
    case "RunAttemptFailed":
      return OVERHEAD + 2 * (record.error.message.length + (record.error.stack?.length ?? 0));
    case "RunParked":
      return OVERHEAD + 2 * record.difference.length;
    case "InputRejected":
      return OVERHEAD + 2 * record.reason.length;
    case "ManifestActivated":
      return OVERHEAD + 2 * record.content.length;
    case "MessageSent":
      return OVERHEAD + record.body.length;
    case "EventKept":
      return OVERHEAD + 2 * textOf(record.event);
    case "WaitResolved":
      return OVERHEAD + (record.event === null ? 0 : 2 * textOf(record.event));
    case "WaitRegistered":
      return (
        OVERHEAD +
        2 * (record.value.length + (record.condition?.length ?? 0) + (record.bindings?.length ?? 0)) +
        60 * record.excluded.length
      );
    case "IterationAdvanced":
      return OVERHEAD + 2 * (record.cursor?.length ?? 0);
    case "StepsCancelled":
      return OVERHEAD + record.steps.reduce((bytes, step) => bytes + 2 * step.length + 5, 0);
    case "ShapeActivated":
      return OVERHEAD + 2 * record.path.length + record.from.reduce((bytes, { topic }) => bytes + 2 * topic.length + 20, 0);
    case "RunsResumed":
    case "RunsRested":
      return OVERHEAD + 30 * record.runs.length;
    default:
      return OVERHEAD;
  }
}

function startedBytes({ functionId, parent, cancels, needs }: StartedRun): number {
  return 80 + 2 * functionId.length + (parent === null ? 0 : 30 + 2 * parent.step.length) + 5 * cancels.length + textBytes(needs);
}

function textBytes(texts: readonly string[]): number {
  let bytes = 0;
  for (const text of texts) bytes += 5 + 2 * text.length;
  return bytes;
}

function eventBytes(events: readonly TriggerEvent[]): number {
  let bytes = 0;
  for (const event of events) bytes += 60 + 2 * textOf(event);
  return bytes;
}

function textOf({ data, key, id, name, trace }: TriggerEvent): number {
  return data.length + (key?.length ?? 0) + id.length + name.length + (trace?.length ?? 0);
}

function headerBytes(headers: Readonly<Record<string, Buffer>>): number {
  let bytes = 0;
  for (const name in headers) bytes += 2 * name.length + (headers[name]?.length ?? 0);
  return bytes;
}
