// All partitions of an app on a simulated log, each with owners of its own, as if each were a process: they die, and others come.
import { Meters } from "../../../engine/observability/meters.ts";
import type { RunId } from "../../../engine/core/ids.ts";
import { partitionOfKey } from "../../../engine/core/murmur2.ts";
import { encodeMessage, encodeParcel } from "../../../engine/journal/inbox.ts";
import { decodeEntry } from "../../../engine/journal/entry.ts";
import { newestFormat } from "../../../engine/journal/frame-formats.ts";
import { appTopics } from "../../../engine/task/app-topics.ts";
import { foldEntry } from "../../../engine/task/fold.ts";
import { Lane } from "../../../engine/task/lane.ts";
import { LogClock } from "../../../engine/task/log-clock.ts";
import { stateDigest } from "../../../engine/task/state-digest.ts";
import type { TaskEnd } from "../../../engine/task/status.ts";
import { Task } from "../../../engine/task/task.ts";
import type { SeenManifest } from "../../../engine/task/task-options.ts";
import { encodeEvent } from "../../../engine/workflow/event/cloud-event.ts";
import type { JournalRecord, MessageBody } from "../../../engine/workflow/records.ts";
import { emptyState, type PartitionState } from "../../../engine/workflow/state.ts";
import { manifestText, type CancelSpec, type SourceSpec } from "../../../engine/workflow/trigger/manifest.ts";
import { SIGNAL_EVENT } from "../../../engine/workflow/wait/signal-event.ts";
import { FakeClock, T0, turns } from "../fake-clock.ts";
import { SimulatedLog } from "../simulated-log.ts";
import { ScriptInvoker, type Script } from "./script.ts";

export const TOPICS = appTopics("app");
const TICK_MS = 500;
const HAND_OVER_MS = 5_000;

export interface CrowdFunction {
  readonly script: Script;
  /** Names of events. */
  readonly triggers: readonly string[];
  readonly cancelOn?: readonly CancelSpec[];
}

export interface SentEvent {
  readonly name: string;
  readonly data?: unknown;
  readonly key?: string | null;
  readonly id?: string;
  /** Default: by its key, or partition 0. */
  readonly partition?: number;
}

/** A record of a journal that counts, and the time of its frame. */
export interface Counted {
  readonly partition: number;
  readonly time: number;
  readonly record: JournalRecord;
}

interface Owner {
  readonly name: string;
  readonly partition: number;
  readonly task: Task;
  end: TaskEnd | null;
}

export class Crowd {
  readonly clock: FakeClock;
  readonly log: SimulatedLog;
  readonly partitions: number;
  readonly owners: Owner[] = [];
  /** Lines with a code, of all owners. */
  readonly said: { readonly code: string; readonly fields: Readonly<Record<string, unknown>> }[] = [];
  readonly #scripts: ReadonlyMap<string, Script>;
  readonly #manifest: SeenManifest;
  /** A partition takes on no more runs at once. */
  maxActiveRuns = 1_000;
  /** The format that the app has activated. */
  format = newestFormat();
  /** When a run's step first began, by whomever. */
  readonly firstBegan = new Map<string, number>();
  #sent = 0;

  private constructor(clock: FakeClock, log: SimulatedLog, partitions: number, functions: Readonly<Record<string, CrowdFunction>>) {
    this.clock = clock;
    this.log = log;
    this.partitions = partitions;
    this.#scripts = new Map(Object.entries(functions).map(([id, { script }]) => [id, script]));
    const specs = Object.entries(functions).map(([id, { triggers, cancelOn }]) => ({
      id,
      triggers,
      onFailure: false,
      ...(cancelOn === undefined ? {} : { cancelOn }),
    }));
    const sources: SourceSpec[] = [{ topic: TOPICS.events, partitions, from: "beginning" }];
    this.#manifest = { version: 0, hash: "hash-0", content: manifestText({ functions: specs, sources }) };
  }

