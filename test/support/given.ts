// given(records).when(input).then(records): how deciders are tested.
/* oxlint-disable vitest/no-standalone-expect -- called from inside of tests */
/* oxlint-disable unicorn/no-thenable -- given, when, then; nobody awaits it */
import { expect } from "vitest";
import { must } from "../../engine/core/errors.ts";
import { decide, type Input } from "../../engine/workflow/decide.ts";
import type { Decision, Message } from "../../engine/workflow/decision.ts";
import { decideEvent, type EventArrived } from "../../engine/workflow/event/arrive.ts";
import type { ReadEvent } from "../../engine/workflow/event/cloud-event.ts";
import { evolve } from "../../engine/workflow/evolve.ts";
import { decideMessage } from "../../engine/workflow/message/deliver.ts";
import type { InputRead, JournalRecord, MessageBody } from "../../engine/workflow/records.ts";
import { evolveInputRead } from "../../engine/workflow/source/source.ts";
import { emptyState, type PartitionState, type RunState } from "../../engine/workflow/state.ts";
import type { RunId } from "../../engine/core/ids.ts";
import { T0 } from "./fake-clock.ts";
import { RUN } from "./records.ts";

export function given(...records: readonly JournalRecord[]): Given {
  return new Given(emptyState(0, 1)).and(...records);
}

/** The same for a partition of several. */
export function givenIn(partition: number, partitions: number, ...records: readonly JournalRecord[]): Given {
  return new Given(emptyState(partition, partitions)).and(...records);
}

export class Given {
  readonly state: PartitionState;

  constructor(state: PartitionState) {
    this.state = state;
  }

  /** Further records, in a frame of that time. */
  and(...records: readonly JournalRecord[]): this {
    return this.at(T0, ...records);
  }

  at(time: number, ...records: readonly JournalRecord[]): this {
    this.state.lsn += 1;
    this.state.time = time;
    for (const record of records) evolve(this.state, record, time);
    return this;
  }

  /** A frame says what it read of a source. */
  read(input: Partial<InputRead>, time = T0): this {
    evolveInputRead(this.state, { topic: "app.events", partition: 0, next: 1, last: 0, hash: 0, producers: [], ids: [], ...input }, time);
    return this;
  }

  when(input: Input, now = T0): Outcome {
    return new Outcome(this.state, decide(this.state, input, now));
  }

  /** A task, this one's own by default, tells this one something. */
  whenTold(body: MessageBody, { from = this.state.partition, now = T0 }: { readonly from?: number; readonly now?: number } = {}): Outcome {
    return new Outcome(this.state, decideMessage(this.state, from, body, now));
  }

  whenEvent(event: Partial<ReadEvent> = {}, over: Partial<EventArrived> = {}): Outcome {
    const source = must(this.state.sources.get("app.events/0"), "the source");
    const { id = "e1" } = event;
    const read: ReadEvent = {
      id,
      name: "order/created",
      data: "{}",
      time: T0,
      key: null,
      once: { by: "id", key: id },
      ...event,
    };
    const arrived: EventArrived = {
      type: "EventArrived",
      topic: source.topic,
      partition: source.partition,
      offset: 0,
      appendedAt: T0,
      event: read,
      isIdIgnored: false,
      ...over,
    };
    return new Outcome(this.state, decideEvent(this.state, source, arrived, Math.max(T0, arrived.appendedAt)));
  }

  run(id: RunId = RUN): RunState {
    return must(this.state.runs.get(id), "the run");
  }
}

export class Outcome {
  readonly state: PartitionState;
  readonly decision: Decision;

  constructor(state: PartitionState, decision: Decision) {
    this.state = state;
    this.decision = decision;
  }

  get records(): readonly JournalRecord[] {
    return this.decision.outcome === "decided" ? this.decision.records : [];
  }

  get messages(): readonly Message[] {
    return this.decision.outcome === "decided" ? this.decision.messages : [];
  }

  /** These records, and nobody is told of anything. */
  then(...records: readonly JournalRecord[]): void {
    this.thenTold(records, []);
  }

  thenTold(records: readonly JournalRecord[], messages: readonly Message[]): void {
    expect(this.decision).toEqual({ outcome: "decided", records, messages });
  }

  thenIgnored(why: string): void {
    expect(this.decision).toEqual({ outcome: "ignored", why });
  }

  thenTypes(...types: readonly JournalRecord["type"][]): void {
    expect(this.records.map(({ type }) => type)).toEqual(types);
  }
}
