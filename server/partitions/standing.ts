// How far each partition of an app is, as its journal says: who owns it, what of its sources is decided, which functions are paused, how far
// back-fills are. Begins with the image where there is one, and reads only what is new; keeps some hundred bytes a partition, and writes nothing.
import { setTimeout as pause } from "node:timers/promises";
import {
  NOBODY,
  ownerAfterClaim,
  ownerAfterDamage,
  ownerAfterFrame,
  UNKNOWN,
  type Owner,
} from "../../consumers/run-history/journal-owner.ts";
import { decodeEntry, type JournalEntry } from "../../engine/journal/entry.ts";
import { JournalError } from "../../engine/journal/errors.ts";
import { LogError } from "../../engine/log/errors.ts";
import type { Log, StoredRecord } from "../../engine/log/log.ts";
import { readerUntil } from "../../engine/log/reader-until.ts";
import type { AppTopics } from "../../engine/task/app-topics.ts";
import { loadImage } from "../../engine/task/image/load-image.ts";
import { refusalOf } from "../../engine/task/image/restore-with-image.ts";
import { foldBackfill } from "../../engine/workflow/backfill/fold.ts";
import type { BackfillsKept, BackfillState } from "../../engine/workflow/backfill/state.ts";
import type { JournalRecord, SourcePosition } from "../../engine/workflow/records.ts";
import { sourceKey } from "../../engine/workflow/source/source.ts";
import type { Frame } from "../../schemas/journal/generated.ts";

export interface StandingOptions {
  readonly log: Log;
  readonly topics: Pick<AppTopics, "journal" | "state">;
  readonly partitions: number;
  readonly signal?: AbortSignal;
}

export interface PartitionStanding {
  readonly partition: number;
  /** Who claimed it last; null: nobody, or it is not known. */
  readonly worker: string | null;
  /** Offset of that claim; null as above. */
  readonly epoch: number | null;
  readonly lsn: number;
  /** Of the last frame, milliseconds since 1970; null before the first. */
  readonly at: number | null;
  /** Offset of the journal from which on nothing was read. */
  readonly next: number;
  /** First offsets that are not decided, of all sources that it ever read. */
  readonly positions: readonly SourcePosition[];
  /** By function. */
  readonly pauses: ReadonlyMap<string, "keep" | "skip">;
  readonly digest: { readonly lsn: number; readonly digest: string; readonly at: number } | null;
  /** Of the deployment in force; null: not known. */
  readonly manifest: number | null;
  /** Of a consumer: what it was told last, and by which command; null: nothing, or not known. */
  readonly steered: string | null;
  /** By id. */
  readonly backfills: ReadonlyMap<string, BackfillState>;
  /** Why its journal is not read on; null: it is. */
  readonly problem: string | null;
}

interface Known {
  worker: string | null;
  owner: Owner;
  at: number | null;
  next: number;
  readonly positions: Map<string, SourcePosition>;
  readonly pauses: Map<string, "keep" | "skip">;
  digest: PartitionStanding["digest"];
  manifest: number | null;
  steered: string | null;
  readonly past: BackfillsKept;
  problem: string | null;
}

const PAUSE = "pause/";
/** Whoever asks more often gets what is known. Less than it takes until a change of a journal is told: who asks then has to see it. */
const FRESH_MS = 150;
/** Of a reading that came from the log: then others are let go on. */
const BREATH_EVERY = 64;

export class Standing {
  readonly #options: StandingOptions;
  readonly #known = new Map<number, Known>();
  #looking: Promise<readonly PartitionStanding[]> | null = null;
  #beganAt = -Infinity;
  #last: readonly PartitionStanding[] = [];

  constructor(options: StandingOptions) {
    this.#options = options;
  }