  /** `functions` by id. Nobody owns anything yet. */
  static async open(partitions: number, functions: Readonly<Record<string, CrowdFunction>>): Promise<Crowd> {
    const clock = new FakeClock(T0);
    const log = await SimulatedLog.open(clock);
    const names = [TOPICS.journal, TOPICS.inbox, TOPICS.events, TOPICS.deadLetter, TOPICS.state];
    await log.createTopics(names.map((topic) => ({ topic, partitions, settings: {} })));
    return new Crowd(clock, log, partitions, functions);
  }

  /** Another owner for the partition, whoever owns it already. */
  own(partition: number): Owner {
    const { clock, log, partitions } = this;
    const timers = new Set<() => void>();
    const name = `owner-${this.owners.length}`;
    const hear = (fields: object): void => {
      if ("code" in fields) this.said.push({ code: String(fields.code), fields: { ...fields } });
    };
    const task: Task = new Task({
      partition,
      partitions,
      topics: TOPICS,
      log,
      clock,
      logClock: new LogClock(clock),
      logger: { debug: () => {}, info: hear, warn: hear, error: hear },
      worker: name,
      meters: new Meters(),
      lane: new Lane(),
      alert: () => {},
      invoker: (host) =>
        new ScriptInvoker(this.#scripts, host, {
          after: (ms, act) => void timers.add(clock.setTimer(ms, act)),
          began: (run, index, { provokes }) => this.#began(run.id, index, run.event.data, provokes),
        }),
      limits: { maxEventBytes: 1024 * 1024, maxActiveRuns: this.maxActiveRuns, maxQueuedRuns: 1_000_000 },
      skipMissing: [],
      mayReclaim: () => Promise.resolve(),
      isAlive: (worker) => Promise.resolve(this.owners.some(({ name: of, end }) => of === worker && end === null)),
      knownLsn: () => 0,
      format: () => this.format,
      onActivated: () => {},
      onSourceStopped: (error) => hear({ code: "code" in error ? error.code : "?" }),
      onEnd: (end) => {
        owner.end = end;
        if (end.kind === "stopped") hear({ code: "code" in end.error ? end.error.code : "?", err: end.error });
        forgetTick();
        for (const forget of timers) forget();
      },
    });
    const owner: Owner = { name, partition, task, end: null };
    const forgetTick = clock.every(TICK_MS, () => task.tick());
    this.owners.push(owner);
    task.manifestSeen(this.#manifest);
    void task.open();
    return owner;
  }

  /** Who owns the partition, as far as it knows; the last that came. */
  ownerOf(partition: number): Owner | undefined {
    return this.owners.findLast((owner) => owner.partition === partition && owner.end === null);
  }

  /** Its owner hands the partition over to another. */
  handOver(partition: number): void {
    const owner = this.ownerOf(partition);
    if (owner?.task.status !== "RUNNING") return;
    const { leave } = owner.task;
    void leave
      .announce(this.clock.wallMs() + HAND_OVER_MS)
      .then(() => leave.knocked)
      .then(() => leave.finish(100));
    this.own(partition);
  }

  /** The processes of all its owners die. */
  kill(partition: number): void {
    for (const owner of this.owners) if (owner.partition === partition) owner.task.abandon();
  }

  ownAll(): void {
    for (let partition = 0; partition < this.partitions; partition++) if (this.ownerOf(partition) === undefined) this.own(partition);
  }

  /** As anybody writes events. Returns where it came to stand. */
  async send({ name, data = {}, key = null, id, partition }: SentEvent): Promise<{ readonly partition: number; readonly offset: number }> {
    const place = partition ?? (key === null ? 0 : partitionOfKey(Buffer.from(key), this.partitions));
    const event = { id: id ?? `e${++this.#sent}`, name, key, data: JSON.stringify(data), time: this.clock.wallMs(), source: "test" };
    const { baseOffset } = await this.log.appendAside({ topic: TOPICS.events, partition: place }, [encodeEvent(event)]);
    return { partition: place, offset: baseOffset };
  }

  signal(name: string): Promise<unknown> {
    return this.send({ name: SIGNAL_EVENT, key: name });
  }

