// Partitions of an app as deciders see them, without a log: what one tells another comes when the test says so, what it tells itself at once, and
// who waits is let in after each decision, as a task does it.
import { must } from "../../../engine/core/errors.ts";
import { partitionOfKey } from "../../../engine/core/murmur2.ts";
import type { RunId } from "../../../engine/core/ids.ts";
import { decide, type Input } from "../../../engine/workflow/decide.ts";
import type { Decided, Decision, Message } from "../../../engine/workflow/decision.ts";
import { decideEvent } from "../../../engine/workflow/event/arrive.ts";
import { evolve } from "../../../engine/workflow/evolve.ts";
import { admitNext } from "../../../engine/workflow/flow/lines/admit.ts";
import { openAgain } from "../../../engine/workflow/flow/gates/due.ts";
import { decideMessage } from "../../../engine/workflow/message/deliver.ts";
import type { JournalRecord, MessageBody, TriggerEvent } from "../../../engine/workflow/records.ts";
import { emptyState, type PartitionState, type RunState } from "../../../engine/workflow/state.ts";
import type { FunctionSpec } from "../../../engine/workflow/trigger/manifest.ts";
import { T0 } from "../fake-clock.ts";
import { manifest } from "../records.ts";

type Functions = readonly (Partial<FunctionSpec> & { readonly id: string })[];

interface EventOptions {
  readonly key?: string;
  readonly partition?: number;
  readonly name?: string;
  readonly appendedAt?: number;
}

export interface Recorded {
  readonly partition: number;
  readonly record: JournalRecord;
}

export class Places {
  readonly states: readonly PartitionState[];
  readonly recorded: Recorded[] = [];
  /** Told, and not delivered yet. */
  readonly onTheirWay: (Message & { readonly from: number })[] = [];
  /** Events of queued runs that are in memory: all, unless a test takes some away. */
  readonly events = new Map<RunId, readonly TriggerEvent[]>();
  now = T0;
  /** Partitions whose runs may not start, and at which needs they were put off. */
  readonly #closed = new Map<number, Set<string>>();
  #version = -1;
  #offset = 0;

  constructor(partitions: number, functions: Functions) {
    this.states = Array.from({ length: partitions }, (_, partition) => emptyState(partition, partitions));
    this.declare(functions);
  }

  /** A new manifest, in all partitions or in these. */
  declare(functions: Functions, partitions: readonly number[] = this.states.map(({ partition }) => partition)): this {
    this.#version += 1;
    for (const partition of partitions) this.#commit(partition, decidedBy(manifest({ version: this.#version, functions })));
    return this;
  }

  at(partition: number): PartitionState {
    return must(this.states[partition], "a partition");
  }

  /** It is read where its key says, or in partition 0. */
  event(data: object = {}, { key, partition, name = "order/created", appendedAt = this.now }: EventOptions = {}): this {
    const place = partition ?? (key === undefined ? 0 : this.placeOf(key));
    const offset = this.#offset++;
    const id = `e${offset}`;
    const event = { id, name, data: JSON.stringify(data), time: appendedAt, key: key ?? null, once: { by: "id" as const, key: id } };
    const source = must(this.at(place).sources.get("app.events/0"), "the source");
    const arrived = { type: "EventArrived", topic: source.topic, partition: 0, offset, appendedAt, event, isIdIgnored: false } as const;
    return this.#decide(place, decideEvent(this.at(place), source, arrived, this.now));
  }

  input(partition: number, input: Input): this {
    return this.#decide(partition, decide(this.at(partition), input, this.now));
  }

  /** People, or another partition, tell one. */
  tell(partition: number, body: MessageBody, from = -1): this {
    return this.#decide(partition, decideMessage(this.at(partition), from, body, this.now));
  }

  /** Whatever is on its way comes, and what comes of that, until nothing is. */
  deliver(): this {
    for (let message = this.onTheirWay.shift(); message !== undefined; message = this.onTheirWay.shift()) {
      this.tell(message.to, message.body, message.from);
    }
    return this;
  }

