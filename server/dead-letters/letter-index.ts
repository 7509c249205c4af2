// All dead letters of an app, by what their topics hold: what was set aside, and what people did about it stands behind it in the same partition.
// So what is known is the same after a restart. Values stay where they are. Half a million are kept here at most.
import { LogError } from "../../engine/log/errors.ts";
import type { Log } from "../../engine/log/log.ts";
import { readerUntil } from "../../engine/log/reader-until.ts";
import type { AppTopics } from "../../engine/task/app-topics.ts";
import { findConsumers } from "../consumers/consumer-versions.ts";
import { readLetter, type Letter, type Place, type Resolution } from "./letter.ts";

export interface IndexedLetter extends Letter {
  /** Null: it is open. */
  readonly resolution: Resolution | null;
}

const MAX_LETTERS = 500_000;
/** Consumers that came meanwhile are looked for so often. */
const FIND_MS = 10_000;

interface Followed {
  readonly topic: string;
  readonly partition: number;
  readonly consumer: string | null;
  next: number | null;
  /** First offset that is there, as last seen. */
  start: number;
}

export class LetterIndex {
  readonly #log: Log;
  readonly #topics: AppTopics;
  readonly #followed = new Map<string, Followed>();
  /** By place, in the order in which they were read. */
  readonly #letters = new Map<Place, IndexedLetter>();
  /** Place of the newest, by run. */
  readonly #runs = new Map<string, Place>();
  /** Inputs are written at least once: places of those that are known, by what they are of. */
  readonly #inputs = new Map<string, Place>();
  #sorted: readonly IndexedLetter[] | null = null;
  #reading: Promise<void> | null = null;
  #foundAt = -Infinity;

  constructor({ log, topics }: { readonly log: Log; readonly topics: AppTopics }) {
    this.#log = log;
    this.#topics = topics;
  }

  /** Reads what is new: all that was in the topics when it was called. @throws LogError */
  async refresh(): Promise<void> {
    // What runs already may have looked before somebody's write.
    await this.#reading;
    this.#reading ??= this.#refresh().finally(() => (this.#reading = null));
    await this.#reading;
  }

  /** The newest first. The same array for as long as nothing of it changes. */
  all(): readonly IndexedLetter[] {
    this.#sorted ??= [...this.#letters.values()].toSorted(newestFirst);
    return this.#sorted;
  }

  /** By a run's id, or a place. */
  get(id: string): IndexedLetter | null {
    return this.#letters.get(this.#runs.get(id) ?? id) ?? null;
  }

  async #refresh(): Promise<void> {
    await this.#find();
    await Promise.all([...this.#followed.values()].map((followed) => this.#readOnOrForget(followed)));
  }

  /** The topics of a version of a consumer that nobody needs any more may be deleted: its letters go with them, and the others stay. */
  async #readOnOrForget(followed: Followed): Promise<void> {
    try {
      await this.#readOn(followed);
    } catch (error) {
      if (!(error instanceof LogError) || error.code !== "LOG_UNKNOWN_PARTITION") throw error;
      this.#trimmed(followed, Infinity);
      this.#followed.delete(`${followed.topic}:${followed.partition}`);
    }
  }

  async #find(): Promise<void> {
    if (performance.now() - this.#foundAt < FIND_MS) return;
    const consumers = await findConsumers({ log: this.#log, topics: this.#topics });
    await this.#follow(this.#topics.deadLetter, null);
    for (const { spec, topics } of consumers) await this.#follow(topics.deadLetter, spec.id);
    this.#foundAt = performance.now();
  }

  async #follow(topic: string, consumer: string | null): Promise<void> {
    if (this.#followed.has(`${topic}:0`)) return;
    const described = await this.#log.describeTopic(topic);
    for (let partition = 0; partition < (described?.partitions ?? 0); partition++) {
      this.#followed.set(`${topic}:${partition}`, { topic, partition, consumer, next: null, start: 0 });
    }
  }

  async #readOn(followed: Followed): Promise<void> {
    const { topic, partition } = followed;
    const [start, end] = await Promise.all([this.#log.earliestOffset(followed), this.#log.latestOffset(followed)]);
    this.#trimmed(followed, start);
    followed.next = Math.max(followed.next ?? start, start);
    if (followed.next >= end) return;
    try {
      using reader = readerUntil(this.#log, { topic, partition, from: followed.next, mode: "bulk" }, undefined);
      while (followed.next < end) {
        const { records, nextOffset } = await reader.next();
        for (const record of records) this.#take(followed, record);
        followed.next = nextOffset;
      }
    } catch (error) {
      if (!(error instanceof LogError) || error.code !== "LOG_OFFSET_OUT_OF_RANGE") throw error;
      followed.next = null;
    }
  }

  /** What retention took is gone here, too. */
  #trimmed(followed: Followed, start: number): void {
    if (followed.start === start) return;
    followed.start = start;
    for (const [place, letter] of this.#letters) {
      if (letter.topic === followed.topic && letter.partition === followed.partition && letter.offset < start) this.#drop(place, letter);
    }
  }

  #take(followed: Followed, record: Parameters<typeof readLetter>[1]): void {
    const read = readLetter(followed, record, followed.consumer);
    if (read.kind === "resolution") {
      const known = this.#letters.get(read.of);
      // The first counts: another did the same at the same time.
      if (known?.resolution !== null) return;
      this.#letters.set(read.of, { ...known, resolution: read.resolution });
      this.#sorted = null;
    } else if (read.kind === "letter") this.#add(read.letter);
  }

  #add(letter: Letter): void {
    const { place, kind, run, source, code } = letter;
    if (kind === "run" && run !== null) {
      const before = this.#runs.get(run);
      if (before !== undefined) this.#letters.delete(before);
      this.#runs.set(run, place);
    }
    if (kind === "input" && source !== null) {
      const of = `${source.topic}:${source.partition}:${source.offset}:${code}`;
      if (this.#inputs.has(of)) return;
      this.#inputs.set(of, place);
    }
    this.#letters.set(place, { ...letter, resolution: null });
    this.#sorted = null;
    this.#forget();
  }

  /** The one that was read first goes. */
  #forget(): void {
    if (this.#letters.size <= MAX_LETTERS) return;
    const [oldest] = this.#letters;
    if (oldest === undefined) return;
    this.#drop(...oldest);
  }

  #drop(place: Place, { run, source, code }: Letter): void {
    this.#letters.delete(place);
    if (run !== null) this.#runs.delete(run);
    if (source !== null) this.#inputs.delete(`${source.topic}:${source.partition}:${source.offset}:${code}`);
    this.#sorted = null;
  }
}

function newestFirst(a: Letter, b: Letter): number {
  if (a.at !== b.at) return b.at - a.at;
  if (a.place === b.place) return 0;
  return a.place < b.place ? 1 : -1;
}
