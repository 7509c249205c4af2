// The functions topic as this worker knows it: every manifest, which partition decides by which, shapes of waits, and the format that may be
// written. Read whole, then followed.
import {
  decodeFunctionsEntry,
  encodeActivation,
  encodeFormat,
  encodeManifest,
  encodeShape,
  type FunctionsEntry,
} from "../journal/functions.ts";
import { FIRST_FORMAT } from "../journal/frame-formats.ts";
import { FollowedTopic } from "../log/followed-topic.ts";
import type { Log, StoredRecord } from "../log/log.ts";
import type { Logger } from "../observability/logger.ts";
import type { FormatActivated, ManifestPublished, PartitionActivated, ShapePublished } from "../../schemas/journal/generated.ts";
import type { SeenManifest } from "../task/task-options.ts";

const MAX_FILLERS = 1_000;
/** Whenever there are so many more, people are told. */
const MANY_SHAPES = 1_000;
/** Takes an offset, and is compacted away. */
const FILLER = { key: Buffer.from("filler"), value: null };

interface Activation {
  readonly offset: number;
  readonly said: PartitionActivated;
}

export class FunctionsTopic {
  readonly #log: Log;
  readonly #target: { readonly topic: string; readonly partition: 0 };
  readonly #signal: AbortSignal;
  readonly #logger: Logger | null;
  readonly #byHash = new Map<string, SeenManifest>();
  readonly #activations = new Map<number, Activation>();
  readonly #listeners = new Set<() => void>();
  /** What this worker's owners said, by partition. */
  readonly #own = new Map<number, PartitionActivated>();
  readonly #damaged = new Set<number>();
  readonly #shapes = new Map<string, ShapePublished>();
  #format = FIRST_FORMAT;
  #active: (ManifestPublished & { readonly version: number }) | null = null;
  /** Manifests must get versions above this: what some journal decided by. */
  #floor = -1;
  #publishing = 0;

  constructor(log: Log, topic: string, signal: AbortSignal, logger: Logger | null = null) {
    this.#log = log;
    this.#target = { topic, partition: 0 };
    this.#signal = signal;
    this.#logger = logger;
  }

  /** The manifest with the highest offset: the one that decides. */
  get active(): SeenManifest | null {
    return this.#active;
  }

  /** The format that all may write (R14). */
  get format(): number {
    return this.#format;
  }

  async activateFormat(activated: FormatActivated): Promise<void> {
    await this.#append(encodeFormat(activated));
    this.#format = Math.max(this.#format, activated.format);
  }

  /** What some partition's runs wait for. */
  get shapes(): Iterable<ShapePublished> {
    return this.#shapes.values();
  }

