// A log in memory that does what logs do on bad days: answers late or never, takes the same bytes twice, forgets its end, stands still.
import { openEmbeddedLog, type EmbeddedLog } from "../../engine/log/embedded/embedded-log.ts";
import { LogError } from "../../engine/log/errors.ts";
import type {
  Appended,
  GroupMember,
  JoinOptions,
  Log,
  LogRecord,
  Membership,
  PartitionReader,
  ReadBatch,
  ReaderOptions,
  StoredRecord,
  TopicDescription,
  TopicPartition,
  TopicSpec,
} from "../../engine/log/log.ts";
import { turns, type FakeClock } from "./fake-clock.ts";

export interface AppendCall {
  readonly target: TopicPartition;
  readonly records: readonly LogRecord[];
  /** Counts the appends to this partition, from 0. */
  readonly index: number;
}

/** What happens to one append. */
export interface AppendFault {
  /** What others do before the log takes it. */
  readonly before?: () => Promise<unknown>;
  /** So many answers are lost: the same bytes are appended again for each (R6). */
  readonly lostAnswers?: number;
  /** What others do between two copies. */
  readonly between?: () => Promise<unknown>;
  /** What others do after the log took it, before its answer arrives. */
  readonly after?: () => Promise<unknown>;
}

/** As long as an idle reader of the port waits at the end. */
const READ_WAIT_MS = 250;

export class SimulatedLog implements Log {
  readonly description = "simulated";
  readonly maxBatchBytes = 16 * 1024 * 1024;
  readonly settleMs = 1;
  readonly #inner: EmbeddedLog;
  readonly #clock: FakeClock;
  /** Topics that were made anew, by the name that they are known by. */
  readonly #aliases = new Map<string, string>();
  readonly #appends = new Map<string, number>();
  readonly #waiting = new Set<() => void>();
  #made = 0;
  #frozen: PromiseWithResolvers<void> | null = null;
  /** Asked at every append. */
  onAppend: (call: AppendCall) => AppendFault | null = () => null;
  /** Asked at every read: it is not answered before this resolves. */
  onRead: (options: ReaderOptions) => Promise<void> | null = () => null;
  /** Null: the group answers heartbeats at once. */
  heartbeatAt: number | null = null;

  private constructor(inner: EmbeddedLog, clock: FakeClock) {
    this.#inner = inner;
    this.#clock = clock;
  }

  static async open(clock: FakeClock): Promise<SimulatedLog> {
    return new SimulatedLog(await openEmbeddedLog({ path: ":memory:", now: () => clock.wallMs() }), clock);
  }

  /** From now on nothing that is asked is answered. */
  freeze(): void {
    this.#frozen ??= Promise.withResolvers<void>();
  }

  thaw(): void {
    this.#frozen?.resolve();
    this.#frozen = null;
  }

  /** The topic is made anew with the first `keep` records of each partition: what an unclean election, or a careless hand, does. */
  async loseAllBut(topic: string, keep: number | ((partition: number) => number)): Promise<void> {
    const description = await this.#inner.describeTopic(this.#real(topic));
    if (description === null) throw new Error(`no topic ${topic}`);
    const { partitions, settings } = description;
    const made = `${topic}-again-${++this.#made}`;
    await this.#inner.createTopics([{ topic: made, partitions, settings: settings ?? {} }]);
    for (let partition = 0; partition < partitions; partition++) {
      const kept = (await this.readAll({ topic, partition })).slice(0, typeof keep === "number" ? keep : keep(partition));
      for (const { key, value, headers } of kept) await this.#inner.append({ topic: made, partition }, [{ key, value, headers }]);
    }
    this.#aliases.set(topic, made);
    this.#wake();
  }

  /** Nobody knows the topic any more. */
  forget(topic: string): void {
    this.#aliases.set(topic, `${topic}-gone`);
    this.#wake();
  }