  /** As people tell a run. */
  async command(to: number, body: MessageBody): Promise<void> {
    const letter = { sequence: 0, epoch: -1, nonce: 0, body: encodeMessage(body) };
    await this.log.appendAside({ topic: TOPICS.inbox, partition: to }, [
      { key: null, value: encodeParcel({ from: -1, messages: [letter] }) },
    ]);
  }

  /** All that counts of a partition's journal, in its order. */
  async counted(partition: number): Promise<readonly Counted[]> {
    const state = emptyState(partition, this.partitions);
    const found: Counted[] = [];
    for (const { offset, value } of await this.log.readAll({ topic: TOPICS.journal, partition })) {
      const entry = decodeEntry(value);
      if (foldEntry(state, offset, value).kind !== "frame" || entry.kind !== "frame") continue;
      for (const record of entry.frame.records) found.push({ partition, time: entry.frame.time, record });
    }
    return found;
  }

  async allCounted(): Promise<readonly Counted[]> {
    return (await Promise.all(this.places().map((partition) => this.counted(partition)))).flat();
  }

  /** By nobody's memory (R1), up to the frame with this number. */
  async rebuild(partition: number, untilLsn = Number.POSITIVE_INFINITY): Promise<PartitionState> {
    const state = emptyState(partition, this.partitions);
    for (const { offset, value } of await this.log.readAll({ topic: TOPICS.journal, partition })) {
      if (state.lsn >= untilLsn) break;
      foldEntry(state, offset, value);
    }
    return state;
  }

  async rebuiltDigest(partition: number, untilLsn?: number): Promise<string> {
    return stateDigest(await this.rebuild(partition, untilLsn));
  }

  places(): readonly number[] {
    return Array.from({ length: this.partitions }, (_, partition) => partition);
  }

  /** Time passes until nothing is left to be read, told or decided before `horizonMs` from now. */
  async settle(horizonMs: number): Promise<void> {
    const end = this.clock.monotonicMs() + horizonMs;
    for (let n = 0; n < 200; n++) {
      await this.clock.advance(1_000);
      await turns(30);
      this.ownAll();
      if (this.clock.monotonicMs() >= end && n % 5 === 4 && (await this.isQuiet())) return;
    }
    throw new Error(`the partitions do not come to rest: ${await this.#unrest()}`);
  }

  async isQuiet(): Promise<boolean> {
    return (await this.#unrest()) === "";
  }

  async #unrest(): Promise<string> {
    const now = this.clock.wallMs();
    const found: string[] = [];
    for (const partition of this.places()) {
      const state = await this.rebuild(partition);
      for (const source of state.sources.values()) {
        const end = await this.log.latestOffset(source);
        if (source.next < end) found.push(`${partition}: ${source.topic} is read up to ${source.next} of ${end}`);
      }
      for (const [to, { pending }] of state.outboxes) if (pending.size > 0) found.push(`${partition}: ${pending.size} for ${to}`);
      for (const wait of state.waits.values()) {
        if (wait.deadline !== null && wait.deadline < now - 1_000) found.push(`${partition}: ${wait.run} ${wait.step} is overdue`);
      }
      for (const scan of state.scans.values()) if (scan.waiting.size > 0) found.push(`${partition}: a scan is not answered`);
      if (state.flow.rows.size > 0) found.push(`${partition}: ${state.flow.rows.size} runs wait in lines`);
      for (const run of state.runs.values()) if (!run.resting) found.push(`${partition}: run ${run.id} is under way`);
    }
    return found.join("; ");
  }

  async close(): Promise<void> {
    this.log.thaw();
    for (const { task } of this.owners) task.abandon();
    await turns(2);
    await this.log.close();
  }

  #began(run: RunId, index: number, data: string, provokes: string | undefined): void {
    const key = `${run}/${index}`;
    if (this.firstBegan.has(key)) return;
    this.firstBegan.set(key, this.clock.wallMs());
    if (provokes !== undefined) void this.send({ name: provokes, data: JSON.parse(data) as unknown });
  }
}
