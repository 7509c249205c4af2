// All partitions of an app whose functions have policies, on a simulated log. Each owner is a process of its own: it dies, freezes, hands over.
import { Meters } from "../../../engine/observability/meters.ts";
import { pino } from "pino";
import type { RegisteredFunction } from "../../../engine/execution/function.ts";
import { InProcessInvoker } from "../../../engine/execution/in-process/in-process-invoker.ts";
import { encodeMessage, encodeParcel } from "../../../engine/journal/inbox.ts";
import { newestFormat } from "../../../engine/journal/frame-formats.ts";
import { appTopics } from "../../../engine/task/app-topics.ts";
import { foldEntry } from "../../../engine/task/fold.ts";
import { Lane } from "../../../engine/task/lane.ts";
import { LogClock } from "../../../engine/task/log-clock.ts";
import { stateDigest } from "../../../engine/task/state-digest.ts";
import type { TaskEnd } from "../../../engine/task/status.ts";
import { Task } from "../../../engine/task/task.ts";
import type { SeenManifest } from "../../../engine/task/task-options.ts";
import { partitionOfKey } from "../../../engine/core/murmur2.ts";
import { encodeEvent } from "../../../engine/workflow/event/cloud-event.ts";
import type { MessageBody } from "../../../engine/workflow/records.ts";
import { emptyState, type PartitionState } from "../../../engine/workflow/state.ts";
import { manifestText, type FunctionSpec } from "../../../engine/workflow/trigger/manifest.ts";
import { FakeClock, T0, turns } from "../fake-clock.ts";
import { SimulatedLog } from "../simulated-log.ts";
import { FreezableClock } from "./freezable-clock.ts";
import { handlerOf, type Script } from "./script.ts";

export const TOPICS = appTopics("app");
const TICK_MS = 500;
const HAND_OVER_MS = 5_000;

export interface FlowFunction extends Pick<FunctionSpec, "id" | "flow" | "timeouts" | "cancelOn"> {
  readonly triggers: readonly string[];
  readonly script: Script;
}

/** Attempts after the first. */
const RETRIES = 1;

export interface EventData {
  readonly k: number;
  readonly t: number;
  readonly p: number;
  readonly i: number;
}

/** A step's code was called. */
export interface Execution {
  readonly partition: number;
  readonly owner: string;
  readonly functionId: string;
  readonly data: EventData;
  readonly run: string;
  readonly step: string;
  readonly isInForce: boolean;
  /** Number of the last frame that its owner had released. */
  readonly lsn: number;
  /** Steps of its run that this owner executed then, itself included. */
  readonly ofRun: number;
  readonly at: number;
}

interface Owner {
  readonly name: string;
  readonly partition: number;
  readonly task: Task;
  readonly clock: FreezableClock;
  /** Steps whose code is running, by run and step. */
  readonly executing: Map<string, Execution>;
  lsn: number;
  end: TaskEnd | null;
}

export class FlowCrowd {
  readonly clock: FakeClock;
  readonly log: SimulatedLog;
  readonly partitions: number;
  readonly owners: Owner[] = [];
  readonly executions: Execution[] = [];
  /** Lines with a code, of all owners. */
  readonly said: { readonly code: string; readonly fields: Readonly<Record<string, unknown>> }[] = [];
  maxActiveRuns = 1_000;
  maxQueuedRuns = 1_000_000;
  /** Called when a step begins. */
  onBegan: (execution: Execution) => void = () => {};
  #functions: readonly FlowFunction[] = [];
  #manifest: SeenManifest | null = null;
  #sent = 0;

  private constructor(clock: FakeClock, log: SimulatedLog, partitions: number) {
    this.clock = clock;
    this.log = log;
    this.partitions = partitions;
  }

  /** Nobody owns anything yet. */
  static async open(partitions: number, functions: readonly FlowFunction[]): Promise<FlowCrowd> {
    const clock = new FakeClock(T0);
    const log = await SimulatedLog.open(clock);
    const names = [TOPICS.journal, TOPICS.inbox, TOPICS.events, TOPICS.deadLetter, TOPICS.state];
    await log.createTopics(names.map((topic) => ({ topic, partitions, settings: {} })));
    const crowd = new FlowCrowd(clock, log, partitions);
    crowd.declare(functions);
    return crowd;
  }