  /** Time passes, and what is due by then is looked at. */
  pass(ms: number): this {
    const end = this.now + ms;
    for (;;) {
      const next = Math.min(...this.states.map(({ timers }) => timers.nextAt() ?? Number.POSITIVE_INFINITY));
      if (next > end) break;
      this.now = Math.max(this.now, next);
      for (const state of this.states) {
        for (let timer = state.timers.takeDue(this.now); timer !== null; timer = state.timers.takeDue(this.now)) {
          if (timer.kind === "run") this.input(state.partition, { type: "TimeOutRun", run: timer.run, isBegun: false });
          if (timer.kind !== "flow") continue;
          if (state.flow.held.has(timer.key) || state.flow.spreads.has(timer.key))
            this.input(state.partition, { type: "FlowDue", key: timer.key });
          else this.due(state.partition, timer.key);
        }
      }
      this.deliver();
    }
    this.now = end;
    return this;
  }

  due(partition: number, key: string): void {
    openAgain(this.at(partition), key);
    this.look(partition);
  }

  /** No further run may start there, whatever the limits say. */
  close(partition: number): this {
    this.#closed.set(partition, new Set());
    return this;
  }

  /** They may again. */
  open(partition: number): this {
    const postponed = this.#closed.get(partition) ?? [];
    this.#closed.delete(partition);
    for (const need of postponed) this.at(partition).flow.waiting.freed(need);
    return this.look(partition);
  }

  /** Whether somebody is let in. */
  look(partition: number): this {
    const next = this.#next(partition);
    if (next !== null) this.#commit(partition, next);
    return this;
  }

  placeOf(value: string): number {
    return partitionOfKey(Buffer.from(value), this.states.length);
  }

  ofType<T extends JournalRecord["type"]>(type: T): readonly (Extract<JournalRecord, { type: T }> & { readonly at: number })[] {
    return this.recorded.flatMap(({ partition, record }) =>
      record.type === type ? [{ ...(record as Extract<JournalRecord, { type: T }>), at: partition }] : [],
    );
  }

  /** Data of the events that runs started for, in their order. */
  get started(): readonly unknown[] {
    return this.ofType("RunsStarted").flatMap(({ event, runs }) => runs.map(() => JSON.parse(event.data) as unknown));
  }

  /** Runs that have begun and are not over, the first in front. */
  get runs(): readonly RunState[] {
    const ids = this.ofType("RunsStarted").flatMap(({ runs, at }) => runs.map(({ id }) => ({ id, at })));
    return ids.flatMap(({ id, at }) => this.at(at).runs.get(id) ?? []);
  }

  complete(run: RunState): this {
    const partition = this.ofType("RunsStarted").find(({ runs }) => runs.some(({ id }) => id === run.id))?.at ?? 0;
    return this.input(partition, { type: "CompleteRun", run: run.id, output: null });
  }

  #decide(partition: number, decision: Decision): this {
    if (decision.outcome === "decided") this.#commit(partition, decision);
    return this;
  }

  #commit(partition: number, decision: Decided): void {
    const state = this.at(partition);
    state.lsn += 1;
    state.time = Math.max(state.time, this.now);
    for (let one: Decided | null = decision; one !== null; one = this.#next(partition)) this.#put(state, one);
  }

  #next(partition: number): Decided | null {
    return admitNext(this.at(partition), this.now, {
      mayStart: !this.#closed.has(partition),
      events: (run) => this.events.get(run),
      postponed: (need) => this.#closed.get(partition)?.add(need),
      moved: () => {},
    });
  }

  #put(state: PartitionState, { records, messages: told }: Decided): void {
    this.#record(state, records);
    const messages = [...told];
    for (const { to, body } of messages) {
      if (to !== state.partition) {
        this.onTheirWay.push({ from: state.partition, to, body });
        continue;
      }
      const own = decideMessage(state, to, body, this.now);
      if (own.outcome === "ignored") continue;
      this.#record(state, own.records);
      messages.push(...own.messages);
    }
  }

  #record(state: PartitionState, records: readonly JournalRecord[]): void {
    for (const record of records) {
      if (record.type === "RunQueued") this.events.set(record.run, record.events);
      evolve(state, record, this.now);
      this.recorded.push({ partition: state.partition, record });
    }
  }
}

function decidedBy(...records: readonly JournalRecord[]): Decided {
  return { outcome: "decided", records, messages: [] };
}