  /** As of now, or of a moment ago; by partition. @throws LogError */
  async look(): Promise<readonly PartitionStanding[]> {
    // What runs already may have looked before the change that who asks has heard of.
    while (this.#looking !== null && !this.#isFresh()) await this.#looking.catch(() => {});
    if (this.#isFresh()) return this.#looking ?? this.#last;
    this.#beganAt = performance.now();
    this.#looking = this.#look().finally(() => (this.#looking = null));
    return this.#looking;
  }

  #isFresh(): boolean {
    return performance.now() - this.#beganAt < FRESH_MS;
  }

  async #look(): Promise<readonly PartitionStanding[]> {
    const numbers = Array.from({ length: this.#options.partitions }, (_, partition) => partition);
    try {
      await Promise.all(numbers.map((partition) => this.#readOnOrAnew(partition)));
    } catch (error) {
      this.#beganAt = -Infinity;
      throw error;
    }
    this.#last = numbers.map((partition) => standingOf(partition, this.#known.get(partition)));
    return this.#last;
  }

  /** Nobody may have looked for so long that the journal is trimmed behind what was read: then the image has what was in between. */
  async #readOnOrAnew(partition: number): Promise<void> {
    try {
      await this.#readOn(partition);
    } catch (error) {
      if (!(error instanceof LogError) || error.code !== "LOG_OFFSET_OUT_OF_RANGE") throw error;
      this.#known.delete(partition);
      await this.#readOn(partition);
    }
  }

  async #readOn(partition: number): Promise<void> {
    const { log, topics, signal } = this.#options;
    const journal = { topic: topics.journal, partition };
    let known = this.#known.get(partition);
    if (known === undefined) this.#known.set(partition, (known = await this.#begin(partition)));
    const end = await log.latestOffset(journal);
    if (known.problem !== null || known.next >= end) return;
    using reader = readerUntil(log, { ...journal, from: known.next, mode: "bulk" }, signal);
    for (let batches = 1; known.next < end && known.problem === null; batches++) {
      const { records, nextOffset } = await reader.next();
      for (const record of records) if (!take(known, record)) return;
      known.next = nextOffset;
      if (batches % BREATH_EVERY === 0) await pause(0);
    }
  }

  async #begin(partition: number): Promise<Known> {
    const { log, topics, partitions, signal = new AbortController().signal } = this.#options;
    const journal = { topic: topics.journal, partition };
    const image = await loadImage({ log, target: { topic: topics.state, partition }, partitions, signal }).catch((error: unknown) => {
      if (error instanceof LogError && error.code === "LOG_UNKNOWN_PARTITION") return null;
      throw error;
    });
    if (image?.kind === "loaded" && (await refusalOf(log, journal, image.trailer, signal)) === null) {
      const { owner, lsn, time, sources, flow, manifest, consumer, backfills } = image.state;
      const known = nothingKnown({ epoch: owner?.epoch ?? null, nonce: owner?.nonce ?? -1, lsn }, image.trailer.offset);
      known.worker = owner?.worker ?? null;
      known.at = time === 0 ? null : time;
      known.manifest = manifest?.version ?? null;
      known.steered = consumer.steering === null ? null : steeredBy(consumer.steering);
      for (const [key, { topic, partition: of, next }] of sources) known.positions.set(key, { topic, partition: of, offset: next });
      for (const [key, { text }] of flow.cells) pauseIn(known, key, text);
      for (const [id, backfill] of backfills) known.past.backfills.set(id, backfill);
      return known;
    }
    const start = await log.earliestOffset(journal);
    return nothingKnown(start === 0 ? NOBODY : UNKNOWN, start);
  }
}

function nothingKnown(owner: Owner, next: number): Known {
  return {
    worker: null,
    owner,
    at: null,
    next,
    positions: new Map(),
    pauses: new Map(),
    digest: null,
    manifest: null,
    steered: null,
    past: { backfills: new Map(), seams: new Map(), lsn: 0 },
    problem: null,
  };
}

function steeredBy({ attempt, mode }: { readonly attempt: string; readonly mode: string }): string {
  return `${mode} ${attempt}`;
}

/** False: it cannot be read by this version, so nothing behind it is. */
function take(known: Known, { offset, value }: StoredRecord): boolean {
  let entry: JournalEntry;
  try {
    entry = decodeEntry(value);
  } catch (error) {
    if (!(error instanceof JournalError)) throw error;
    known.owner = ownerAfterDamage(known.owner);
    if (error.code === "JOURNAL_DAMAGED") return true;
    known.problem = `${error.code}: ${error.message}`;
    return false;
  }
  if (entry.kind === "claim") {
    const owner = ownerAfterClaim(known.owner, entry.claim, offset);
    if (owner === null) return true;
    known.owner = owner;
    known.worker = entry.claim.worker;
  } else if (entry.kind === "frame") {
    const counted = ownerAfterFrame(known.owner, entry.frame);
    if (counted === null) return true;
    if (known.owner.epoch !== entry.frame.epoch) known.worker = null;
    known.owner = counted.owner;
    takeFrame(known, entry.frame);
  }
  return true;
}

function takeFrame(known: Known, { time, inputs, records }: Frame): void {
  known.at = time;
  for (const record of records) {
    takeRecord(known, record, time);
    foldBackfill(known.past, record, time);
  }
  for (const { topic, partition, next } of inputs) known.positions.set(sourceKey(topic, partition), { topic, partition, offset: next });
}

function takeRecord(known: Known, record: JournalRecord, time: number): void {
  switch (record.type) {
    case "ManifestActivated":
      known.manifest = record.version;
      for (const position of record.from) {
        const key = sourceKey(position.topic, position.partition);
        if (!known.positions.has(key)) known.positions.set(key, position);
      }
      return;
    case "SourcePositionSet":
      known.positions.set(sourceKey(record.topic, record.partition), {
        topic: record.topic,
        partition: record.partition,
        offset: record.to,
      });
      return;
    case "ConsumerSteered":
      known.steered = steeredBy(record);
      return;
    case "CellSet":
      pauseIn(known, record.key, record.text);
      return;
    case "CellsForgotten":
      for (const key of record.keys) if (key.startsWith(PAUSE)) known.pauses.delete(key.slice(PAUSE.length));
      return;
    case "DigestTold":
      known.digest = { lsn: record.of, digest: record.digest, at: time };
      return;
    default:
      return;
  }
}

function pauseIn(known: Known, key: string, text: string | null): void {
  if (key.startsWith(PAUSE)) known.pauses.set(key.slice(PAUSE.length), text === "skip" ? "skip" : "keep");
}

function standingOf(partition: number, known: Known = nothingKnown(NOBODY, 0)): PartitionStanding {
  const { worker, owner, at, next, positions, pauses, digest, manifest, steered, past, problem } = known;
  const epoch = owner.epoch === null || owner.epoch < 0 ? null : owner.epoch;
  return {
    partition,
    worker,
    epoch,
    lsn: owner.lsn,
    at,
    next,
    positions: [...positions.values()],
    pauses: new Map(pauses),
    digest,
    manifest,
    steered,
    backfills: new Map(past.backfills),
    problem,
  };
}