  /** What stands in a partition, faults or not. */
  async readAll(target: TopicPartition): Promise<readonly StoredRecord[]> {
    const real = this.#place(target);
    const [from, end] = [await this.#inner.earliestOffset(real), await this.#inner.latestOffset(real)];
    const reader = this.#inner.openReader({ ...real, from });
    const records: StoredRecord[] = [];
    for (let next = from; next < end;) {
      const batch = await reader.next();
      records.push(...batch.records);
      next = batch.nextOffset;
    }
    reader.close();
    return records;
  }

  async append(target: TopicPartition, records: readonly LogRecord[], options: { readonly signal?: AbortSignal } = {}): Promise<Appended> {
    const { signal } = options;
    const name = `${target.topic}/${target.partition}`;
    const index = this.#appends.get(name) ?? 0;
    this.#appends.set(name, index + 1);
    const { before, lostAnswers = 0, between, after } = this.onAppend({ target, records, index }) ?? {};
    await this.#answering(signal);
    await before?.();
    for (let lost = 0; lost < lostAnswers; lost++) {
      await this.#put(target, records, signal);
      await between?.();
    }
    const appended = await this.#put(target, records, signal);
    await after?.();
    await this.#answering(signal);
    return appended;
  }

  /** Appends as somebody else does, on whom no faults are played. */
  async appendAside(target: TopicPartition, records: readonly LogRecord[]): Promise<Appended> {
    return this.#put(target, records, undefined);
  }

  openReader(options: ReaderOptions): PartitionReader {
    const inner = this.#inner.openReader({ ...options, ...this.#place(options) });
    let closed = false;
    let position = options.from;
    const next = async (): Promise<ReadBatch> => {
      await this.#answering(undefined);
      await this.onRead(options);
      if (!closed && options.mode !== "bulk" && position === (await this.latestOffset(options))) await this.#somethingNew(() => closed);
      const end = closed ? -1 : await this.latestOffset(options);
      if (position === end) return { records: [], nextOffset: position, highWatermark: end, timestampType: "append" };
      const batch = await inner.next();
      position = batch.nextOffset;
      return batch;
    };
    return {
      next,
      close: () => {
        closed = true;
        inner.close();
        this.#wake();
      },
    };
  }

  async earliestOffset(target: TopicPartition): Promise<number> {
    await this.#answering(undefined);
    return this.#inner.earliestOffset(this.#place(target));
  }

  async latestOffset(target: TopicPartition): Promise<number> {
    await this.#answering(undefined);
    return this.#inner.latestOffset(this.#place(target));
  }

  offsetForTime(target: TopicPartition, time: number): Promise<number> {
    return this.#inner.offsetForTime(this.#place(target), time);
  }

  async trim(target: TopicPartition, offset: number): Promise<void> {
    await this.#inner.trim(this.#place(target), offset);
    this.#wake();
  }

  createTopics(topics: readonly TopicSpec[]): Promise<readonly string[]> {
    return this.#inner.createTopics(topics);
  }

  describeTopic(topic: string): Promise<TopicDescription | null> {
    return this.#inner.describeTopic(this.#real(topic));
  }

  listTopics(): Promise<readonly string[]> {
    return this.#inner.listTopics();
  }

  async join(options: JoinOptions): Promise<Membership> {
    const membership = await this.#inner.join(options);
    return { ...membership, lastHeartbeatAt: () => this.heartbeatAt ?? Number.POSITIVE_INFINITY };
  }

  async members(group: string): Promise<readonly GroupMember[]> {
    await this.#answering(undefined);
    return this.#inner.members(group);
  }

  close(): Promise<void> {
    this.#wake();
    return this.#inner.close();
  }

  async #put(target: TopicPartition, records: readonly LogRecord[], signal: AbortSignal | undefined): Promise<Appended> {
    const appended = await this.#inner.append(this.#place(target), records, signal === undefined ? {} : { signal });
    this.#wake();
    return appended;
  }

  /** A round trip; while the log stands still, the rest of its life. */
  async #answering(signal: AbortSignal | undefined): Promise<void> {
    if (this.#frozen !== null) {
      const aborted = new Promise<never>((_, reject) =>
        signal?.addEventListener("abort", () => reject(new LogError("LOG_ABORTED", "aborted", { outcomeUnknown: true }))),
      );
      await Promise.race([this.#frozen.promise, aborted]);
    }
    await turns(1);
  }

  /** An append anywhere, a close, or the wait is over. */
  async #somethingNew(closed: () => boolean): Promise<void> {
    if (closed()) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        this.#waiting.delete(done);
        forget();
        resolve();
      };
      const forget = this.#clock.setTimer(READ_WAIT_MS, done);
      this.#waiting.add(done);
    });
  }

  #wake(): void {
    for (const done of this.#waiting) done();
  }

  #place({ topic, partition }: TopicPartition): TopicPartition {
    return { topic: this.#real(topic), partition };
  }

  #real(topic: string): string {
    return this.#aliases.get(topic) ?? topic;
  }
}