  /** The newest manifest from now on; the code of functions stays as it first was. */
  declare(functions: readonly FlowFunction[]): void {
    if (this.#manifest === null) this.#functions = functions;
    const version = (this.#manifest?.version ?? -1) + 1;
    const specs = functions.map(({ id, triggers, flow, timeouts, cancelOn }) => ({
      id,
      triggers,
      onFailure: false,
      ...(flow === undefined ? {} : { flow }),
      ...(timeouts === undefined ? {} : { timeouts }),
      ...(cancelOn === undefined ? {} : { cancelOn }),
    }));
    const sources = [{ topic: TOPICS.events, partitions: this.partitions, from: "beginning" as const }];
    this.#manifest = { version, hash: `hash-${version}`, content: manifestText({ functions: specs, sources }) };
    for (const { task, end } of this.owners) if (end === null) task.manifestSeen(this.#manifest);
  }

  /** Another owner for the partition, whoever owns it already. */
  own(partition: number): Owner {
    const { log, partitions } = this;
    const clock = new FreezableClock(this.clock);
    const name = `owner-${this.owners.length}`;
    const hear = (fields: object): void => {
      if ("code" in fields) this.said.push({ code: String(fields.code), fields: { ...fields } });
    };
    const functions = new Map(this.#functions.map((each): [string, RegisteredFunction] => [each.id, this.#registered(each, () => owner)]));
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
        new InProcessInvoker({ functions, logger: pino({ level: "silent" }), random: () => 0.5, divergenceGraceMs: 0 }, host),
      limits: { maxEventBytes: 1024 * 1024, maxActiveRuns: this.maxActiveRuns, maxQueuedRuns: this.maxQueuedRuns },
      skipMissing: [],
      mayReclaim: () => Promise.resolve(),
      isAlive: (worker) => Promise.resolve(this.owners.some(({ name: of, end }) => of === worker && end === null)),
      knownLsn: () => 0,
      format: () => newestFormat(),
      onActivated: () => {},
      onFrame: (_, { lsn }) => {
        owner.lsn = lsn;
      },
      onSourceStopped: (error) => hear({ code: "code" in error ? error.code : "?" }),
      onEnd: (end) => {
        owner.end = end;
        if (end.kind === "stopped") hear({ code: "code" in end.error ? end.error.code : String(end.error.stack), err: end.error });
        clock.stop();
      },
    });
    const owner: Owner = { name, partition, task, clock, executing: new Map(), lsn: 0, end: null };
    clock.every(TICK_MS, () => task.tick());
    this.owners.push(owner);
    if (this.#manifest !== null) task.manifestSeen(this.#manifest);
    void task.open();
    return owner;
  }

  #registered({ id, script }: FlowFunction, ownerOf: () => Owner): RegisteredFunction {
    return {
      id,
      retries: RETRIES,
      handler: async (context) => {
        const owner = ownerOf();
        return handlerOf(script, {
          clock: owner.clock,
          began: (run, step) => this.#began(owner, { functionId: id, data: context.event.data as EventData, run, step }),
          ended: (run, step) => void owner.executing.delete(`${run}/${step}`),
        })(context);
      },
    };
  }

  #began(owner: Owner, what: Pick<Execution, "functionId" | "data" | "run" | "step">): void {
    const ofRun = 1 + [...owner.executing.values()].filter(({ run, step }) => run === what.run && step !== what.step).length;
    const { name, partition, lsn } = owner;
    const isInForce = this.isInForce(owner);
    const execution = { ...what, partition, owner: name, lsn, ofRun, isInForce, at: this.clock.wallMs() };
    owner.executing.set(`${what.run}/${what.step}`, execution);
    this.executions.push(execution);
    if (isInForce) this.onBegan(execution);
  }

  /** Nobody has replaced it. */
  isInForce(owner: Owner): boolean {
    if (owner.end !== null) return false;
    const later = this.owners.slice(this.owners.indexOf(owner) + 1);
    return !later.some(({ partition, task }) => partition === owner.partition && !["CREATED", "RESTORING"].includes(task.status));
  }

  /** Steps that execute now, of owners that nobody has replaced. */
  executing(): readonly Execution[] {
    return this.owners.filter((owner) => this.isInForce(owner)).flatMap(({ executing }) => [...executing.values()]);
  }

  ownerOf(partition: number): Owner | undefined {
    return this.owners.findLast((owner) => owner.partition === partition && owner.end === null);
  }

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

  kill(partition: number): void {
    for (const owner of this.owners) if (owner.partition === partition) owner.task.abandon();
  }

  /** Its owner's process stands still for so long; another comes meanwhile. */
  freeze(partition: number, ms: number): void {
    const owner = this.ownerOf(partition);
    if (owner === undefined) return;
    owner.clock.freeze();
    this.clock.setTimer(ms, () => owner.clock.thaw());
    this.own(partition);
  }

  ownAll(): void {
    for (let partition = 0; partition < this.partitions; partition++) if (this.ownerOf(partition) === undefined) this.own(partition);
  }

  async send({ name, data, key = null, partition }: SentEvent): Promise<void> {
    const place = partition ?? (key === null ? 0 : partitionOfKey(Buffer.from(key), this.partitions));
    const event = { id: `e${++this.#sent}`, name, key, data: JSON.stringify(data), time: this.clock.wallMs(), source: "test" };
    await this.log.appendAside({ topic: TOPICS.events, partition: place }, [encodeEvent(event)]);
  }

  /** As people tell a partition, or all of them. */
  async command(body: MessageBody, to?: number): Promise<void> {
    const letter = { sequence: 0, epoch: -1, nonce: 0, body: encodeMessage(body) };
    const value = encodeParcel({ from: -1, messages: [letter] });
    for (const partition of to === undefined ? this.places() : [to]) {
      await this.log.appendAside({ topic: TOPICS.inbox, partition }, [{ key: null, value }]);
    }
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

  /** Time passes until nothing is left to be read, told or decided. Returns what does not come to rest. */
  async settle(): Promise<string> {
    let unrest = "";
    for (let n = 0; n < 1_500; n++) {
      await this.clock.advance(1_000);
      await turns(20);
      this.ownAll();
      if (n % 10 !== 9) continue;
      unrest = await this.#unrest();
      if (unrest !== "") continue;
      // What nobody has use for is let go of by and by.
      for (let second = 0; second < 15; second++) {
        await this.clock.advance(1_000);
        await turns(10);
      }
      return "";
    }
    return unrest;
  }

  async #unrest(): Promise<string> {
    const found: string[] = [];
    for (const partition of this.places()) {
      const state = await this.rebuild(partition);
      for (const source of state.sources.values()) {
        const end = await this.log.latestOffset(source);
        if (source.next < end) found.push(`${partition}: ${source.topic} is read up to ${source.next} of ${end}`);
      }
      for (const [to, { pending }] of state.outboxes) if (pending.size > 0) found.push(`${partition}: ${pending.size} for ${to}`);
      for (const { id, flow } of state.runs.values()) found.push(`${partition}: run ${id} is under way ${JSON.stringify(flow)}`);
      for (const row of state.flow.rows.values()) found.push(`${partition}: run ${row.run} waits at ${row.gate} for ${row.needs.join()}`);
      for (const [key, { due }] of state.flow.held) found.push(`${partition}: ${key} is held until ${due}`);
    }
    return found.join("; ");
  }

  async close(): Promise<void> {
    this.log.thaw();
    for (const { task } of this.owners) task.abandon();
    await turns(2);
    await this.log.close();
  }
}

export interface SentEvent {
  readonly name: string;
  readonly data: EventData;
  readonly key?: string | null;
  /** Default: by its key, or partition 0. */
  readonly partition?: number;
}