  /** Tells all partitions of a shape, unless they were told. */
  async publishShape(shape: ShapePublished): Promise<void> {
    const { key, value } = encodeShape(shape);
    if (this.#shapes.has(key.toString())) return;
    this.#shapes.set(key.toString(), shape);
    if (this.#shapes.size % MANY_SHAPES === 0) {
      this.#logger?.warn(
        { code: "WAIT_SHAPES_MANY", shapes: this.#shapes.size, ...shape },
        "runs wait for very many kinds of events, by name and compared path: each costs every partition something, for good. Names and paths should not be computed from data",
      );
    }
    await this.#append({ key, value });
  }

  has(hash: string): boolean {
    return this.#byHash.has(hash);
  }

  /** -1 where it has not taken up a manifest of this topic; also where the manifest was one of a topic of that name before. */
  activatedVersion(partition: number): number {
    const known = this.#activations.get(partition);
    return known === undefined || isFromBefore(known.said, known.offset) ? -1 : known.said.version;
  }

  /** Number of the frame in which the partition took up its functions, 0 before it ever did. */
  activatedLsn(partition: number): number {
    return this.#activations.get(partition)?.said.lsn ?? 0;
  }

  /** Calls back whenever something new was read. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Reads to the end, then goes on in the background. `onLost` hears of what interrupts that; it is begun again. @throws LogError */
  async open(onLost: (error: unknown) => void): Promise<void> {
    const followed = new FollowedTopic({
      log: this.#log,
      topic: this.#target.topic,
      signal: this.#signal,
      take: (record) => this.#see(record),
      taken: async () => {
        for (const listener of this.#listeners) listener();
        await this.#overtake();
      },
      trouble: onLost,
    });
    await followed.open();
  }

  /** Returns the manifest's version. */
  async publish(manifest: ManifestPublished): Promise<number> {
    const { key, value } = encodeManifest(manifest);
    this.#publishing += 1;
    try {
      for (;;) {
        const version = await this.#append({ key, value });
        this.#learn({ version, ...manifest });
        if (version > this.#floor) return version;
        await this.#fill(this.#floor - version);
      }
    } finally {
      this.#publishing -= 1;
    }
  }

  /** The topic was made anew: versions count from its beginning, and journals take up only what is newer than what they have. */
  async #fill(offsets: number): Promise<void> {
    for (let missing = offsets; missing > 0; missing -= MAX_FILLERS) {
      const fillers = Array.from({ length: Math.min(missing, MAX_FILLERS) }, () => FILLER);
      await this.#log.append(this.#target, fillers, { signal: this.#signal });
    }
  }

  async acknowledge(activation: PartitionActivated): Promise<void> {
    this.#own.set(activation.partition, activation);
    const { key, value } = encodeActivation(activation);
    const offset = await this.#append({ key, value });
    if (!isFromBefore(activation, offset)) return;
    this.#floor = Math.max(this.#floor, activation.version);
    await this.#overtake();
  }

  /** The topic was made anew: what decides now is published once more, with a version that journals take up. */
  async #overtake(): Promise<void> {
    if (this.#publishing > 0 || this.#active === null || this.#active.version > this.#floor) return;
    const { hash, content, worker } = this.#active;
    this.#logger?.error(
      { code: "FUNCTIONS_TOPIC_RENEWED", topic: this.#target.topic, version: this.#floor },
      "the functions topic was made anew: journals know newer functions than it holds. Those that it holds are published again, as the newest",
    );
    await this.publish({ hash, content, worker });
  }

  async #append(record: { readonly key: Buffer; readonly value: Buffer }): Promise<number> {
    return (await this.#log.append(this.#target, [record], { signal: this.#signal })).baseOffset;
  }

  #see(record: StoredRecord): void {
    const entry = this.#decode(record);
    if (entry?.kind === "manifest") this.#learn({ version: record.offset, ...entry.manifest });
    else if (entry?.kind === "activation") this.#seeActivation({ offset: record.offset, said: entry.activation });
    else if (entry?.kind === "format") this.#format = Math.max(this.#format, entry.activated.format);
    else if (entry?.kind === "shape") this.#shapes.set(encodeShape(entry.shape).key.toString(), entry.shape);
  }

  #learn({ version, hash, content, worker }: ManifestPublished & { readonly version: number }): void {
    const known = this.#byHash.get(hash);
    if (known === undefined || known.version < version) this.#byHash.set(hash, { version, hash, content });
    if (this.#active === null || version > this.#active.version) this.#active = { version, hash, content, worker };
  }

  /** An owner that stood still may speak after its successor: the newest claim counts, not the last word. */
  #seeActivation(found: Activation): void {
    const { partition } = found.said;
    if (isFromBefore(found.said, found.offset)) this.#floor = Math.max(this.#floor, found.said.version);
    const known = this.#activations.get(partition);
    if (known === undefined || !isOlder(found.said, known.said)) {
      this.#activations.set(partition, found);
      return;
    }
    // Compaction will keep the last word alone: who knows better says it again.
    const own = this.#own.get(partition);
    if (found.offset < known.offset || own === undefined || isOlder(own, known.said)) return;
    this.acknowledge(own).catch((error: unknown) => {
      if (!this.#signal.aborted) this.#logger?.error({ err: error, partition }, "an activation could not be acknowledged");
    });
  }

  /** What cannot be read is passed over: journals are the truth, and hold the manifests that they decide by. */
  #decode({ offset, value }: StoredRecord): FunctionsEntry | null {
    try {
      return decodeFunctionsEntry(value);
    } catch (error) {
      if (this.#damaged.has(offset)) return null;
      this.#damaged.add(offset);
      this.#logger?.error(
        { err: error, code: "FUNCTIONS_ENTRY_DAMAGED", topic: this.#target.topic, offset },
        "an entry of the functions topic cannot be read; it is passed over",
      );
      return null;
    }
  }
}

/** A version is its manifest's offset, and stands before all who took it up: else it is of a topic that is gone. */
function isFromBefore({ version }: PartitionActivated, offset: number): boolean {
  return version >= offset;
}

function isOlder(a: PartitionActivated, b: PartitionActivated): boolean {
  return a.epoch < b.epoch || (a.epoch === b.epoch && a.lsn < b.lsn);
}
